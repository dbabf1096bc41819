# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface versions, their order, and the adapters between them.

A call on an older path is checked against that version's models, lifted to the newest version, and its result is
lowered again (upstream api/base/handler/version.py). Only provider objects differ between the versions served here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import facts

VERSIONS = facts.VERSIONS

OLDER = ("v13.0", "v13.3", "v24.04.2", "v24.10.2")
"""Servers without JSON-RPC, which `older` simulates (truenas-api/older.md)."""

_ORDER = (*OLDER, *VERSIONS)

SCRAM_SINCE = "v26.0.0"

# It has models of cloud credentials only, so nobody can log in on its path, and it is not listed.
OLDEST = "v24.10"

# What each server serves besides, oldest first (truenas-api/wire.md §0); nothing here differs between patch releases
# except where facts say so.
_LISTED = {
    "v25.04.0": "v25.04.0",
    "v25.04.2": "v25.04.0 v25.04.1 v25.04.2",
    "v25.10.0": "v25.04.0 v25.04.1 v25.04.2 v25.10.0",
    "v26.0.0": "v25.04.0 v25.04.1 v25.04.2 v25.10.0 v25.10.1 v25.10.2 v25.10.3 v25.10.4 v26.0.0",
    "v27.0.0": "v25.04.0 v25.04.1 v25.04.2 v25.10.0 v25.10.1 v25.10.2 v25.10.3 v25.10.4 v25.10.5 v26.0.0 v27.0.0",
}


BUILDS = {"v27.0.0": "27.0.0-MASTER-20260822-000000"}
"""What a server calls its own version where that is not the number alone. 27.0 is known from a nightly build only; its time
of day is ours."""


def build(server: str) -> str:
    """Return the version that a server reports."""
    return BUILDS.get(server, server.removeprefix("v"))


def listed(server: str) -> list[str]:
    """Return the versions that a server reports, oldest first. Raises KeyError for a server version without facts."""
    return _LISTED[server].split()


def modeled(version: str) -> str:
    """Return the version whose models one of `listed` has: its own or the last before it with facts."""
    return next(known for known in reversed(VERSIONS) if known <= version)


def at_least(version: str, minimum: str) -> bool:
    """Return whether `version` is `minimum` or newer."""
    return _ORDER.index(version) >= _ORDER.index(minimum)


def is_older(server: str) -> bool:
    """Return whether a server has no JSON-RPC."""
    return server in OLDER


def nearest(server: str) -> str:
    """Return the version itself, or the first with JSON-RPC for an older one."""
    return VERSIONS[0] if is_older(server) else server


def upgrade(value: Any, old: str, new: str) -> Any:
    """Return `value` with every provider object lifted: keys the older version lacks get their defaults, on updates too."""
    return _each_provider(value, lambda provider: _with_defaults(provider, old, new))


def downgrade(value: Any, old: str, new: str) -> Any:
    """Return `value` with every provider object lowered from `new` to `old`: keys the older version lacks are dropped."""
    return _each_provider(value, lambda provider: _without_newer(provider, old, new))


def _each_provider(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, dict):
        if value.get("type") in facts.ALL_TYPES:
            return change(value)
        return {key: _each_provider(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_each_provider(item, change) for item in value]
    return value


def _with_defaults(provider: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    if provider["type"] not in facts.types(old):
        return provider
    present = {field.name for field in facts.fields(old, provider["type"])}
    added = {
        field.name: field.default
        for field in facts.fields(new, provider["type"])
        if field.name not in present and not field.required
    }
    return {**added, **provider}


def _without_newer(provider: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    if provider["type"] not in facts.types(old):
        return provider
    newer = {field.name for field in facts.fields(new, provider["type"])}
    newer -= {field.name for field in facts.fields(old, provider["type"])}
    return {key: value for key, value in provider.items() if key not in newer}
