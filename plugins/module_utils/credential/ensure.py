# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of one credential through the house: stored, plan, verify, apply, result."""

from __future__ import annotations

from typing import Any

from ..errors import NotPermitted, VerificationFailed
from .nas import WRITE_ROLE, Nas
from .plan import Plan, make, questions
from .spec import Desired
from .stored import Stored, document
from .verify import Verification, verify, wanted


def ensure(desired: Desired, nas: Nas, check_mode: bool) -> dict[str, Any]:
    """Make the NAS have what is desired, and return the task's result.

    Raises what the error tree has.
    """
    stored = nas.credentials()
    asked = questions(desired, stored)
    id_ = next((credential.id for credential in stored if credential.name == desired.name), None)
    plan = make(desired, stored, nas.facts(asked, id_))
    if plan.changed and not check_mode and not nas.may_write:
        raise NotPermitted(
            f"{plan.name!r} has to be {plan.action}, but this account lacks the role {WRITE_ROLE}: use a key that has it."
        )
    verification = None
    if wanted(desired, plan, check_mode):
        verification = verify(desired, plan, nas.verify, nas.may_write)
        if verification.state == "invalid":
            raise _failed(plan, verification)
    entry = _apply(plan, nas) if plan.changed and not check_mode else None
    return result(plan, entry, verification)


def _apply(plan: Plan, nas: Nas) -> Stored | None:
    if plan.action == "created":
        return nas.create(plan.payload)
    if plan.id is not None and plan.action == "updated":
        return nas.update(plan.id, plan.payload)
    if plan.id is not None and plan.action == "deleted":
        nas.delete(plan.id)
    return None


def result(plan: Plan, entry: Stored | None, verification: Verification | None) -> dict[str, Any]:
    """Return what the task reports: of a plan that was only made, what it would do; of one that was applied, what it did."""
    outcome = document(entry.name, entry.provider, entry.wire_type, entry.values) if entry else plan.outcome
    return {
        "changed": plan.changed,
        "action": plan.action,
        "changed_fields": list(plan.changed_fields),
        "unknown_fields": list(plan.unknown),
        "credential": {**outcome, "id": entry.id if entry else plan.id} if outcome else None,
        "verification": verification.public() if verification else None,
        "diff": {
            "before_header": f"{plan.name} (stored)",
            "after_header": f"{plan.name} (desired)",
            "before": dict(plan.before),
            "after": dict(plan.after),
        },
        "warnings": [*plan.warnings, *(verification.warnings(plan.name) if verification else ())],
    }


def _failed(plan: Plan, verification: Verification) -> VerificationFailed:
    kept = "Nothing was written." if plan.changed else "It is stored like that."
    return VerificationFailed(
        f"{plan.name!r} does not open its provider: {verification.error or 'no reason given'}. {kept}",
        verification.public(),
    )
