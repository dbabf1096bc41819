# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that cloud sync and cloud backup tasks share: rows, entries, and models of results (truenas-api/tasks.md §2, §7;
upstream plugins/cloud/crud.py). A task's row keeps its description and credential apart, the rest as one object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from .. import task_models, versions
from ..errors import InstanceNotFound
from ..jobs import UNDER_WAY, Job, of_task
from ..models import Model, fits, model
from ..nas import TASK_METHODS, Nas
from ..remotes import REMOTES
from ..store import CLOUD_BACKUP, CLOUD_SYNC, CREDENTIALS
from . import credentials
from .registry import Call

Entry = dict[str, Any]

_COMPUTED = ("id", "job", "locked", "dataset", "relative_path")


@dataclass(frozen=True)
class Kind:
    """One of the two kinds of tasks: its facts, its table, the name that errors have for it, and the prefixes of errors."""

    facts: str
    table: str
    title: str

    def result_model(self, version: str) -> type[Model]:
        """Return the result of a method that returns one task."""
        return _result(self, version)

    def query_model(self, version: str) -> type[Model]:
        """Return the result of the query."""
        return _query_result(self, version)

    def lower(self, version: str, result: Any) -> Any:
        """Drop what tasks of an older version do not have."""
        if isinstance(result, list):
            return [self.lower(version, task) for task in result]
        known = task_models.names(self.facts, version)
        return {key: value for key, value in result.items() if key in known} if isinstance(result, dict) else result


SYNC = Kind(task_models.SYNC, CLOUD_SYNC, "CloudSync")
BACKUP = Kind(task_models.BACKUP, CLOUD_BACKUP, "CloudBackup")


@cache
def _result(kind: Kind, version: str) -> type[Model]:
    return model(f"{kind.title}Result", result=task_models.entry(kind.facts, version, credentials.entry_model(version)))


@cache
def _query_result(kind: Kind, version: str) -> type[Model]:
    item = task_models.item(kind.facts, version, credentials.entry_model(version))
    return model(f"{kind.title}QueryResult", result=list[item] | item | int)  # type: ignore[valid-type]  # the types are built at run time


def seeded(nas: Nas, kind: Kind, seed: Entry) -> Entry:
    """Return the columns of a seeded task. Values that the seed leaves out make the task valid."""
    credential = nas.store.row(CREDENTIALS, seed["credentials"])
    remote = REMOTES.get(credential["provider"]) if credential else None
    task = {
        "path": "/mnt/tank/data",
        "attributes": {"bucket": "bucket", "folder": ""} if remote and remote.buckets else {"folder": ""},
        **task_models.defaults(kind.facts, versions.nearest(nas.version)),
        **(
            {"direction": "PUSH", "transfer_mode": "COPY"}
            if kind is SYNC
            else {"password": "backup password", "keep_last": 7}
        ),
        **seed,
    }
    own_id = {"id": seed["id"]} if "id" in seed else {}
    return {**own_id, **columns(task)}


def columns(task: Entry) -> Entry:
    """Return a task as its row holds it."""
    rest = {key: value for key, value in task.items() if key not in (*_COMPUTED, "description", "credentials")}
    return {"description": task.get("description", ""), "credential": task["credentials"], "task": rest}


def entries(nas: Nas, kind: Kind) -> list[Entry]:
    """Return all tasks, each with its whole credential inside."""
    by_id = {credential["id"]: credential for credential in credentials.entries(nas)}
    jobs = nas.jobs.all()
    return [_entry(nas, kind, row, by_id.get(row["credential"]), jobs) for row in nas.store.rows(kind.table)]


def _entry(nas: Nas, kind: Kind, row: Entry, credential: Entry | None, jobs: list[Job]) -> Entry:
    job = of_task(jobs, TASK_METHODS[kind.table], row["id"])
    path = row["task"]["path"]
    entry = {
        "id": row["id"],
        "description": row["description"],
        **row["task"],
        "credentials": credential,
        "job": job.encoded() if job else row["job"],
        "locked": nas.pools.is_locked(path),
    }
    if versions.at_least(nas.version, "v26.0.0"):
        entry["dataset"], entry["relative_path"] = nas.pools.split(path)
    return entry


def entry(nas: Nas, kind: Kind, task_id: int) -> Entry:
    """Return one task. Raises InstanceNotFound."""
    row = _row(nas, kind, task_id)
    credential = next((found for found in credentials.entries(nas) if found["id"] == row["credential"]), None)
    return _entry(nas, kind, row, credential, nas.jobs.all())


def matching(call: Call, kind: Kind, filters: list[Any], options: Entry) -> Any:
    """Return the answer of the query. From 27.0 on what does not fit the model is not counted either."""
    rows = entries(call.nas, kind)
    if versions.at_least(call.nas.version, "v27.0.0"):
        rows = [row for row in rows if fits(kind.result_model(call.nas.version), row)]
    return call.matching(rows, filters, options, kind.query_model)


def stored(nas: Nas, kind: Kind, task_id: int) -> Entry:
    """Return a task's own fields; `credentials` is an id. Raises InstanceNotFound."""
    row = _row(nas, kind, task_id)
    return {"id": task_id, "description": row["description"], "credentials": row["credential"], **row["task"]}


def _row(nas: Nas, kind: Kind, task_id: int) -> Entry:
    row = nas.store.row(kind.table, task_id)
    if row is None:
        raise InstanceNotFound(f"{kind.title} {task_id} does not exist")
    return row


def provider(nas: Nas, task: Entry) -> Entry:
    """Return the provider object of the credential that a task names by its id. Raises InstanceNotFound."""
    return credentials.entry(nas, task["credentials"])["provider"]  # type: ignore[no-any-return]  # a row holds any JSON


def abort(nas: Nas, kind: Kind, task_id: int) -> bool:
    """End the job that a task shows; whether there was one under way. Raises InstanceNotFound."""
    _row(nas, kind, task_id)
    job = of_task(nas.jobs.all(), TASK_METHODS[kind.table], task_id)
    if job is None or job.state not in UNDER_WAY:
        return False
    job.abort()
    return True
