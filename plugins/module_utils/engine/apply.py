# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply independent changes. A failed item does not stop the others. Deletes run last, and only if nothing failed.

    check roles -> prepare -> verify -> create, update -> recheck -> duplicates -> after_write
    -> before_delete -> delete -> finish

In check mode only `verify` runs. A kind provides prepare, verify, after_write, before_delete and finish (`kind.Steps`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..errors import NotPermitted, TimedOut, TrueNASError, Unreachable
from ..nas.client import Nas
from . import races
from .change import CREATED, DELETED, UPDATED
from .kind import C, D, Job, Kind
from .names import E
from .store import store_of


def apply(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas, check_mode: bool) -> list[Job[D, E, C]]:
    """Verify and apply the changes; only verify them in check mode. Return the jobs in their order, including failures.

    Raises NotPermitted before the first write if the account lacks a role.
    """
    steps = kind.steps
    if check_mode:
        return steps.verify(jobs, nas, True)
    _check_roles(kind, jobs, nas)
    done = steps.verify(steps.prepare(jobs, nas), nas, False)
    done = only(done, lambda job: job.is_open(CREATED, UPDATED), lambda some: _write(kind, some, nas))
    if kind.resolves_duplicates:
        done = only(done, races.created, lambda some: _resolve_duplicates(kind, some, nas))
    done = _delete(kind, steps.after_write(done, nas, store_of(kind, nas)), nas)
    return steps.finish(done, nas)


def only(
    jobs: Sequence[Job[D, E, C]],
    wanted: Callable[[Job[D, E, C]], bool],
    step: Callable[[list[Job[D, E, C]]], list[Job[D, E, C]]],
) -> list[Job[D, E, C]]:
    """Run a step once, on the `wanted` jobs. Return all jobs in their order."""
    chosen = [job for job in jobs if wanted(job)]
    if not chosen:
        return [*jobs]
    results = dict(zip(map(id, chosen), step(chosen), strict=True))
    return [results.get(id(job), job) for job in jobs]


def _check_roles(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> None:
    lacking = {id(job): nas.missing_roles(_needed(kind, job.change)) for job in jobs}
    short = [job for job in jobs if lacking[id(job)]]
    if short:
        roles = dict.fromkeys(role for job in short for role in lacking[id(job)])
        raise NotPermitted(
            f"This account needs the role {' and '.join(roles)} for these changes: "
            f"{', '.join(str(job.change) for job in short)}. Use the API key of an account with that role."
        )


def _needed(kind: Kind[D, E, C], change: C) -> list[str]:
    """Return the roles for a change. Hidden values require them, too, because they might differ."""
    return [kind.write_role, *kind.roles(change)] if change.changed or change.unknown else []


def _write(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> list[Job[D, E, C]]:
    """Write the changes of these jobs. Check the stored state after uncertain outcomes."""
    written = store_of(kind, nas).write([job.change for job in jobs])
    done = [_after(job, outcome) for job, outcome in zip(jobs, written, strict=True)]
    return only(
        done,
        lambda job: job.error is not None and races.may_have_succeeded(job.change, job.error),
        lambda some: _recheck_and_retry(kind, some, nas),
    )


def _after(job: Job[D, E, C], outcome: E | TrueNASError | None) -> Job[D, E, C]:
    return replace(job, error=outcome) if isinstance(outcome, TrueNASError) else replace(job, entry=outcome, error=None)


def _recheck_and_retry(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> list[Job[D, E, C]]:
    """Check what is stored after failed writes or lost replies, for all jobs together, and retry once if needed.

    If the connection broke during a write, the NAS gets time to finish it before a retry: up to version 26.0, a NAS goes on with
    such calls (truenas-api/wire.md §1). If the object is in sync after a lost reply, the write was applied. A write that might
    still run is not retried, and neither is a write with a new plan that was not verified.
    """
    try:
        checked = _look_again(kind, jobs, nas)
        if any(retry and isinstance(job.error, Unreachable) for job, retry in checked):
            nas.settle()
            checked = _look_again(kind, jobs, nas)
    except TrueNASError as again:
        nas.give_up(again)
        for job in jobs:
            if isinstance(job.error, Unreachable):
                job.error.note(f"The check of the stored state failed: {again}")
        return [job if isinstance(job.error, Unreachable) else replace(job, error=again) for job in jobs]
    written = iter(store_of(kind, nas).write([job.change for job, retry in checked if retry]))
    return [_after(job, next(written)) if retry else job for job, retry in checked]


def _look_again(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> list[tuple[Job[D, E, C], bool]]:
    """Return each job after a check of the stored state, and whether to write its change again. Raises TrueNASError."""
    nas.refresh()
    stored = store_of(kind, nas).entries()
    facts = kind.look([job.desired for job in jobs], nas, {})
    return [_recheck(kind, job, stored, facts) for job in jobs]


def _recheck(kind: Kind[D, E, C], job: Job[D, E, C], stored: Sequence[E], facts: Any) -> tuple[Job[D, E, C], bool]:
    """Return the job after a check of the stored state, and whether to write its change again."""
    lost = isinstance(job.error, Unreachable)
    try:
        change = kind.resume(job, kind.plan(job.desired, stored, facts))
    except TrueNASError as again:
        return (job if lost else replace(job, error=again)), False
    if not change.changed:
        entry = kind.naming.subject(job.desired, stored)
        return replace(job, change=job.change if lost else change, entry=entry, error=None), False
    refused_delete = change.action == DELETED and not lost
    if isinstance(job.error, TimedOut) or refused_delete or not kind.may_retry(job, change):
        return job, False
    return replace(job, change=change), True


def _resolve_duplicates(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> list[Job[D, E, C]]:
    """Resolve creation races: delete our duplicate and update the other object to the desired state.

    The lowest ID wins, whichever client checks, so the other client keeps its object.
    """
    try:
        ids = races.ids_by_name(kind, jobs, nas)
    except TrueNASError as error:
        return [replace(job, warnings=(*job.warnings, races.unchecked(kind.naming.noun, job, error))) for job in jobs]
    warned = [replace(job, warnings=(*job.warnings, *races.warnings(kind.naming.noun, job, ids))) for job in jobs]
    return only(warned, lambda job: races.is_duplicate(job, ids), lambda some: _give_way(kind, some, nas))


def _give_way(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> list[Job[D, E, C]]:
    deletions = [replace(job.change, action=DELETED, id=job.entry.id, payload={}) for job in jobs if job.entry]
    removed = store_of(kind, nas).write(deletions)
    done = [
        replace(job, error=outcome)
        if isinstance(outcome, TrueNASError)
        else replace(job, entry=None, error=races.name_taken())
        for job, outcome in zip(jobs, removed, strict=True)
    ]
    return only(done, lambda job: job.entry is None, lambda some: _recheck_and_retry(kind, some, nas))


def _delete(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> list[Job[D, E, C]]:
    """Delete objects, but only if nothing failed, because the objects that replace them might not exist."""
    if _failed(jobs):
        return _hold_deletes(jobs)
    ready = kind.steps.before_delete(jobs, nas, store_of(kind, nas))
    if _failed(ready):
        return _hold_deletes(ready)
    return only(ready, lambda job: job.is_open(DELETED), lambda some: _write(kind, some, nas))


def _failed(jobs: Sequence[Job[D, E, C]]) -> bool:
    return any(job.error for job in jobs)


def _hold_deletes(jobs: Sequence[Job[D, E, C]]) -> list[Job[D, E, C]]:
    def held(job: Job[D, E, C]) -> Job[D, E, C]:
        text = (
            f"{job.change.name!r} was not deleted because another item failed. Fix that item, then run the task again."
        )
        return replace(job, error=TrueNASError(text)) if job.is_open(DELETED) else job

    return [held(job) for job in jobs]
