# SPDX-License-Identifier: GPL-3.0-or-later
"""`system` and `core`: versions and the interface itself (truenas-api/wire.md §6)."""

from __future__ import annotations

from typing import Any, Literal

from ..models import Partial, model
from .registry import METHODS, Access, Call, Method, method, same

_OPTIONS = model(
    "CoreSetOptionsOptions",
    Partial,
    legacy_jobs=(bool, None),
    private_methods=(bool, None),
    py_exceptions=(bool, None),
)


@method("system.version", access=Access.SESSION)
async def version(call: Call) -> str:
    """The version with the product's name."""
    return f"TrueNAS-{call.nas.version.removeprefix('v')}"


@method("system.version_short", access=Access.SESSION)
async def version_short(call: Call) -> str:
    """The bare version."""
    return call.nas.version.removeprefix("v")


@method("core.ping", access=Access.ANYONE)
async def ping(_call: Call) -> str:
    """A sign of life."""
    return "pong"


@method(
    "core.set_options",
    args=same(model("CoreSetOptionsArgs", options=_OPTIONS)),
    access=Access.ANYONE,
    rate_limited=False,
)
async def set_options(_call: Call, _options: dict[str, bool]) -> None:
    """Accepted and of no effect: there are no jobs or private methods, and exceptions are never pickled."""


@method(
    "core.get_methods",
    args=same(
        model(
            "CoreGetMethodsArgs",
            service=(str | None, None),
            target=(Literal["CLI", "REST", "WS"], "WS"),
        )
    ),
    access=Access.SESSION,
)
async def get_methods(call: Call, service: str | None, _target: str) -> dict[str, Any]:
    """The methods this session may call, all or those of one namespace."""
    return {
        name: _description(found)
        for name, found in sorted(METHODS.items())
        if service in (None, name.rpartition(".")[0]) and _callable(call, found)
    }


def _callable(call: Call, found: Method) -> bool:
    credential = call.session.credential
    if found.since > call.nas.version or credential is None:
        return False
    return found.access is not Access.ROLE or credential.may(found.roles)


def _description(found: Method) -> dict[str, Any]:
    return {
        "description": None,
        "cli_description": "",
        "examples": {},
        "accepts": None,
        "returns": None,
        "item_method": False,
        "no_auth_required": found.access is Access.ANYONE,
        "filterable": found.name.endswith(".query"),
        "roles": sorted(found.roles),
        "job": False,
        "uploadable": False,
        "downloadable": False,
    }
