# SPDX-License-Identifier: GPL-3.0-or-later
"""Reassignment of the tasks of a credential before its deletion: all tasks, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import NotFound, TrueNASError, Unreachable
from ..nas.client import Nas
from .facts import CredentialUser, listed
from .job import CredentialJob, CredentialStore
from .plan import CredentialPlan
from .stored import CREDENTIALS

LONGEST = 180.0
"""Seconds to reassign one task. The NAS might list the remote folder of a pull task (truenas-api/wire.md §7b)."""


def before_delete(jobs: Sequence[CredentialJob], nas: Nas, store: CredentialStore) -> list[CredentialJob]:
    """Reassign the tasks of each credential that has a replacement. Add failures to the jobs."""
    done = []
    for job in jobs:
        if job.change.reassigned_tasks:
            try:
                _reassign_all(job.change, nas, store)
            except TrueNASError as error:
                done.append(replace(job, error=error))
                continue
            done.append(replace(job, findings=(REASSIGNED,)))
        else:
            done.append(job)
    return done


REASSIGNED = "reassigned"
"""The finding of a job whose tasks were reassigned."""


def give_back(jobs: Sequence[CredentialJob], nas: Nas) -> list[CredentialJob]:
    """Give the tasks of a credential that was not deleted after all back to it.

    If that is uncertain, report which credential they use.
    """
    for job in jobs:
        if REASSIGNED not in job.findings or job.error is None:
            continue
        change = job.change
        if isinstance(job.error, Unreachable):
            job.error.note(f"These tasks now use {change.replacement!r}: {listed(change.reassigned_tasks)}.")
        else:
            job.error.note(_put_back(change, change.reassigned_tasks, nas))
    return [replace(job, findings=()) if REASSIGNED in job.findings else job for job in jobs]


def _reassign_all(change: CredentialPlan, nas: Nas, store: CredentialStore) -> None:
    """Reassign the tasks one after the other. If one fails, roll back the others.

    Raises TrueNASError, which reports the credential of each task.
    """
    reassigned: list[CredentialUser] = []
    try:
        target = _target(change, store)
        for user in change.reassigned_tasks:
            reassigned.append(user)
            _reassign(user, target, nas)
    except Unreachable as error:
        lost = type(error)(str(error))
        lost.note(
            f"{change.name!r} was not deleted. These tasks might already use {change.replacement!r}: {listed(reassigned)}. Run "
            "the task again; it checks the current state first, and reassigns the others."
        )
        raise lost from None
    except TrueNASError as error:
        refused = reassigned.pop() if reassigned else None
        reason = f"{refused} cannot use {change.replacement!r}: " if refused else ""
        failure = TrueNASError(f"{change.name!r} was not deleted. {reason}{error}")
        failure.note(_put_back(change, reassigned, nas))
        raise failure from None


def _reassign(user: CredentialUser, credential: int, nas: Nas) -> None:
    nas.call(f"{user.service}.update", user.id, {"credentials": credential}, timeout=LONGEST)


def _put_back(change: CredentialPlan, users: Sequence[CredentialUser], nas: Nas) -> str:
    """Reassign tasks to their previous credential, and return the result as sentences."""
    back: list[CredentialUser] = []
    messages = []
    for user in users:
        try:
            _reassign(user, change.id or 0, nas)
            back.append(user)
        except TrueNASError as error:
            messages.append(
                f"{user} could not be reassigned to {change.name!r} and now uses {change.replacement!r}: {error}"
            )
    if back:
        messages.insert(0, f"These tasks use {change.name!r} again: {listed(back)}.")
    return " ".join(messages)


def _target(change: CredentialPlan, store: CredentialStore) -> int:
    """Return the ID of the replacement, which the same task might have created. Raises NotFound."""
    if change.replacement_id is not None:
        return change.replacement_id
    replacement = CREDENTIALS.find(store.entries(), change.replacement)
    if replacement is None:
        raise NotFound(f"Credential {change.replacement!r} no longer exists.")
    return replacement.id
