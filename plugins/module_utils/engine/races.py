# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the plan and the write: replies get lost, and other clients write too.

The NAS checks whether a name is free before it writes, not while it writes (truenas-api/wire.md §3), so two clients can create
two objects of one name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..errors import InvalidField, NotFound, Problem, TrueNASError, Unreachable
from ..nas.client import Nas
from .change import CREATED, UPDATED, Change
from .kind import C, D, Job, Kind
from .names import E
from .store import store_of


def is_conflict(change: Change, error: TrueNASError) -> bool:
    """Return whether the NAS refuses a write because another client has written since the plan was made."""
    if isinstance(error, InvalidField):
        return any(problem.field == "name" and "already exists" in problem.reason for problem in error.problems)
    return isinstance(error, NotFound) and change.action == UPDATED


def may_have_succeeded(change: Change, error: TrueNASError) -> bool:
    """Return whether a failed write could have been applied, or could succeed with a new plan."""
    return isinstance(error, Unreachable) or is_conflict(change, error)


def name_taken() -> InvalidField:
    """Return the error for a name that another client took at the same time."""
    problem = Problem("name", "was taken by another client at the same time", "Run the task again.")
    return InvalidField(str(problem), [problem])


def created(job: Job[D, E, C]) -> bool:
    """Return whether the job has created an object."""
    return job.is_open(CREATED) and job.entry is not None


def ids_by_name(kind: Kind[D, E, C], jobs: Sequence[Job[D, E, C]], nas: Nas) -> Mapping[str, Sequence[int]]:
    """Ask the NAS for the IDs that the names of created objects have now. Raises TrueNASError."""
    names = {job.change.name for job in jobs}
    try:
        return store_of(kind, nas).ids_by_name(names)
    except Unreachable:
        nas.refresh()
        return store_of(kind, nas).ids_by_name(names)


def is_duplicate(job: Job[D, E, C], ids: Mapping[str, Sequence[int]]) -> bool:
    """Return whether another object of the name has a lower ID, so that this one has to be deleted."""
    return job.entry is not None and min(ids.get(job.change.name, [job.entry.id])) < job.entry.id


def warnings(noun: str, job: Job[D, E, C], ids: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Yield a warning for an object that stays although another client has created one of its name."""
    others = [number for number in ids.get(job.change.name, ()) if job.entry and number != job.entry.id]
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
