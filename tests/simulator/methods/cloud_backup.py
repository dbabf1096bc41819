# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloud_backup`: the tasks (truenas-api/tasks.md §1, §2, §7; upstream plugins/cloud_backup/crud.py)."""

from __future__ import annotations

from functools import cache
from typing import Any

from .. import restic, task_models, versions
from ..models import Model, model
from ..query import GetInstanceArgs, query_args
from . import cloud_backup_checks, tasks
from .registry import Call, method, same
from .tasks import BACKUP, Entry


@cache
def _create_args(version: str) -> type[Model]:
    return model("CloudBackupCreateArgs", cloud_backup=task_models.create(BACKUP.facts, version))


@cache
def _update_args(version: str) -> type[Model]:
    return model("CloudBackupUpdateArgs", id=int, data=task_models.update(BACKUP.facts, version))


@method("cloud_backup.query", args=query_args, result=BACKUP.query_model, role="CLOUD_BACKUP_READ", lower=BACKUP.lower)
async def query(call: Call, filters: list[Any], options: Entry) -> Any:
    """Return the tasks that match."""
    return tasks.matching(call, BACKUP, filters, options)


@method(
    "cloud_backup.get_instance",
    args=same(GetInstanceArgs),
    result=BACKUP.result_model,
    role="CLOUD_BACKUP_READ",
    lower=BACKUP.lower,
)
async def get_instance(call: Call, task_id: int, options: Entry) -> Entry:
    """Return the task of an id."""
    return call.instance(tasks.entry(call.nas, BACKUP, task_id), BACKUP.title, options)


@method(
    "cloud_backup.create",
    args=_create_args,
    result=BACKUP.result_model,
    role="CLOUD_BACKUP_WRITE",
    lower=BACKUP.lower,
)
async def create(call: Call, data: Entry) -> Entry:
    """Add a task."""
    await cloud_backup_checks.check(call.nas, call, "cloud_backup_create", data)
    return tasks.entry(call.nas, BACKUP, call.nas.store.insert(BACKUP.table, tasks.columns(data)))


@method(
    "cloud_backup.update",
    args=_update_args,
    result=BACKUP.result_model,
    role="CLOUD_BACKUP_WRITE",
    lower=BACKUP.lower,
)
async def update(call: Call, task_id: int, data: Entry) -> Entry:
    """Change a task; the whole task is checked again, with its repository."""
    new = {**tasks.stored(call.nas, BACKUP, task_id), **data}
    await cloud_backup_checks.check(call.nas, call, "cloud_backup_update", new)
    # From 27.0 on an update forgets what the last run before the server's start has left.
    forgotten = {"job": None} if versions.at_least(call.nas.version, "v27.0.0") else {}
    call.nas.store.update(BACKUP.table, task_id, {**tasks.columns(new), **forgotten})
    return tasks.entry(call.nas, BACKUP, task_id)


@method("cloud_backup.delete", args=same(model("CloudBackupDeleteArgs", id=int)), role="CLOUD_BACKUP_WRITE")
async def delete(call: Call, task_id: int) -> bool:
    """Delete a task, and end its job."""
    tasks.abort(call.nas, BACKUP, task_id)
    call.nas.store.delete(BACKUP.table, task_id)
    return True


@method("cloud_backup.transfer_setting_choices", role="CLOUD_BACKUP_READ", also=frozenset({"READONLY_ADMIN"}))
async def transfer_setting_choices(_call: Call) -> list[str]:
    """Return the values for `transfer_setting`."""
    return list(restic.TRANSFER_SETTINGS)
