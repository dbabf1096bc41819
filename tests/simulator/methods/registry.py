# SPDX-License-Identifier: GPL-3.0-or-later
"""How a method is declared: its name, parameters, result, and who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from ..models import Model, model
from ..nas import Nas, Session
from ..query import compiles, filter_list

ModelOf = Callable[[str], type[Model]]
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

    A session without the `_WRITE` role of `role_prefix` sees secrets in results as asterisks.
    """

    name: str
    handler: Handler
    args: ModelOf
    result: ModelOf | None
    access: Access
    roles: frozenset[str]
    role_prefix: str | None
    rate_limited: bool
    since: str


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
    args: ModelOf = no_args,
    result: ModelOf | None = None,
    access: Access = Access.ROLE,
    role: str | None = None,
    rate_limited: bool = True,
    since: str = "v25.04.0",
) -> Callable[[Handler], Handler]:
    """Declare the decorated coroutine function, which takes the Call and the checked parameters, as a method.

    `role` is `PREFIX_READ` or `PREFIX_WRITE`; whoever may write may read.
    """
    prefix, _first, _rest = role.rpartition("_") if role else (None, "", "")
    roles = {role, f"{prefix}_WRITE"} if role else set()

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(name, handler, args, result, access, frozenset(roles), prefix, rate_limited, since)
        return handler

    return register


_NO_ARGS = model("NoArgs")
