# SPDX-License-Identifier: GPL-3.0-or-later
"""The declaration of a method: its name, parameters, result, and access."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from .. import sql, versions
from ..errors import InstanceNotFound
from ..jobs import Kind
from ..models import Model, accept, fits, model
from ..nas import Nas, Session
from ..old_schema import Parameters
from ..query import compiles, filter_list

ModelOf = Callable[[str], type[Model]]


class Raw:
    """The parameters of a private method, which no model checks; `signature` raises TypeError for a wrong number."""

    def __init__(self, signature: Callable[..., object]) -> None:
        self._signature = signature

    def accept(self, params: list[Any]) -> list[Any]:
        """Return the parameters as they are."""
        self._signature(*params)
        return params


ArgsOf = Callable[[str], type[Model] | Parameters | Raw]
Handler = Callable[..., Awaitable[Any]]


class Access(Enum):
    """The callers of a method: anyone, anyone logged in, or holders of a role (upstream main.py authorize_method_call)."""

    ANYONE = auto()
    SESSION = auto()
    ROLE = auto()


@dataclass(frozen=True)
class Call:
    """One call's surroundings; `version` is that of the path it came in on, `message_id` the id of a request over JSON-RPC."""

    nas: Nas
    session: Session
    version: str
    message_id: str | int | None = None

    def matching(
        self,
        rows: Iterable[dict[str, Any]],
        filters: list[Any],
        options: dict[str, Any],
        result: ModelOf | None = None,
    ) -> Any:
        """Return the answer of a query method that has these rows. Raises what filtering raises.

        From 27.0 on the server makes an entry of each row of a list, and leaves out those that do not fit its model
        `result`, selected parts of objects included (truenas-api/wire.md, corrections to §7b; upstream
        service/crud_service_part.py).
        """
        return self._entries(filter_list(rows, filters, options, compiled=compiles(self.nas.version)), result)

    def selected(
        self,
        table: str,
        columns: Iterable[str],
        filters: list[Any],
        options: dict[str, Any],
        result: ModelOf,
        entry: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row,
    ) -> Any:
        """Return the answer of a query method that leaves its filters to the database; `entry` makes entries of rows."""
        nas, compiled = self.nas, compiles(self.nas.version)
        return self._entries(sql.query(nas.store, table, columns, filters, options, entry, compiled=compiled), result)

    def instance(self, found: dict[str, Any], title: str, options: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of `get_instance`. Up to 26.0 its options apply, and those that yield no list fail."""
        if makes_entries(self.nas.version):
            return found
        instances = self.matching([found], [["id", "=", found["id"]]], options)
        if not instances:
            raise InstanceNotFound(f"{title} {found['id']} does not exist")
        return instances[0]  # type: ignore[no-any-return]  # a row holds any JSON

    def _entries(self, found: Any, result: ModelOf | None) -> Any:
        if result is None or not isinstance(found, list) or not makes_entries(self.nas.version):
            return found
        return [row for row in found if fits(result(self.nas.version), [row])]


@dataclass(frozen=True)
class Method:
    """A method of the interface. `args` and `result` give its models for a version.

    A session without the `_WRITE` role of `role_prefix` sees secrets in results as asterisks. Paths before `path_since`
    lack its models. With a `job` the method's call starts one, and the handler gets it after the Call. `lower` brings a
    result to the form of an older path, `redact` hides secrets where no model does.
    """

    name: str
    handler: Handler
    args: ArgsOf
    result: ModelOf | None
    access: Access
    roles: frozenset[str]
    role_prefix: str | None
    rate_limited: bool
    since: str
    path_since: str
    job: Kind | None
    lower: Callable[[str, Any], Any] | None
    redact: Callable[[Any], Any] | None

    def accept(self, version: str, params: list[Any]) -> list[Any]:
        """Check parameters as a version does. Raises ValidationErrors, and CallError on 25.04."""
        args = self.args(version)
        return args.accept(params) if isinstance(args, (Parameters, Raw)) else accept(args, params)

    @property
    def private(self) -> bool:
        """Whether the interface does not list the method. A full administrator can call it nevertheless."""
        return isinstance(self.args(self.since), Raw)


METHODS: dict[str, Method] = {}


def makes_entries(version: str) -> bool:
    """Return whether a server makes entries of rows before it answers."""
    return versions.at_least(version, "v27.0.0")


def no_args(_version: str) -> type[Model]:
    """Return the parameters of a method that takes none."""
    return _NO_ARGS


def same(cls: type[Model]) -> ModelOf:
    """Return a model that no version changed."""
    return lambda _version: cls


def raw(signature: Callable[..., object]) -> ArgsOf:
    """Return the parameters of a private method."""
    args = Raw(signature)
    return lambda _version: args


def method(
    name: str,
    *,
    args: ArgsOf = no_args,
    result: ModelOf | None = None,
    access: Access = Access.ROLE,
    role: str | None = None,
    also: frozenset[str] = frozenset(),
    rate_limited: bool = True,
    since: str = "v25.04.0",
    path_since: str = "v25.04.0",
    job: Kind | None = None,
    lower: Callable[[str, Any], Any] | None = None,
    redact: Callable[[Any], Any] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare the decorated coroutine function, which takes the Call and the checked parameters, as a method.

    `role` is `PREFIX_READ` or `PREFIX_WRITE`; the role to write includes that to read, and so do the roles of `also`.
    """
    prefix, _first, _rest = role.rpartition("_") if role else (None, "", "")
    roles = {role, f"{prefix}_WRITE"} if role else set()

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(
            name,
            handler,
            args,
            result,
            access,
            frozenset(roles) | also,
            prefix,
            rate_limited,
            since,
            path_since,
            job,
            lower,
            redact,
        )
        return handler

    return register


_NO_ARGS = model("NoArgs")
