# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloud_backup`: runs of tasks, snapshots and restores (truenas-api/tasks.md §1, §10, §16; upstream
plugins/cloud_backup/sync.py, snapshot.py and restore.py)."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveInt

from .. import scripts, transfer, versions
from ..errors import CallError, ValidationErrors
from ..jobs import Job, Kind
from ..models import Model, model
from ..nas import Nas
from ..pools import ZVOLS
from ..restic import TRANSFER_SETTINGS, Repository
from . import cloud_backup_checks, task_checks, tasks
from .registry import Call, method, same
from .tasks import BACKUP, Entry

_NO_DASH = Annotated[str, Field(pattern=r"^[^-]")]
_SCRIPT_FIELDS = ("id", "description", "snapshot", "password", "keep_last", "transfer_setting")
_LOCK = "cloud_backup"


@cache
def _sync_args(version: str) -> type[Model]:
    options = model("CloudBackupSyncOptions", dry_run=(bool, False), **_rate_limit(version))
    return model("CloudBackupSyncArgs", id=int, options=(options, options()))


@cache
def _restore_args(version: str) -> type[Model]:
    options = model(
        "CloudBackupRestoreOptions", exclude=(list[str], []), include=(list[str], []), **_rate_limit(version)
    )
    return model(
        "CloudBackupRestoreArgs",
        id=int,
        snapshot_id=_NO_DASH,
        subfolder=str,
        destination_path=str,
        options=(options, options()),
    )


def _rate_limit(version: str) -> dict[str, Any]:
    return {"rate_limit": (PositiveInt | None, None)} if versions.at_least(version, "v25.10.0") else {}


@method(
    "cloud_backup.sync",
    args=_sync_args,
    role="CLOUD_BACKUP_WRITE",
    job=Kind(lock=_LOCK, abortable=True, logs=True),
)
async def sync(call: Call, job: Job, task_id: int, options: Entry) -> None:
    """Back up now, then forget the snapshots that are too many."""
    nas = call.nas
    if tasks.entry(nas, BACKUP, task_id)["locked"]:
        raise CallError("Dataset is locked")
    task = tasks.stored(nas, BACKUP, task_id)
    provider = tasks.provider(nas, task)
    await job.set_progress(0, "Starting")
    await cloud_backup_checks.ensure_initialized(nas, task)
    await _back_up(nas, job, task, provider, options)
    await job.set_progress(100, "Cleaning up")
    keep = ["forget", "--keep-last", str(task["keep_last"]), "--group-by", "", "--prune"]
    await nas.restic.clean_up(job, _repository(nas, task), keep)
    await job.set_progress(description="Done")


async def _back_up(nas: Nas, job: Job, task: Entry, provider: Entry, options: Entry) -> None:
    nas.restic.ask()
    if task["path"].startswith(ZVOLS):
        raise CallError("Volumes are not simulated")
    transfer.check_local(nas.pools, task["path"])
    limit = options.get("rate_limit") or task.get("rate_limit")
    with transfer.source(nas.pools, task) as local:
        arguments = [
            *("--verbose", "backup", str(local) if task["absolute_paths"] else "."),
            *TRANSFER_SETTINGS[task["transfer_setting"]],
            *(["-n"] if options["dry_run"] else []),
            *([f"--limit-upload={limit}"] if limit else []),
            *(f"--exclude={pattern}" for pattern in task["exclude"]),
        ]
        values = {name: task[name] for name in _SCRIPT_FIELDS}
        environment = scripts.variables("CLOUD_BACKUP_", values | provider | task["attributes"] | {"path": str(local)})
        await scripts.run(job, "Pre-script", task["pre_script"], environment)
        folder = None if task["absolute_paths"] else str(local)
        await nas.restic.follow(job, _repository(nas, task), arguments, folder=folder)
        await scripts.run(job, "Post-script", task["post_script"], environment)


