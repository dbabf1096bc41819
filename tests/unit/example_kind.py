# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole kind of object, as an example and for the tests of the engine: cloud sync tasks, which people know by description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.engine.change import (
    CREATED,
    DELETED,
    NONE,
    UPDATED,
    Change,
)
from ansible_collections.nasops.truenas.plugins.module_utils.engine.kind import Kind, crud
from ansible_collections.nasops.truenas.plugins.module_utils.engine.names import Desired, Entry, Naming
from ansible_collections.nasops.truenas.plugins.module_utils.errors import ServerFault


@dataclass(frozen=True)
class DesiredTask(Desired):
    """A task as it is declared."""

    path: str = ""
    password: str = ""


@dataclass(frozen=True)
class StoredTask(Entry):
    """A task on the NAS."""

    path: str
    password: str


TASKS: Naming[StoredTask] = Naming("cloud sync task", "cloud sync tasks", field="description", unique=False)


def read_row(row: Any) -> StoredTask:
    """Return a row of the NAS as a task. Raises ServerFault."""
    try:
        return StoredTask(row["id"], row["description"], row["path"], row["encryption_password"])
    except (KeyError, TypeError):
        raise ServerFault("The NAS did not answer with a cloud sync task.") from None


def shown(name: str, path: str) -> dict[str, Any]:
    """Return a task for a diff."""
    return {"name": name, "path": path, "password": "********"}


def plan(desired: DesiredTask, stored: Sequence[StoredTask], facts: None) -> Change:
    """Return the change to one task."""
    current = TASKS.subject(desired, stored)
    before = shown(current.name, current.path) if current else {}
    if desired.is_absent:
        return Change(DELETED, current.name, current.id, before=before) if current else Change(NONE, desired.name)
    wanted = {"description": desired.final_name, "path": desired.path, "encryption_password": desired.password}
    has = (
        {"description": current.name, "path": current.path, "encryption_password": current.password} if current else {}
    )
    payload = {field: value for field, value in wanted.items() if has.get(field) != value}
    action = (UPDATED if payload else NONE) if current else CREATED
    after = shown(desired.final_name, desired.path)
    return Change(action, desired.final_name, current.id if current else None, payload, (*payload,), (), before, after)


KIND: Kind[DesiredTask, StoredTask, Change] = Kind(
    naming=TASKS,
    service="cloudsync",
    write_role="CLOUD_SYNC_WRITE",
    read=read_row,
    plan=plan,
    absent=lambda name: DesiredTask(name, "absent"),
    call=crud("cloudsync"),
    secrets=lambda change: [str(change.payload.get("encryption_password", ""))],
    report=lambda job, stored: {"task": {"id": job.entry.id if job.entry else job.change.id}},
    resolves_duplicates=True,
)
