# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of jobs: the result of a task for one object, and the stored objects after all jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .change import DELETED, NONE
from .kind import C, D, Job, Kind
from .names import E


def failure(job: Job[D, E, C]) -> dict[str, Any]:
    """Return the result keys for the job's error, or an empty mapping."""
    return {"failed": True, "msg": str(job.error), **job.error.details()} if job.error else {}


def result(kind: Kind[D, E, C], job: Job[D, E, C], stored: Sequence[E]) -> dict[str, Any]:
    """Return the task's result for one object (in check mode: the predicted one). `stored` comes from `stored_after`."""
    change = job.change
    own = kind.report(job, stored)
    return {
        "changed": job.applied,
        "action": change.action if job.applied else NONE,
        "changed_fields": [*change.changed_fields],
        "unknown_fields": [*change.unknown],
        "drift": change.drift,
        **own,
        "warnings": [*change.warnings, *job.warnings, *own.get("warnings", ())],
    }


def stored_after(kind: Kind[D, E, C], stored: Iterable[E], jobs: Sequence[Job[D, E, C]]) -> list[E]:
    """Return the stored objects after the jobs (in check mode: the predicted ones, if the kind predicts them)."""
    applied = [job for job in jobs if job.applied]
    touched = {job.change.id for job in applied}
    applied_entries = [job.entry or kind.predict(job.change) for job in applied if job.change.action != DELETED]
    return [
        *(entry for entry in stored if entry.id not in touched),
        *(entry for entry in applied_entries if entry is not None),
    ]
