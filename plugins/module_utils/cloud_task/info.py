# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored tasks for output, with the state of their last run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ..engine.store import store_of
from ..nas.client import Nas
from ..redaction.texts import redact_text
from .kind import CloudTaskKind
from .stored import StoredTask, secrets_of, shown
from .task_type import TaskType


def result(kind: CloudTaskKind, name: str | None, credential: str | None, nas: Nas) -> dict[str, Any]:
    """Return the tasks sorted by description and ID, filtered by description and by the name of the credential if given."""
    stored, fault = store_of(kind.engine, nas).readable()
    chosen = [
        entry
        for entry in stored
        if name in (None, entry.name)
        and (credential is None or (entry.credential is not None and entry.credential.name == credential))
    ]
    ordered = sorted(chosen, key=lambda entry: (entry.name, entry.id))
    return {
        "changed": False,
        "tasks": [{**shown(kind.type.fields, entry), "job": last_run(kind.type, entry)} for entry in ordered],
        "warnings": [str(fault)] if fault else [],
    }


def last_run(kind: TaskType, entry: StoredTask) -> dict[str, Any] | None:
    """Return the last run for output, or None."""
    return None if entry.job is None else shown_job(kind, entry, entry.job)


def shown_job(kind: TaskType, entry: StoredTask, job: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run of a task for output. Its error comes from rclone or restic and can quote a secret."""
    error = job.get("error")
    return {
        "id": job.get("id"),
        "state": job.get("state"),
        "error": redact_text(str(error), secrets_of(kind.fields, entry)) if error else None,
        "started": moment(job.get("time_started")),
        "finished": moment(job.get("time_finished")),
    }


def moment(value: Any) -> str | None:
    """Return a time of the NAS, milliseconds since 1970, as text (truenas-api/wire.md §1), or None if there is none."""
    milliseconds = value.get("$date") if isinstance(value, Mapping) else None
    if not isinstance(milliseconds, int):
        return None
    try:
        time = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        # There is no such year.
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
