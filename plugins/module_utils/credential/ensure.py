# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of credentials through the house: stored, plan, verify, apply, result."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from ..diff import headers
from ..errors import (
    AuthenticationError,
    InvalidField,
    InvalidInput,
    NotPermitted,
    Problem,
    ServerError,
    TimedOut,
    TrueNASError,
    Unreachable,
)
from ..keypair.stored import StoredKeypair
from . import moves, prove, races
from .facts import Facts, Question
from .nas import Nas
from .outcome import Outcome, after, failure, result
from .plan import Plan, make, questions, subject, undo, with_keypair
from .spec import Desired
from .verify import wanted


def ensure(desired: Desired, nas: Nas, check_mode: bool, pending: Collection[str] = ()) -> dict[str, Any]:
    """Make the NAS have what is desired, and return the task's result. Raises what the error tree has.

    An error that came too late, so that what was written stands, is in the result instead.
    `pending` are names of keypairs that check mode takes for there, as something before the task would have made them.
    """
    stored = nas.credentials()
    plan = make(desired, stored, facts([desired], nas, pending if check_mode else ()))
    [outcome] = carry_out([(desired, plan)], nas, check_mode)
    if outcome.error and not outcome.done:
        raise outcome.error
    diff = {"before": dict(outcome.plan.before), "after": dict(outcome.plan.after)}
    return {
        **result(outcome, after(stored, [outcome])),
        "diff": {**headers(plan.name, plan.before), **diff},
        **failure(outcome),
    }


def facts(items: Sequence[Desired], nas: Nas, pending: Collection[str] = ()) -> Facts:
    """Return what the plans for all these need to know beyond what is stored; `pending` keypairs are taken for there."""
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
    generated = {item.keypair.name for item in items if item.keypair and item.keypair.generate}
    # In the order of their declaration, so that runs are alike.
    known = nas.facts([question for question in Question if question in asked], ids)
    return replace(known, coming_keypairs=frozenset({*generated, *pending}))


def carry_out(items: Sequence[tuple[Desired, Plan]], nas: Nas, check_mode: bool) -> list[Outcome]:
    """Verify and apply plans that do not depend on each other; in check mode only verify.

    What fails fails alone: its outcome has the error. Deletes come last, and none is carried out after a failure.
    Raises NotPermitted before anything is written if the account may not write, or not see whether there is anything to write.
    """
    outcomes = [Outcome(plan) for desired, plan in items]
    if not check_mode:
        _check_roles([plan for desired, plan in items if nas.lacks(plan)], nas)
        items = _make_keypairs(items, outcomes, nas)
    prove.before_writing(items, outcomes, nas, check_mode)
    if not check_mode:
        _apply(items, outcomes, ("created", "updated"), nas)
        _yield_to_others(items, outcomes, nas)
        prove.after_writing(items, outcomes, nas)
        _delete(items, outcomes, nas)
        _tell_of_keypairs(outcomes)
    return outcomes


def _make_keypairs(
    items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], nas: Nas
) -> list[tuple[Desired, Plan]]:
    """Have the NAS make the keypairs that plans await, each once, and return the plans with their numbers."""
    made: dict[str, StoredKeypair | TrueNASError] = {}
    complete = []
    for place, (desired, plan) in enumerate(items):
        if plan.awaits:
            name = plan.awaits.name
            if name not in made:
                try:
                    made[name] = nas.make_keypair(name)
                except TrueNASError as error:
                    made[name] = error
            keypair = made[name]
            if isinstance(keypair, TrueNASError):
                outcomes[place] = replace(outcomes[place], error=keypair)
            else:
                plan = with_keypair(plan, keypair)  # noqa: PLW2901 - the plan goes on with the number
                outcomes[place] = replace(outcomes[place], plan=plan)
        complete.append((desired, plan))
    return complete


def _tell_of_keypairs(outcomes: Sequence[Outcome]) -> None:
    """Say in failures that the keypair stays: its public key may be what the far side lacks."""
    for outcome in outcomes:
        if outcome.plan.made:
            _tell(
                outcome,
                f"The SSH keypair {outcome.plan.made.name!r} was made and stays on the NAS: put the public key that "
                "ssh_keypair_info returns where the far side looks for it, and run the task again.",
            )


def _check_roles(plans: Sequence[Plan], nas: Nas) -> None:
    if plans:
        roles = " and ".join(dict.fromkeys(role for plan in plans for role in nas.lacks(plan)))
        todo = ", ".join(f"{plan.name!r} ({plan.todo})" for plan in plans)
        raise NotPermitted(f"This account lacks the role {roles}, which this takes: {todo}. Use a key that has it.")


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
        plan = replace(make(desired, nas.credentials(), facts([desired], nas)), made=outcome.plan.made)
    except TrueNASError as again:
        return replace(outcome, error=error if lost else again)
    if not plan.changed:
        stored = subject(desired, nas.credentials())
        return replace(outcome, entry=stored) if lost else replace(outcome, plan=plan, entry=stored)
    other = plan.candidate != outcome.plan.candidate and wanted(desired, plan, False)
    # A keypair that was made for this may have gone again.
    if isinstance(error, TimedOut) or other or plan.awaits or outcome.plan.moves:
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


def _delete(items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], nas: Nas) -> None:
    """Delete what is to go, having moved its tasks away, unless anything has failed before."""
    if any(outcome.error for outcome in outcomes):
        _hold_deletes(outcomes)
        return
    moved = _move_tasks(outcomes, nas)
    if any(outcome.error for outcome in outcomes):
        _hold_deletes(outcomes)
        for place in moved:
            outcome = outcomes[place]
            _tell(outcome, moves.put_back(outcome.plan, outcome.plan.moves, nas))
        return
    _apply(items, outcomes, ("deleted",), nas)
    _put_tasks_back(moved, outcomes, nas)


def _tell(outcome: Outcome, told: str) -> None:
    if outcome.error:
        outcome.error.args = (f"{outcome.error} {told}",)


def _move_tasks(outcomes: list[Outcome], nas: Nas) -> list[int]:
    """Return the places of those whose tasks were moved."""
    moved = []
    for place, outcome in enumerate(outcomes):
        if outcome.plan.moves:
            try:
                moves.move(outcome.plan, nas)
                moved.append(place)
            except TrueNASError as error:
                outcomes[place] = replace(outcome, error=error)
    return moved


def _put_tasks_back(moved: Sequence[int], outcomes: list[Outcome], nas: Nas) -> None:
    """Put the tasks of a credential back that the NAS has not deleted after all; tell where they are if that is not known."""
    for place in moved:
        outcome = outcomes[place]
        if isinstance(outcome.error, (ServerError, AuthenticationError)):
            _tell(outcome, moves.put_back(outcome.plan, outcome.plan.moves, nas))
        elif outcome.error:
            _tell(outcome, f"Moved to {outcome.plan.replacement!r}: {', '.join(map(str, outcome.plan.moves))}.")


def _hold_deletes(outcomes: list[Outcome]) -> None:
    for place, outcome in enumerate(outcomes):
        if outcome.plan.action == "deleted" and not outcome.error:
            reason = f"{outcome.plan.name!r} was not deleted, because something else failed before: run the task again."
            outcomes[place] = replace(outcome, error=TrueNASError(reason))
