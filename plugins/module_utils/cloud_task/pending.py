# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored tasks as earlier tasks of check mode would leave them, for a later task that runs or reads one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..credential.facts import TASK_OPTION
from ..engine import pending
from .stored import StoredTask

Changes = Sequence[Mapping[str, Any]]


def of(params: Mapping[str, Any], check_mode: bool) -> Changes:
    """Return the changes to tasks that the options pass on. Outside check mode there are none."""
    return params[TASK_OPTION] if check_mode else ()


def foresee(stored: Sequence[StoredTask], changes: Changes, service: str) -> list[StoredTask]:
    """Return the tasks of a service after changes to some of them. Those that are created have a negative ID and no values."""
    given = [
        {"id": change.get("id"), "name": change["description"] if change.get("credential") else None}
        for change in changes
        if change["service"] == service and (change.get("description") or not change.get("credential"))
    ]
    known = pending.foreseen(stored, given, lambda entry, change: entry)
    made = dict.fromkeys(change["name"] for change in pending.created(known, given))
    return [*known, *(StoredTask(-1 - index, name, {}) for index, name in enumerate(made))]
