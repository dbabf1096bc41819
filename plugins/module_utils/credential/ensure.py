# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of credentials through the house: stored, plan, verify, apply, result."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import (
    InvalidField,
    InvalidInput,
    NotPermitted,
    Problem,
    ServerError,
    TimedOut,
    TrueNASError,
    Unreachable,
    VerificationFailed,
)
from ..verification.causes import INVALID, UNPROVEN
from . import moves, races
from .nas import Nas
from .plan import Facts, Plan, Question, make, questions, subject, undo
from .spec import Desired
from .stored import Stored, document
from .verify import SKIPPED, Subject, Verifications, public, verify_all, wanted, warnings, worst
from .wish import NAS


@dataclass(frozen=True)
class Outcome:
    """What became of one plan. `entry` is the credential as the NAS returned it, if it was written."""

    plan: Plan
    entry: Stored | None = None
    verifications: Verifications = ()
    error: TrueNASError | None = None
    warnings: tuple[str, ...] = ()


def ensure(desired: Desired, nas: Nas, check_mode: bool) -> dict[str, Any]:
    """Make the NAS have what is desired, and return the task's result. Raises what the error tree has."""
    plan = make(desired, nas.credentials(), facts([desired], nas))
    [outcome] = carry_out([(desired, plan)], nas, check_mode)
    if outcome.error:
        raise outcome.error
    diff = {"before": dict(outcome.plan.before), "after": dict(outcome.plan.after)}
    return {**result(outcome), "diff": {**headers(plan.name), **diff}}


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
    if nas.api_version and any(desired.provider for desired in items):
        asked.add(Question.VERSION)
    # In the order of their declaration, so that runs are alike.
    return nas.facts([question for question in Question if question in asked], ids)


def carry_out(items: Sequence[tuple[Desired, Plan]], nas: Nas, check_mode: bool) -> list[Outcome]:
    """Verify and apply plans that do not depend on each other; in check mode only verify.

    What fails fails alone: its outcome has the error. Deletes come last, and none is carried out after a failure.
    Raises NotPermitted before anything is written if the account may not write.
    """
    outcomes = [Outcome(plan) for desired, plan in items]
    if not check_mode:
        _check_roles([plan for desired, plan in items if nas.lacks(plan)], nas)
    _verify(items, outcomes, nas, check_mode)
    if not check_mode:
        _apply(items, outcomes, ("created", "updated"), nas)
        _yield_to_others(items, outcomes, nas)
        _look_into_places(items, outcomes, nas)
        if not any(outcome.error for outcome in outcomes):
            _move_tasks(outcomes, nas)
            _apply(items, outcomes, ("deleted",), nas)
            _put_tasks_back(outcomes, nas)
        elif len(outcomes) > 1:
            _hold_deletes(outcomes)
    return outcomes


def _check_roles(plans: Sequence[Plan], nas: Nas) -> None:
    if plans:
        roles = " and ".join(dict.fromkeys(role for plan in plans for role in nas.lacks(plan)))
        todo = ", ".join(f"{plan.name!r} ({plan.action})" for plan in plans)
        raise NotPermitted(f"This account lacks the role {roles}, which this takes: {todo}. Use a key that has it.")


def _verify(items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], nas: Nas, check_mode: bool) -> None:
    """Verify candidates, before any of them is written."""
    places = [place for place, (desired, plan) in enumerate(items) if wanted(desired, plan, check_mode)]
    for place, found in zip(places, verify_all([_subject(*items[place]) for place in places], nas), strict=True):
        desired, plan = items[place]
        if isinstance(found, TrueNASError):
            outcomes[place] = replace(outcomes[place], error=found)
        else:
            kept = "Nothing was written." if plan.changed else "It is stored like that."
            error = _refused(desired, plan, found, kept)
            outcomes[place] = replace(outcomes[place], verifications=found, error=error)


def _subject(desired: Desired, plan: Plan) -> Subject:
    stored = plan.id if "provider" not in plan.payload else None
    return Subject(plan.name, plan.provider, plan.candidate, desired.wish, stored)


