# SPDX-License-Identifier: GPL-3.0-or-later
"""Reassignment of the tasks of a credential before its deletion: all tasks, or none. The kinds of the tasks plan and write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ..cloud_task import draft
from ..cloud_task.kind import TaskJob
from ..cloud_task.spec import DesiredTask
from ..cloud_task.stored import StoredTask
from ..cloud_task.task_type import TaskType
from ..credential.change import CredentialPlan
from ..credential.facts import CredentialUser, Reassignment, listed
from ..credential.job import CredentialJob, CredentialStore
from ..credential.kind import credentials
from ..credential.stored import CREDENTIALS, OPTION, foresee
from ..engine.apply import apply
from ..engine.change import Pending
from ..engine.kind import Job
from ..engine.store import store_of
from ..errors import InvalidInput, NotFound, Problem, TrueNASError, Unreachable
from ..nas.client import Nas
from .users import KINDS

TIMEOUT = 180.0
"""Seconds to reassign one task. The NAS might list the remote folder of a pull task (truenas-api/wire.md §7b)."""


@dataclass(frozen=True)
class Reassigned:
    """The finding of a job whose tasks were reassigned: these tasks as they were before."""

    tasks: tuple[tuple[CredentialUser, StoredTask], ...] = field(default=(), repr=False)


Outcome = tuple[CredentialUser, StoredTask, Optional[TrueNASError]]  # noqa: UP045 - as pylint has it
"""A task as it was, and the error of its reassignment."""


def plan(users: Sequence[CredentialUser], name: str, nas: Nas, changes: Pending) -> Reassignment:
    """Return the problems and the warnings of a reassignment to the credential of this name, without a write.

    `changes` has the credentials that the same run creates.
    """
    problems: list[Problem] = []
    warnings: list[str] = []
    for service, kind in KINDS.items():
        tasks = [task for _user, task in _stored(service, users, nas)]
        problems += _unread(service, users, name, nas)
        wanted = [_desired(kind.type, task, name, nas, changes) for task in tasks]
        stored = kind.engine.foresee(store_of(kind.engine, nas).entries(), changes) if tasks else []
        facts = kind.engine.look(wanted, nas, changes) if tasks else None
        for task, desired in zip(tasks, wanted, strict=True):
            try:
                warnings += kind.engine.plan(desired, stored, facts).warnings
            except InvalidInput as error:
                user = CredentialUser(service, task.id, task.name)
                problems += (
                    Problem("replace_with", f"cannot be {name!r} for the {user}: {problem.field} {problem.text}")
                    for problem in error.problems
                )
    return Reassignment(tuple(problems), tuple(dict.fromkeys(warnings)))


def _unread(service: str, users: Sequence[CredentialUser], name: str, nas: Nas) -> Iterator[Problem]:
    """Yield a problem for each user that cannot be read, and so cannot be reassigned."""
    wanted = {user.id: user for user in users if user.service == service and user.id is not None}
    for row in store_of(KINDS[service].engine, nas).unread() if wanted else ():
        if row.id in wanted:
            reason = (
                f"cannot be {name!r} for the {wanted[row.id]}, because this collection cannot read it ({row.place})"
            )
            yield Problem("replace_with", reason, "Check the task in the web interface of the NAS.")


def before_delete(jobs: Sequence[CredentialJob], nas: Nas, store: CredentialStore) -> list[CredentialJob]:
    """Reassign the tasks of each credential that has a replacement. Add failures to the jobs."""
    done = []
    for job in jobs:
        if job.change.reassigned_tasks:
            try:
                moved = _reassign_all(job.change, nas, store)
            except TrueNASError as error:
                done.append(replace(job, error=error))
                continue
            done.append(replace(job, findings=(moved,)))
        else:
            done.append(job)
    return done


def give_back(jobs: Sequence[CredentialJob], nas: Nas) -> list[CredentialJob]:
    """Reassign tasks to the credential that was not deleted after all.

    If that is uncertain, report which credential they use.
    """
    done = []
    for job in jobs:
        moved = next((one for one in job.findings if isinstance(one, Reassigned)), None)
        if moved and isinstance(job.error, Unreachable):
            job.error.note(f"These tasks now use {job.change.replacement!r}: {listed(job.change.reassigned_tasks)}.")
        elif moved and job.error:
            job.error.note(_put_back(job.change, moved.tasks, nas))
        done.append(replace(job, findings=()) if moved else job)
    return done


def _reassign_all(change: CredentialPlan, nas: Nas, store: CredentialStore) -> Reassigned:
    """Reassign the tasks, one kind after the other. If one fails, roll back the others.

    Raises TrueNASError, which reports the credential of each task.
    """
    if CREDENTIALS.find(store.entries(), change.replacement) is None:
        raise NotFound(
            f"{change.name!r} was not deleted. Credential {change.replacement!r} no longer exists. Create it, then run the task "
            "again."
        )
    moved: list[tuple[CredentialUser, StoredTask]] = []
    for service in KINDS:
        outcomes = _write(service, _stored(service, change.reassigned_tasks, nas), change.replacement, nas)
        moved += [(user, task) for user, task, error in outcomes if error is None]
        failed = [(user, error) for user, _task, error in outcomes if error is not None]
        if any(isinstance(error, Unreachable) for _user, error in failed):
            lost = next(error for _user, error in failed if isinstance(error, Unreachable))
            uncertain = listed([*(user for user, _task in moved), *(user for user, _error in failed)])
            again = type(lost)(str(lost))
            again.note(
                f"{change.name!r} was not deleted. These tasks might already use {change.replacement!r}: {uncertain}. Run the "
                "task again; it checks the current state first, and reassigns the others."
            )
            raise again
        if failed:
            reasons = " ".join(f"{user} cannot use {change.replacement!r}: {error}" for user, error in failed)
            failure = TrueNASError(f"{change.name!r} was not deleted. {reasons}")
            failure.note(_put_back(change, moved, nas))
            raise failure
    return Reassigned(tuple(moved))


def _put_back(change: CredentialPlan, tasks: Sequence[tuple[CredentialUser, StoredTask]], nas: Nas) -> str:
    """Reassign tasks to their previous credential, and return the result as sentences."""
    back: list[CredentialUser] = []
    messages = []
    for service in KINDS:
        given = [(user, task) for user, task in tasks if user.service == service]
        for user, _task, error in _write(service, given, change.name, nas):
            if error is None:
                back.append(user)
            else:
                messages.append(
                    f"{user} could not be reassigned to {change.name!r} and now uses {change.replacement!r}: {error}"
                )
    if back:
        messages.insert(0, f"These tasks use {change.name!r} again: {listed(back)}.")
    return " ".join(messages)


def _write(
    service: str, tasks: Sequence[tuple[CredentialUser, StoredTask]], credential: str, nas: Nas
) -> list[Outcome]:
    """Make tasks of one kind, as they were before, use a credential. Return the outcome of each."""
    try:
        errors = _apply(service, [task for _user, task in tasks], credential, nas) if tasks else {}
    except TrueNASError as error:
        errors = {task.id: error for _user, task in tasks}
    return [(user, task, errors.get(task.id)) for user, task in tasks]


def _apply(service: str, tasks: Sequence[StoredTask], credential: str, nas: Nas) -> dict[int, TrueNASError]:
    """Make tasks use a credential. Return the error of each that does not use it then, by ID."""
    kind = KINDS[service]
    wanted = [_desired(kind.type, task, credential, nas, {}) for task in tasks]
    stored = store_of(kind.engine, nas).entries()
    facts = kind.engine.look(wanted, nas, {})
    jobs: list[TaskJob] = []
    failed: dict[int, TrueNASError] = {}
    for task, desired in zip(tasks, wanted, strict=True):
        try:
            jobs.append(Job(desired, kind.engine.plan(desired, stored, facts)))
        except TrueNASError as error:
            failed[task.id] = error
    done = apply(kind.engine, jobs, nas, check_mode=False)
    return failed | {job.desired.id or 0: job.error for job in done if job.error}


def _stored(service: str, users: Sequence[CredentialUser], nas: Nas) -> list[tuple[CredentialUser, StoredTask]]:
    """Return the users of one kind that exist, with the stored task of each."""
    wanted = {user.id: user for user in users if user.service == service and user.id is not None}
    if not wanted:
        return []
    return [(wanted[task.id], task) for task in store_of(KINDS[service].engine, nas).entries() if task.id in wanted]


def _desired(kind: TaskType, task: StoredTask, credential: str, nas: Nas, changes: Pending) -> DesiredTask:
    """Return the task with another credential. For another provider, the attributes come along, because it has none itself."""
    target = CREDENTIALS.find(foresee(credentials(nas), changes.get(OPTION, ())), credential)
    declared: dict[str, Any] = {}
    if target and task.credential and target.wire_type != task.credential.wire_type:
        usual = draft.defaults(kind, task.provider)
        declared = {
            name: value
            for name, value in task.values.items()
            if kind.fields[name].attribute and (kind.fields[name].required or value != usual.get(name))
        }
    return DesiredTask(task.name, id=task.id, credential=credential, declared=declared, timeout=TIMEOUT)
