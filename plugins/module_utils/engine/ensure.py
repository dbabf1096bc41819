# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one object: read the stored state, plan, apply, and report."""

from __future__ import annotations

from typing import Any

from ..diff import headers
from ..nas.client import Nas
from . import races
from .apply import apply
from .change import Pending
from .kind import C, D, Job, Kind
from .names import E
from .outcome import failure, result, stored_after
from .pending import returned
from .store import store_of


def ensure(
    kind: Kind[D, E, C], desired: D, nas: Nas, check_mode: bool, pending: Pending | None = None
) -> dict[str, Any]:
    """Apply one desired object and return the task's result. Raises TrueNASError.

    An error after a write that was not rolled back is part of the result instead. `pending` has the
    changes of earlier tasks, which check mode treats as made. Rows that cannot be read are a warning, unless one might be the
    object.
    """
    known = pending or {} if check_mode else {}
    stored = kind.foresee(races.settled(kind, [desired], nas), known)
    store = store_of(kind, nas)
    store.require(desired)
    unread = store.readable()[1]
    facts = kind.look([desired], nas, known)
    change = kind.plan(desired, stored, facts)
    [job] = apply(kind, [Job(desired, change)], nas, check_mode)
    if job.error and not job.applied:
        raise job.error
    diff = {"before": dict(job.change.before), "after": dict(job.change.after)}
    done = result(kind, job, stored_after(kind, stored, [job]))
    return {
        **done,
        "warnings": [*done["warnings"], *([str(unread)] if unread else [])],
        "diff": {**headers(change.name, change.before, kind.naming.field), **diff},
        **returned(kind, [job] if check_mode else []),
        **failure(job),
    }