@method("cloud_backup.abort", args=same(model("CloudBackupAbortArgs", id=int)), role="CLOUD_BACKUP_WRITE")
async def abort(call: Call, task_id: int) -> bool:
    """End the task's run; whether there was one."""
    return tasks.abort(call.nas, BACKUP, task_id)


@method(
    "cloud_backup.restore",
    args=_restore_args,
    role="FILESYSTEM_DATA_WRITE",
    job=Kind(logs=True),
)
async def restore(
    call: Call, job: Job, task_id: int, snapshot_id: str, subfolder: str, destination_path: str, options: Entry
) -> None:
    """Put a folder of a snapshot into a local directory."""
    nas = call.nas
    nas.restic.ask()
    errors = ValidationErrors()
    task_checks.in_pool(nas, errors, "destination_path", destination_path)
    errors.check()
    task = _task(nas, task_id)
    limit = options.get("rate_limit") or task.get("rate_limit")
    # The server names the folder behind the snapshot, which Debian's restic does not know yet.
    wanted = options["include"] or [subfolder]
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        arguments = [
            *("restore", snapshot_id, "--target", folder),
            *(argument for pattern in options["exclude"] for argument in ("--exclude", pattern)),
            *(argument for pattern in wanted for argument in ("--include", pattern)),
            *([f"--limit-download={limit}"] if limit else []),
        ]
        await nas.restic.follow(job, _repository(nas, task), arguments)
        restored = Path(folder, subfolder.strip("/"))
        if restored.is_dir():
            shutil.copytree(
                restored, nas.pools.real(nas.pools.resolve(destination_path)), symlinks=True, dirs_exist_ok=True
            )


@method(
    "cloud_backup.list_snapshots", args=same(model("CloudBackupListSnapshotsArgs", id=int)), role="CLOUD_BACKUP_READ"
)
async def list_snapshots(call: Call, task_id: int) -> list[Entry]:
    """Return the snapshots of the task's repository."""
    call.nas.restic.ask()
    output = await call.nas.restic.checked(_repository(call.nas, _task(call.nas, task_id)), "--json", "snapshots")
    return [{**snapshot, "time": datetime.fromisoformat(snapshot["time"])} for snapshot in json.loads(output)]


@method(
    "cloud_backup.list_snapshot_directory",
    args=same(model("CloudBackupListSnapshotDirectoryArgs", id=int, snapshot_id=_NO_DASH, path=_NO_DASH)),
    role="CLOUD_BACKUP_READ",
)
async def list_snapshot_directory(call: Call, task_id: int, snapshot_id: str, path: str) -> list[Entry]:
    """Return the entries of a directory of a snapshot."""
    call.nas.restic.ask()
    found = _repository(call.nas, _task(call.nas, task_id))
    output = await call.nas.restic.checked(found, "--json", "ls", snapshot_id, path)
    nodes = [json.loads(line) for line in output.splitlines()[1:]]
    return [
        {"size": None, **node, **{key: datetime.fromisoformat(node[key]) for key in ("atime", "ctime", "mtime")}}
        for node in nodes
        if node["struct_type"] == "node"
    ]


@method(
    "cloud_backup.delete_snapshot",
    args=same(model("CloudBackupDeleteSnapshotArgs", id=int, snapshot_id=_NO_DASH)),
    role="CLOUD_BACKUP_WRITE",
    job=Kind(lock=_LOCK),
)
async def delete_snapshot(call: Call, _job: Job, task_id: int, snapshot_id: str) -> None:
    """Forget a snapshot, and what only it has."""
    call.nas.restic.ask()
    await call.nas.restic.checked(_repository(call.nas, _task(call.nas, task_id)), "forget", snapshot_id, "--prune")


def _task(nas: Nas, task_id: int) -> Entry:
    return tasks.stored(nas, BACKUP, task_id)


def _repository(nas: Nas, task: Entry) -> Repository:
    return nas.restic.repository(task, tasks.provider(nas, task))
