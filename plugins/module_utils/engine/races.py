# SPDX-License-Identifier: GPL-3.0-or-later
"""Races between the plan and the write: lost replies, and writes by other clients.

The NAS checks names before a write, not during it (truenas-api/wire.md §3), so two clients can create two objects with the same
name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..errors import InvalidField, NotFound, Problem, TrueNASError, Unreachable
from ..nas.client import Nas
from .change import CREATED, DELETED, UPDATED, Change
from .kind import C, D, Job, Kind
from .names import E
from .store import store_of

LOOKS = 3
"""Reads of the stored objects before a name that several have counts as an error."""


def settled(kind: Kind[D, E, C], desired: Iterable[D], nas: Nas) -> list[E]:
    """Return the stored objects. Raises TrueNASError.

    If several have a desired name, other clients might have created them at the same time, and each deletes its duplicate within
    a moment. Therefore the NAS gets time, and is read again.
    """
    names = {name for item in desired for name in (item.name, item.new_name) if name}
    store = store_of(kind, nas)
    for _look in range(1, LOOKS):
        taken = Counter(entry.name for entry in store.entries() if entry.name in names)
        if not kind.naming.unique or all(count == 1 for count in taken.values()):
            break
        nas.settle()
        nas.invalidate()
    return store.entries()


def is_conflict(change: Change, error: TrueNASError) -> bool:
    """Return whether the NAS refused a write because another client changed the object after the plan."""
    if isinstance(error, InvalidField):
        return any(problem.field == "name" and "already exists" in problem.reason for problem in error.problems)
    return isinstance(error, NotFound) and change.action in (UPDATED, DELETED)


def may_have_succeeded(change: Change, error: TrueNASError) -> bool:
    """Return whether a failed write might have been applied, or might succeed with a new plan."""
    return isinstance(error, Unreachable) or is_conflict(change, error)


def name_taken() -> InvalidField:
    """Return the error for a name that another client used at the same time."""
    problem = Problem("name", "was used by another client at the same time", "Run the task again.")
    return InvalidField(str(problem), [problem])


def created(job: Job[D, E, C]) -> bool:
    """Return whether the job created an object."""
    return job.is_open(CREATED) and job.entry is not None


def ids_by_name(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> Mapping[str, Sequence[int]]:
    """Return the current IDs of each name of a created object, read from the NAS. Raises TrueNASError."""
    names = {job.change.name for job in jobs}
    try:
        return store_of(kind, nas).ids_by_name(names)
    except Unreachable:
        try:
            nas.refresh()
            return store_of(kind, nas).ids_by_name(names)
        except TrueNASError as again:
            nas.mark_gone(again)
            raise


def is_duplicate(job: Job[D, E, C], ids: Mapping[str, Sequence[int]]) -> bool:
    """Return whether another object with this name has a lower ID, so this one must be deleted."""
    return job.entry is not None and min(ids.get(job.change.name, [job.entry.id])) < job.entry.id


def warnings(noun: str, job: Job[D, E, C], ids: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Yield a warning for an object that stays although another client created one with the same name."""
    others = [entry_id for entry_id in ids.get(job.change.name, ()) if job.entry and entry_id != job.entry.id]
    if others and not is_duplicate(job, ids):
        yield (
            f"Another client created a {noun} named {job.change.name!r} at the same time (id {max(others)}). If both exist, "
            "delete one of them."
        )


def unchecked(noun: str, job: Job[D, E, C], error: TrueNASError) -> str:
    """Return the warning for a created object whose name could not be checked for duplicates."""
    return (
        f"Could not check whether another client created a {noun} named {job.change.name!r} at the same time: {error}"
    )
