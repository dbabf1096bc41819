# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of jobs: what a task returns for one object, and the stored state after all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .change import DELETED, NONE
from .kind import C, D, Job, Kind
from .names import E


def failure(job: Job[D, E, C]) -> dict[str, Any]:
    """Return the keys of a result that describe the job's error, nothing if it has none."""
    return {"failed": True, "msg": str(job.error), **job.error.details()} if job.error else {}


def result(kind: Kind[D, E, C], job: Job[D, E, C], stored: Sequence[E]) -> dict[str, Any]:
    """Return what a task returns for one object, in check mode what it would do; for `stored` see `stored_after`."""
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
    """Return the stored objects after the jobs, in check mode the predicted ones, where the kind can predict them."""
    applied = [job for job in jobs if job.applied]
    touched = {job.change.id for job in applied}
    coming = [job.entry or kind.predict(job.change) for job in applied if job.change.action != DELETED]
    return [*(entry for entry in stored if entry.id not in touched), *(entry for entry in coming if entry is not None)]
