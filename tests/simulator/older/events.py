# SPDX-License-Identifier: GPL-3.0-or-later
"""The events before 25.04 (truenas-api/older.md §1, Jobs and events). CORE sends the secrets of credentials in clear."""

from __future__ import annotations

from typing import Any

from ..methods import Call
from . import facts

_ANNOUNCED = {"create": "added", "update": "changed", "delete": "removed"}
_NEWER_IN_JOBS = frozenset({"abortable", "credentials", "description", "transient"})


async def announce(call: Call, name: str, params: list[Any], result: Any) -> None:
    """Announce a credential that was created, updated, or deleted."""
    service, _dot, action = name.rpartition(".")
    if service != "cloudsync.credentials" or action not in _ANNOUNCED:
        return
    collection = f"{service}.query"
    number = result["id"] if action == "create" else params[0]
    event: dict[str, Any] = {"msg": _ANNOUNCED[action], "collection": collection, "id": number}
    if facts.is_core(call.nas.version):
        event |= {"msg": "changed", "cleared": True} if action == "delete" else {"fields": result}
    await call.nas.notify({collection}, event)


def before(version: str, event: dict[str, Any]) -> dict[str, Any]:
    """Return an event of a newer server in the form of an older one."""
    if event["collection"] == "core.get_jobs" and "fields" in event:
        return {**event, "fields": job(version, event["fields"])}
    return event


def job(version: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return a job without what CORE does not have."""
    return {key: value for key, value in found.items() if not (facts.is_core(version) and key in _NEWER_IN_JOBS)}
