# SPDX-License-Identifier: GPL-3.0-or-later
"""How a method is declared: its name, parameters, result, and who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from ..jobs import Kind
from ..models import Model, accept, model
from ..nas import Nas, Session
from ..old_schema import Parameters
from ..query import compiles, filter_list

ModelOf = Callable[[str], type[Model]]
ArgsOf = Callable[[str], type[Model] | Parameters]
Handler = Callable[..., Awaitable[Any]]


class Access(Enum):
    """Who may call a method: anyone, anyone logged in, or holders of a role (upstream main.py authorize_method_call)."""

    ANYONE = auto()
    SESSION = auto()
    ROLE = auto()


@dataclass(frozen=True)
class Call:
    """One call's surroundings; `version` is that of the path it came in on."""

    nas: Nas
    session: Session
    version: str

    def matching(self, rows: Iterable[dict[str, Any]], filters: list[Any], options: dict[str, Any]) -> Any:
        """The answer of a query method that has these rows. Raises what filtering raises."""
        return filter_list(rows, filters, options, compiled=compiles(self.nas.version))


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
        return args.accept(params) if isinstance(args, Parameters) else accept(args, params)


METHODS: dict[str, Method] = {}


def no_args(_version: str) -> type[Model]:
    """Parameters of a method that takes none."""
    return _NO_ARGS


def same(cls: type[Model]) -> ModelOf:
    """A model that no version changed."""
    return lambda _version: cls


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

    `role` is `PREFIX_READ` or `PREFIX_WRITE`; whoever may write may read, and so may the roles of `also`.
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
