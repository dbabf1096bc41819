# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloud_backup`: tasks only; they come from the seed (truenas-api/wire.md §7b; upstream plugins/cloud_backup/crud.py)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import PositiveInt, Secret

from ..errors import ValidationErrors
from ..models import NonEmptyString, model
from ..nas import Nas
from ..query import GetInstanceArgs, query_args
from ..store import CLOUD_BACKUP
from . import tasks
from .registry import Call, method, same

Entry = dict[str, Any]

_FIELDS = {
    **tasks.BASE_FIELDS,
    "password": Secret[NonEmptyString],
    "keep_last": PositiveInt,
    "transfer_setting": Literal["DEFAULT", "PERFORMANCE", "FAST_STORAGE"],
    "cache_path": str | None,
    "rate_limit": PositiveInt | None,
}
_ONE, _MANY = tasks.result_models("CloudBackup", {**_FIELDS, "absolute_paths": bool})
DEFAULTS: Entry = {
    "schedule": {"minute": "00", "hour": "*", "dom": "*", "month": "*", "dow": "*"},
    "pre_script": "",
    "post_script": "",
    "snapshot": False,
    "include": [],
    "exclude": [],
    "args": "",
    "enabled": True,
    "password": "backup password",
    "keep_last": 7,
    "transfer_setting": "DEFAULT",
    "absolute_paths": False,
    "cache_path": None,
    "rate_limit": None,
}


@method("cloud_backup.query", args=query_args, result=_MANY, role="CLOUD_BACKUP_READ")
async def query(call: Call, filters: list[Any], options: dict[str, Any]) -> Any:
    """Tasks that match."""
    return call.matching(tasks.entries(call.nas, CLOUD_BACKUP), filters, options)


@method("cloud_backup.get_instance", args=same(GetInstanceArgs), result=_ONE, role="CLOUD_BACKUP_READ")
async def get_instance(call: Call, task_id: int, _options: dict[str, Any]) -> Entry:
    """The task of an id."""
    return _entry(call.nas, task_id)


@method(
    "cloud_backup.update",
    args=same(model("CloudBackupUpdateArgs", id=int, data=tasks.partial("CloudBackupUpdate", _FIELDS))),
    result=_ONE,
    role="CLOUD_BACKUP_WRITE",
)
async def update(call: Call, task_id: int, data: Entry) -> Entry:
    """Change a task; the whole task is checked again, except for its remote repository."""
    new = tasks.merged(call.nas, CLOUD_BACKUP, "CloudBackup", task_id, data)
    errors = ValidationErrors()
    tasks.validate(call.nas, errors, "cloud_backup_update", new)
    if new["snapshot"] and new["absolute_paths"]:
        errors.add("cloud_backup_update.snapshot", "This option can't be used when absolute paths are enabled")
    errors.check()
    call.nas.store.update(CLOUD_BACKUP, task_id, tasks.columns(new))
    return _entry(call.nas, task_id)


@method("cloud_backup.delete", args=same(model("CloudBackupDeleteArgs", id=int)), role="CLOUD_BACKUP_WRITE")
async def delete(call: Call, task_id: int) -> bool:
    """Delete a task."""
    _entry(call.nas, task_id)
    call.nas.store.delete(CLOUD_BACKUP, task_id)
    return True


def _entry(nas: Nas, task_id: int) -> Entry:
    return tasks.entry(nas, CLOUD_BACKUP, "CloudBackup", task_id)
