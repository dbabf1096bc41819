# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for the deletion of a credential, after its tasks are reassigned if asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.change import DELETED, NONE
from ..errors import InUse, InvalidInput, NotFound, NotPermitted, Problem
from . import warnings
from .change import CredentialPlan
from .facts import CredentialUser, Facts, Reassignment, listed
from .spec import DesiredCredential
from .stored import CREDENTIALS, StoredCredential, document


def plan_deletion(
    desired: DesiredCredential, current: StoredCredential | None, stored: Sequence[StoredCredential], facts: Facts
) -> CredentialPlan:
    """Return the plan, which changes nothing if the credential does not exist.

    Raises InUse for a credential that tasks use, and the errors of a replacement that they cannot use.
    """
    if current is None:
        question = CREDENTIALS.did_you_mean(stored, desired.name)
        return CredentialPlan(
            NONE, desired.name, warnings=(f"Credential {desired.name!r} not found. {question}",) if question else ()
        )
    users = tuple(facts.users.get(current.id, ()))
    if users and desired.replace_with is None:
        raise InUse(
            f"Cannot delete {desired.name!r}: it is used by {listed(users)}. To move these tasks to another credential first, "
            "set replace_with."
        )
    before = document(current.name, current.provider, current.wire_type, current.values)
    if desired.replace_with is not None:
        other = _replacement(desired.replace_with, current, stored, facts)
        moving = facts.reassignments.get(current.id, Reassignment())
        if moving.problems:
            raise InvalidInput(moving.problems)
        return CredentialPlan(
            action=DELETED,
            name=desired.name,
            id=current.id,
            reassigned_tasks=users,
            replacement=desired.replace_with,
            before={**before, **_shown(users, desired.name)},
            after=_shown(users, desired.replace_with),
            warnings=(*(warnings.reassigned_across_providers(current, other) if users else ()), *moving.warnings),
        )
    return CredentialPlan(
        action=DELETED,
        name=desired.name,
        id=current.id,
        before=before,
        warnings=facts.notes,
    )


def _replacement(
    name: str, current: StoredCredential, stored: Sequence[StoredCredential], facts: Facts
) -> StoredCredential | None:
    """Return the credential that replaces the deleted one, or None if the same task creates it.

    Raises NotFound, InvalidInput, or NotPermitted.
    """
    if facts.notes:
        raise NotPermitted(f"{facts.notes[0]} To reassign every task, give the account the role to list them.")
    if name in facts.deleted:
        reason = f"must not be {name!r}, which the same task deletes"
        raise InvalidInput([Problem("replace_with", reason, "Set another credential.")])
    other = CREDENTIALS.find(stored, name)
    if other is None and name not in facts.created:
        remedy = CREDENTIALS.did_you_mean(stored, name) or "Check replace_with, or create the credential first."
        raise NotFound(f"Credential {name!r} not found, so it cannot replace {current.name!r}. {remedy}")
    return other


def _shown(users: Sequence[CredentialUser], credential: str) -> dict[str, Any]:
    """Return the credential of each task, for a diff."""
    return {"tasks": {str(user): credential for user in users}} if users else {}
