# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloudsync`: runs of tasks (truenas-api/tasks.md §1, §10; upstream plugins/cloud_sync/sync.py)."""

from __future__ import annotations

from functools import cache

from .. import old_schema, old_task_schemas, task_models, transfer, versions
from ..errors import CallError, ValidationErrors
from ..jobs import Job, Kind
from ..models import Model, model
from ..nas import Nas
from ..old_schema import Parameters
from ..remotes import REMOTES
from . import cloud_sync_checks, credentials, tasks
from .cloud_sync import id_args
from .registry import Call, method
from .tasks import SYNC, Entry

_OPTIONS = model("CloudSyncSyncOptions", dry_run=(bool, False))
_OLD_OPTIONS = old_schema.Object("cloud_sync_sync_options", old_schema.Flag("dry_run", default=False))
_STRICT = task_models.STRICT


@cache
def _sync_args(version: str) -> type[Model] | Parameters:
    if not versions.at_least(version, _STRICT):
        return Parameters(old_schema.Number("id"), _OLD_OPTIONS)
    return model("CloudSyncSyncArgs", id=int, cloud_sync_sync_options=(_OPTIONS, _OPTIONS()))


@cache
def _onetime_args(version: str) -> type[Model] | Parameters:
    if not versions.at_least(version, _STRICT):
        return Parameters(old_task_schemas.task("cloud_sync_sync_onetime"), _OLD_OPTIONS)
    return model(
        "CloudSyncSyncOnetimeArgs",
        cloud_sync_sync_onetime=task_models.create(SYNC.facts, version),
        cloud_sync_sync_onetime_options=(_OPTIONS, _OPTIONS()),
    )


@method(
    "cloudsync.sync",
    args=_sync_args,
    role="CLOUD_SYNC_WRITE",
    path_since=_STRICT,
    job=Kind(lock="cloud_sync", abortable=True, logs=True, read_roles=frozenset({"CLOUD_SYNC_READ"})),
)
async def sync(call: Call, job: Job, task_id: int, options: Entry) -> None:
    """Run a task now."""
    if tasks.entry(call.nas, SYNC, task_id)["locked"]:
        raise CallError("Dataset is locked")
    await _run(call.nas, job, tasks.stored(call.nas, SYNC, task_id), options)


@method(
    "cloudsync.sync_onetime",
    args=_onetime_args,
    role="CLOUD_SYNC_WRITE",
    path_since=_STRICT,
    job=Kind(abortable=True, logs=True),
)
async def sync_onetime(call: Call, job: Job, task: Entry, options: Entry) -> None:
    """Run a task that is not stored; not even a full administrator can have scripts run this way."""
    errors = ValidationErrors()
    for field in ("pre_script", "post_script"):
        if task[field]:
            errors.add(
                f"cloud_sync_sync_onetime.{field}", "This option may not be used for onetime cloud sync operations"
            )
    await cloud_sync_checks.check(call.nas, None, "cloud_sync_sync_onetime", task, errors)
    await _run(call.nas, job, task, options)


@method(
    "cloudsync.abort",
    args=id_args,
    role="CLOUD_SYNC_WRITE",
    path_since=_STRICT,
)
async def abort(call: Call, task_id: int) -> bool:
    """End the task's run; whether there was one."""
    return tasks.abort(call.nas, SYNC, task_id)


async def _run(nas: Nas, job: Job, task: Entry, options: Entry) -> None:
    credential = credentials.entry(nas, task["credentials"])
    remote = REMOTES[credential["provider"]["type"]].path(task["attributes"])
    reads, writes = ("reading", "writing") if task["direction"] == "PUSH" else ("writing", "reading")
    await job.set_progress(0, f"Locking local path {task['path']!r} for {reads}")
    await job.set_progress(0, f"Locking remote path {remote!r} for {writes}")
    await job.set_progress(0, "Starting")
    await transfer.run(
        job,
        task,
        credential["provider"],
        nas.pools,
        nas.rclone,
        dry_run=options["dry_run"],
        keep=lambda provider: credentials.replace_provider(nas, credential["id"], provider),
    )
