# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of credentials through the house: stored, plan, verify, apply, result."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InvalidInput, NotPermitted, TrueNASError, VerificationFailed
from .nas import WRITE_ROLE, Nas
from .plan import Facts, Plan, Question, make, questions, subject
from .spec import Desired
from .stored import Stored, document
from .verify import Verification, verify_all, wanted


@dataclass(frozen=True)
class Outcome:
    """What became of one plan. `entry` is the credential as the NAS returned it, if it was written."""

    plan: Plan
    entry: Stored | None = None
    verification: Verification | None = None
    error: TrueNASError | None = None


def ensure(desired: Desired, nas: Nas, check_mode: bool) -> dict[str, Any]:
    """Make the NAS have what is desired, and return the task's result. Raises what the error tree has."""
    plan = make(desired, nas.credentials(), facts([desired], nas))
    [outcome] = carry_out([(desired, plan)], nas, check_mode)
    if outcome.error:
        raise outcome.error
    return {**result(outcome), "diff": {**headers(plan.name), "before": dict(plan.before), "after": dict(plan.after)}}


def facts(items: Sequence[Desired], nas: Nas) -> Facts:
    """Return what the plans for all these need to know beyond what is stored."""
    stored = nas.credentials()
    asked: set[Question] = set()
    ids: set[int] = set()
    for desired in items:
        # What is wrong here is wrong for the plan as well, which says so.
        with contextlib.suppress(InvalidInput):
            wanted_here = questions(desired, stored)
            asked |= wanted_here
            if Question.USERS in wanted_here and (current := subject(desired, stored)):
                ids.add(current.id)
    # In the order of their declaration, so that runs are alike.
    return nas.facts([question for question in Question if question in asked], ids)


def carry_out(items: Sequence[tuple[Desired, Plan]], nas: Nas, check_mode: bool) -> list[Outcome]:
    """Verify and apply plans that do not depend on each other; in check mode only verify.

    What fails fails alone: its outcome has the error. Deletes come last, and none is carried out after a failure.
    Raises NotPermitted before anything is written if the account may not write.
    """
    outcomes = [Outcome(plan) for desired, plan in items]
    changing = [plan for desired, plan in items if plan.changed]
    if changing and not check_mode and not nas.may_write:
        todo = ", ".join(f"{plan.name!r} ({plan.action})" for plan in changing)
        raise NotPermitted(
            f"This account lacks the role {WRITE_ROLE}, which this takes: {todo}. Use a key that has the role."
        )
    _verify(items, outcomes, nas, check_mode)
    if not check_mode:
        _apply(outcomes, ("created", "updated"), nas)
        if not any(outcome.error for outcome in outcomes):
            _apply(outcomes, ("deleted",), nas)
        elif len(outcomes) > 1:
            _hold_deletes(outcomes)
    return outcomes


def _verify(items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], nas: Nas, check_mode: bool) -> None:
    places = [place for place, (desired, plan) in enumerate(items) if wanted(desired, plan, check_mode)]
    for place, found in zip(places, verify_all([items[place] for place in places], nas), strict=True):
        if isinstance(found, TrueNASError):
            outcomes[place] = replace(outcomes[place], error=found)
        else:
            error = _refused(items[place][1], found) if found.state == "invalid" else None
            outcomes[place] = replace(outcomes[place], verification=found, error=error)


def _refused(plan: Plan, verification: Verification) -> VerificationFailed:
    kept = "Nothing was written." if plan.changed else "It is stored like that."
    return VerificationFailed(
        f"{plan.name!r} does not open its provider: {verification.error or 'no reason given'}. {kept}",
        verification.public(),
    )


def _apply(outcomes: list[Outcome], actions: Sequence[str], nas: Nas) -> None:
    places = [place for place, outcome in enumerate(outcomes) if outcome.plan.action in actions and not outcome.error]
    for place, written in zip(places, nas.write([outcomes[place].plan for place in places]), strict=True):
        if isinstance(written, TrueNASError):
            outcomes[place] = replace(outcomes[place], error=written)
        else:
            outcomes[place] = replace(outcomes[place], entry=written)


def _hold_deletes(outcomes: list[Outcome]) -> None:
    for place, outcome in enumerate(outcomes):
        if outcome.plan.action == "deleted":
            reason = f"{outcome.plan.name!r} was not deleted, because something else failed before: run the task again."
            outcomes[place] = replace(outcome, error=TrueNASError(reason))


def result(outcome: Outcome) -> dict[str, Any]:
    """Return what the task reports of one credential: of a plan that was only made, what it would do."""
    plan, entry, verification = outcome.plan, outcome.entry, outcome.verification
    shown = document(entry.name, entry.provider, entry.wire_type, entry.values) if entry else plan.outcome
    return {
        "changed": plan.changed and not outcome.error,
        "action": plan.action if not outcome.error else "none",
        "changed_fields": list(plan.changed_fields),
        "unknown_fields": list(plan.unknown),
        "kept_fields": list(plan.kept),
        "credential": {**shown, "id": entry.id if entry else plan.id} if shown else None,
        "verification": verification.public() if verification else None,
        "warnings": [*plan.warnings, *(verification.warnings(plan.name) if verification else ())],
    }


def headers(name: str) -> Mapping[str, str]:
    """Return the headers of a diff."""
    return {"before_header": f"{name} (stored)", "after_header": f"{name} (desired)"}