def _refused(desired: Desired, plan: Plan, found: Verifications, kept: str) -> VerificationFailed | None:
    """Return the failure if the task may not go on with what was found; `kept` says what is stored."""
    one = worst(found)
    if one.state == INVALID:
        return VerificationFailed(f"{plan.name!r} does not open its provider: {one.reason} {kept}", public(found) or {})
    if one.state == UNPROVEN and desired.wish.unproven_fails:
        return VerificationFailed(
            f"Whether {plan.name!r} opens its provider is not known: {one.reason} {kept}", public(found) or {}
        )
    return None


def _look_into_places(items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], nas: Nas) -> None:
    """Look into the buckets and folders that the NAS can open only with what it stores, and take back what fails."""
    places = [
        place
        for place, ((desired, plan), outcome) in enumerate(zip(items, outcomes, strict=True))
        if outcome.entry
        and outcome.verifications
        and desired.wish.place
        and "provider" in plan.payload
        and any(one.by == NAS and one.state == SKIPPED for one in outcome.verifications)
        and not (plan.provider and plan.provider.rotates_token and not desired.wish.may_refresh)
    ]
    subjects = [
        replace(_subject(*items[place]), id=entry.id, wish=replace(items[place][0].wish, by=NAS))
        for place in places
        if (entry := outcomes[place].entry)
    ]
    failed = []
    try:
        answers = verify_all(subjects, nas)
    except Unreachable as error:
        for place in places:
            name = items[place][1].name
            text = f"{error} {name!r} is stored with the new values, which were not looked at: run the task again."
            outcomes[place] = replace(outcomes[place], error=type(error)(text))
        return
    for place, found in zip(places, answers, strict=True):
        desired, plan = items[place]
        if isinstance(found, TrueNASError):
            outcomes[place] = replace(outcomes[place], error=found)
            failed.append(place)
            continue
        both = (*found, *(one for one in outcomes[place].verifications if one.by != NAS))
        refused = _refused(desired, plan, both, "")
        outcomes[place] = replace(outcomes[place], verifications=both, error=refused)
        if refused:
            failed.append(place)
    _restore(failed, outcomes, nas)


def _restore(places: Sequence[int], outcomes: list[Outcome], nas: Nas) -> None:
    """Bring back what was stored before, and read it back; say in each failure what is stored now."""
    nas.write([undo(outcomes[place].plan, entry) for place in places if (entry := outcomes[place].entry)])
    for place in places:
        outcome = outcomes[place]
        if outcome.error and outcome.entry:
            outcome.error.args = (f"{str(outcome.error).rstrip()} {_now(outcome.plan, outcome.entry, nas)}",)
            outcomes[place] = replace(outcome, entry=None)


def _now(plan: Plan, written: Stored, nas: Nas) -> str:
    """Return what the NAS stores in place of what was written, having looked."""
    nas.forget()
    try:
        stored = {credential.id: credential for credential in nas.credentials()}.get(written.id)
    except TrueNASError as error:
        return f"Whether the former state is back could not be read: {error}"
    former = plan.former
    if former is None:
        return (
            "It was removed again." if stored is None else f"It could not be removed: {stored.name!r} is still stored."
        )
    if stored is not None and (stored.name, stored.wire) == (former.name, former.wire):
        return "The former state was restored."
    if stored is None:
        return f"The former state could not be restored: {former.name!r} is gone."
    return f"The former state could not be restored: {stored.name!r} is stored with the new values."


def _apply(items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], actions: Sequence[str], nas: Nas) -> None:
    places = [place for place, outcome in enumerate(outcomes) if outcome.plan.action in actions and not outcome.error]
    for place, written in zip(places, nas.write([outcomes[place].plan for place in places]), strict=True):
        if not isinstance(written, TrueNASError):
            outcomes[place] = replace(outcomes[place], entry=written)
        elif races.worth_a_look(outcomes[place].plan, written):
            outcomes[place] = _second_look(items[place][0], outcomes[place], written, nas)
        else:
            outcomes[place] = replace(outcomes[place], error=written)


