# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that earlier tasks of a run make, for check mode: a task returns its own, and a later one predicts with them.

Each is a mapping with the `id` of the object, None if it is created, and its `name` after the change, None if it is deleted. A
kind adds other keys. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .change import DELETED, Pending
from .kind import C, D, Job, Kind
from .names import E


def of(params: Mapping[str, Any], *options: str) -> Pending:
    """Return the changes that a task's options pass on."""
    return {option: [*(params.get(option) or ())] for option in options}


def returned(kind: Kind[D, E, C], jobs: Iterable[Job[D, E, C]]) -> dict[str, list[dict[str, Any]]]:
    """Return the changes that the jobs would make, as a part of the task's result. Outside check mode there are none."""
    if kind.pending is None:
        return {}
    found = (kind.pending(job.change) for job in jobs if job.applied)
    return {kind.pending_option: [change for change in found if change is not None]}


def renamed(change: C, field: str) -> dict[str, Any]:
    """Return the ID of an object with its name before and after a change. `field` is the option with the name."""
    previous_name = change.before.get(field)
    return {"id": change.id, "name": None if change.action == DELETED else change.name, "former_name": previous_name}


def foreseen(
    stored: Iterable[E], changes: Sequence[Mapping[str, Any]], changed: Callable[[E, Mapping[str, Any]], E]
) -> list[E]:
    """Return the stored objects after changes to some of them, without those that are created. `changed` applies one change."""
    entries = {entry.id: entry for entry in stored}
    for change in changes:
        number = change.get("id")
        if number is None or number not in entries:
            continue
        if change.get("name") is None:
            del entries[number]
        else:
            entries[number] = changed(replace(entries[number], name=change["name"]), change)
    return [*entries.values()]


def created(stored: Iterable[E], changes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the changes that create an object whose name is not `stored`."""
    taken = {entry.name for entry in stored}
    return [change for change in changes if change.get("id") is None and change.get("name") not in (None, *taken)]
