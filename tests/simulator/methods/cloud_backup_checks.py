# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of a cloud backup task, the last of which goes to the provider (truenas-api/tasks.md §5, §6; upstream
plugins/cloud_backup/crud.py and init.py)."""

from __future__ import annotations

from .. import versions
from ..errors import CallError, ValidationErrors
from ..nas import Nas
from ..restic import IncorrectPassword
from . import cloud_sync_directory, task_checks, tasks
from .registry import Call
from .tasks import Entry


async def check(nas: Nas, call: Call, name: str, task: Entry) -> None:
    """Check a whole task, complete its attributes, and make its bucket and its repository where they are missing.

    Raises ValidationErrors, and what the provider's refusal raises.
    """
    errors = ValidationErrors()
    await task_checks.common(nas, call, errors, name, task, volumes=True)
    if task["snapshot"] and task["absolute_paths"]:
        errors.add(f"{name}.snapshot", "This option can't be used when absolute paths are enabled")
    if cache := task.get("cache_path"):
        task_checks.in_pool(nas, errors, f"{name}.cache_path", cache, directory=True)
        if not errors.errors and nas.pools.is_readonly(cache):
            errors.add(f"{name}.cache_path", "The cache directory must be writeable")
    errors.check()
    if not versions.at_least(nas.version, "v24.10.2"):
        # 24.04 does not look at the repository (truenas-api/older.md §3).
        return
    try:
        await ensure_initialized(nas, task)
    except IncorrectPassword as error:
        errors.add(f"{name}.password", error.message)
    errors.check()


async def ensure_initialized(nas: Nas, task: Entry) -> None:
    """Make what is missing of a task's bucket and repository. Raises IncorrectPassword, CallError, NotImplementedError."""
    nas.restic.ask()
    provider = tasks.provider(nas, task)
    bucket_first = versions.at_least(nas.version, "v26.0.0")
    if bucket_first:
        await _ensure_bucket(nas, task, provider)
    if await nas.restic.ensure_initialized(task, provider):
        return
    if not bucket_first:
        await _ensure_bucket(nas, task, provider)
    await nas.restic.initialize(task, provider)


async def _ensure_bucket(nas: Nas, task: Entry, provider: Entry) -> None:
    bucket = task["attributes"].get("bucket")
    if bucket is None:
        return
    if not nas.outside.within_reach(provider):
        if not nas.outside.has_bucket(bucket):
            if provider["type"] == "S3":
                raise CallError("This provider can't create buckets")
            nas.outside.make_bucket(bucket)
        return
    if bucket not in [found["Name"] for found in await cloud_sync_directory.buckets(nas, task["credentials"])]:
        await cloud_sync_directory.make_bucket(nas, task["credentials"], bucket)