def _second_look(desired: Desired, outcome: Outcome, error: TrueNASError, nas: Nas) -> Outcome:
    """Look what is stored after a write that failed or whose reply was lost, and write once more if it takes that.

    What was lost and is there was carried out. What is still under way is left alone, and so is what was verified in another
    form.
    """
    lost = isinstance(error, Unreachable)
    try:
        nas.look_again()
        plan = make(desired, nas.credentials(), facts([desired], nas))
    except TrueNASError as again:
        return replace(outcome, error=error if lost else again)
    if not plan.changed:
        stored = subject(desired, nas.credentials())
        return replace(outcome, entry=stored) if lost else replace(outcome, plan=plan, entry=stored)
    verified = outcome.verifications and plan.candidate != outcome.plan.candidate
    if isinstance(error, TimedOut) or verified or outcome.plan.moves:
        return replace(outcome, error=error)
    [written] = nas.write([plan])
    if isinstance(written, TrueNASError):
        return replace(outcome, plan=plan, error=written)
    return replace(outcome, plan=plan, entry=written)


def _yield_to_others(items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], nas: Nas) -> None:
    """Remove what was created beside another of its name, and make the other as desired; the other's writer does not."""
    created = {
        place: outcome.entry
        for place, outcome in enumerate(outcomes)
        if outcome.plan.action == "created" and outcome.entry and not outcome.error
    }
    try:
        lost, beside = races.losers(created, nas)
        gone = nas.write([undo(outcomes[place].plan, created[place]) for place in sorted(lost)])
    except TrueNASError as error:
        for place, entry in created.items():
            told = f"Whether somebody else has created {entry.name!r} at the same moment is not known: {error}"
            outcomes[place] = replace(outcomes[place], warnings=(told,))
        return
    for place, number in beside.items():
        told = (
            f"Somebody else has created {created[place].name!r} at the same moment (id {number}). If it is still there, delete "
            "one of them."
        )
        outcomes[place] = replace(outcomes[place], warnings=(told,))
    for place, removed in zip(sorted(lost), gone, strict=True):
        if isinstance(removed, TrueNASError):
            outcomes[place] = replace(outcomes[place], error=removed)
        else:
            outcomes[place] = _second_look(items[place][0], replace(outcomes[place], entry=None), _taken(), nas)


def _taken() -> InvalidField:
    problem = Problem("name", "was taken by somebody else at the same moment", "Run the task again.")
    return InvalidField(str(problem), [problem])


def _move_tasks(outcomes: list[Outcome], nas: Nas) -> None:
    for place, outcome in enumerate(outcomes):
        if outcome.plan.moves and not outcome.error:
            try:
                moves.move(outcome.plan, nas)
            except TrueNASError as error:
                outcomes[place] = replace(outcome, error=error)


def _put_tasks_back(outcomes: list[Outcome], nas: Nas) -> None:
    """Put the tasks of a credential back that the NAS has not deleted after all."""
    for outcome in outcomes:
        if outcome.plan.moves and isinstance(outcome.error, ServerError):
            told = moves.put_back(outcome.plan, outcome.plan.moves, nas)
            outcome.error.args = (f"{outcome.error} {told}",)


def _hold_deletes(outcomes: list[Outcome]) -> None:
    for place, outcome in enumerate(outcomes):
        if outcome.plan.action == "deleted":
            reason = f"{outcome.plan.name!r} was not deleted, because something else failed before: run the task again."
            outcomes[place] = replace(outcome, error=TrueNASError(reason))


def result(outcome: Outcome) -> dict[str, Any]:
    """Return what the task reports of one credential: of a plan that was only made, what it would do."""
    plan, entry = outcome.plan, outcome.entry
    shown = document(entry.name, entry.provider, entry.wire_type, entry.values) if entry else plan.outcome
    return {
        "changed": plan.changed and not outcome.error,
        "action": plan.action if not outcome.error else "none",
        "changed_fields": list(plan.changed_fields),
        "unknown_fields": list(plan.unknown),
        "kept_fields": list(plan.kept),
        "kept": [f"{name} ({reason})" for name, reason in plan.kept.items()],
        "drift": plan.drift,
        "moved_tasks": [{**vars(user), "credential": plan.replacement} for user in plan.moves if not outcome.error],
        "credential": {**shown, "id": entry.id if entry else plan.id} if shown else None,
        "verification": public(outcome.verifications),
        "warnings": [*plan.warnings, *outcome.warnings, *warnings(plan.name, outcome.verifications)],
    }


def headers(name: str) -> Mapping[str, str]:
    """Return the headers of a diff."""
    return {"before_header": f"{name} (stored)", "after_header": f"{name} (desired)"}
