# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloudsync`: the tasks (truenas-api/tasks.md §1, §2, §7; upstream plugins/cloud_sync/)."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from .. import old_schema, old_task_schemas, task_models, versions
from ..models import Model, NonEmptyString, model
from ..nas import Nas
from ..old_schema import Parameters
from ..query import GetInstanceArgs, query_args
from . import cloud_sync_checks, tasks
from .registry import Call, method, same
from .tasks import SYNC, Entry

_RESTORED = (
    "encryption",
    "filename_encryption",
    "encryption_password",
    "encryption_salt",
    "schedule",
    "transfers",
    "attributes",
)
_STRICT = task_models.STRICT


@cache
def _create_args(version: str) -> type[Model] | Parameters:
    if not versions.at_least(version, _STRICT):
        return Parameters(old_task_schemas.task("cloud_sync_create"))
    return model("CloudSyncCreateArgs", cloud_sync_create=task_models.create(SYNC.facts, version))


@cache
def _update_args(version: str) -> type[Model] | Parameters:
    if not versions.at_least(version, _STRICT):
        return Parameters(old_schema.Number("id"), old_task_schemas.task("cloud_sync_update", partial=True))
    return model("CloudSyncUpdateArgs", id=int, cloud_sync_update=task_models.update(SYNC.facts, version))


@cache
def id_args(version: str) -> type[Model] | Parameters:
    """Return the parameters of a method that takes a task's id."""
    return _ID if versions.at_least(version, _STRICT) else old_task_schemas.task_id()


_ID = model("CloudSyncIdArgs", id=int)
_RESTORE = model("RestoreOpts", description=(str, ""), transfer_mode=Literal["SYNC", "COPY"], path=NonEmptyString)


def _redacted(result: Any) -> Any:
    """Return tasks as a reader of 25.04 sees them: the whole provider is a secret, the salt is not."""
    if isinstance(result, list):
        return [_redacted(task) for task in result]
    if not isinstance(result, dict):
        return result
    shown = dict(result)
    if isinstance(shown.get("credentials"), dict) and "provider" in shown["credentials"]:
        shown["credentials"] = {**shown["credentials"], "provider": "********"}
    if "encryption_password" in shown:
        shown["encryption_password"] = "********"
    return shown


@method(
    "cloudsync.query",
    args=query_args,
    result=SYNC.query_model,
    role="CLOUD_SYNC_READ",
    path_since=_STRICT,
    lower=SYNC.lower,
    redact=_redacted,
)
async def query(call: Call, filters: list[Any], options: Entry) -> Any:
    """Return the tasks that match."""
    return tasks.matching(call, SYNC, filters, options)


@method(
    "cloudsync.get_instance",
    args=same(GetInstanceArgs),
    result=SYNC.result_model,
    role="CLOUD_SYNC_READ",
    path_since=_STRICT,
    lower=SYNC.lower,
    redact=_redacted,
)
async def get_instance(call: Call, task_id: int, options: Entry) -> Entry:
    """Return the task of an id."""
    return call.instance(tasks.entry(call.nas, SYNC, task_id), SYNC.title, options)


@method(
    "cloudsync.create",
    args=_create_args,
    result=SYNC.result_model,
    role="CLOUD_SYNC_WRITE",
    path_since=_STRICT,
    lower=SYNC.lower,
    redact=_redacted,
)
async def create(call: Call, data: Entry) -> Entry:
    """Add a task."""
    return await _add(call.nas, call, data)


@method(
    "cloudsync.update",
    args=_update_args,
    result=SYNC.result_model,
    role="CLOUD_SYNC_WRITE",
    path_since=_STRICT,
    lower=SYNC.lower,
    redact=_redacted,
)
async def update(call: Call, task_id: int, data: Entry) -> Entry:
    """Change a task; the whole task is checked again."""
    new = {**tasks.stored(call.nas, SYNC, task_id), **data}
    await cloud_sync_checks.check(call.nas, call, "cloud_sync_update", new)
    call.nas.store.update(SYNC.table, task_id, tasks.columns(new))
    return tasks.entry(call.nas, SYNC, task_id)


@method(
    "cloudsync.delete",
    args=id_args,
    role="CLOUD_SYNC_WRITE",
    path_since=_STRICT,
)
async def delete(call: Call, task_id: int) -> bool:
    """Delete a task, and end its job."""
    tasks.abort(call.nas, SYNC, task_id)
    call.nas.store.delete(SYNC.table, task_id)
    return True


@method(
    "cloudsync.restore",
    args=same(model("CloudSyncRestoreArgs", id=int, opts=_RESTORE)),
    result=SYNC.result_model,
    role="CLOUD_SYNC_WRITE",
    path_since=_STRICT,
    lower=SYNC.lower,
    redact=_redacted,
)
async def restore(call: Call, task_id: int, opts: Entry) -> Entry:
    """Add a task that goes the other way, and does not run by itself."""
    old = tasks.stored(call.nas, SYNC, task_id)
    new = {
        **task_models.defaults(SYNC.facts, versions.nearest(call.nas.version)),
        **{name: old[name] for name in _RESTORED},
        **opts,
        "credentials": old["credentials"],
        "direction": "PULL" if old["direction"] == "PUSH" else "PUSH",
        "enabled": False,
    }
    # The server itself asks, so nobody's rights are looked at.
    return await _add(call.nas, None, new)


async def _add(nas: Nas, call: Call | None, data: Entry) -> Entry:
    await cloud_sync_checks.check(nas, call, "cloud_sync_create", data)
    return tasks.entry(nas, SYNC, nas.store.insert(SYNC.table, tasks.columns(data)))
