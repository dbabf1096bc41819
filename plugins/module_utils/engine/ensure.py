# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one object: read the stored state, plan, apply, and report."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..diff import headers
from ..nas.client import Nas
from .apply import apply
from .kind import C, D, Job, Kind
from .names import E
from .outcome import failure, result, stored_after
from .store import store_of


def ensure(
    kind: Kind[D, E, C], desired: D, nas: Nas, check_mode: bool, pending: Collection[str] = ()
) -> dict[str, Any]:
    """Apply one desired object and return the task's result. Raises TrueNASError.

    An error after a write that was not rolled back is part of the result instead. `pending` are names of referenced objects
    that check mode treats as existing, because an earlier task creates them in a real run.
    """
    stored = store_of(kind, nas).entries()
    facts = kind.look([desired], nas, pending if check_mode else ())
    change = kind.plan(desired, stored, facts)
    [job] = apply(kind, [Job(desired, change)], nas, check_mode)
    if job.error and not job.applied:
        raise job.error
    diff = {"before": dict(job.change.before), "after": dict(job.change.after)}
    return {
        **result(kind, job, stored_after(kind, stored, [job])),
        "diff": {**headers(change.name, change.before, kind.naming.field), **diff},
        **failure(job),
    }
