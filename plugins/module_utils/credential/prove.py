# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification around a write: candidates before it, what is stored after it, and taking back what does not open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import TrueNASError, Unreachable, VerificationFailed
from ..verification.causes import INVALID, UNPROVEN
from .nas import Nas
from .outcome import Outcome
from .plan import Plan, undo
from .spec import Desired
from .stored import Stored
from .verify import SKIPPED, Subject, Verifications, pending, public, verify_all, wanted, worst
from .wish import NAS, Wish


def before_writing(items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], nas: Nas, check_mode: bool) -> None:
    """Verify candidates, before any of them is written."""
    places = [
        place
        for place, (desired, plan) in enumerate(items)
        if wanted(desired, plan, check_mode) and not outcomes[place].error
    ]
    for place, found in zip(places, verify_all([_subject(*items[place]) for place in places], nas), strict=True):
        desired, plan = items[place]
        if isinstance(found, TrueNASError):
            outcomes[place] = replace(outcomes[place], error=found)
        else:
            error = _refused(desired, plan, found, _kept(plan))
            outcomes[place] = replace(outcomes[place], verifications=found, error=error)


def _subject(desired: Desired, plan: Plan) -> Subject:
    stored = plan.id if "provider" not in plan.payload else None
    return Subject(plan.name, plan.provider, plan.candidate, desired.wish, stored)


def _kept(plan: Plan) -> str:
    """Return what is stored if the plan ends here."""
    if plan.made:
        return "It was not written."
    return "Nothing was written." if plan.changed or plan.unknown else "It is stored like that."


def _refused(desired: Desired, plan: Plan, found: Verifications, kept: str) -> VerificationFailed | None:
    """Return the failure if the task may not go on with what was found; `kept` says what is stored."""
    one = worst(found)
    if one.state == INVALID:
        return VerificationFailed(f"{plan.name!r} does not open its provider: {one.reason} {kept}", public(found) or {})
    # What was skipped before a write would be skipped after it, too, unless it waits for a keypair, as only a check does. And of
    # what the NAS hides nobody knows whether there is anything to write.
    waits = pending(found) or plan.awaits
    skipped = one.state == SKIPPED and desired.wish.again and (plan.changed or plan.unknown) and not waits
    if skipped or (one.state == UNPROVEN and desired.wish.unproven_fails):
        return VerificationFailed(
            f"Whether {plan.name!r} opens its provider is not known: {one.reason} {kept}", public(found) or {}
        )
    return None


def after_writing(items: Sequence[tuple[Desired, Plan]], outcomes: list[Outcome], nas: Nas) -> None:
    """Verify what is stored, where the task asks for that or the NAS could not do it before, and take back what fails."""
    places, subjects = [], []
    for place, outcome in enumerate(outcomes):
        desired = items[place][0]
        if outcome.entry and not outcome.error and (wish := _left(desired.wish, outcome.verifications)):
            stored = replace(_subject(desired, outcome.plan), wire=outcome.entry.wire, id=outcome.entry.id, wish=wish)
            places.append(place)
            subjects.append(stored)
    failed = []
    try:
        answers = verify_all(subjects, nas)
    except TrueNASError as error:
        for place in places:
            name = outcomes[place].plan.name
            text = f"{error} {name!r} is stored with the new values, which were not looked at: run the task again."
            told = type(error)(text) if isinstance(error, Unreachable) else TrueNASError(text)
            outcomes[place] = replace(outcomes[place], error=told)
        return
    for place, subject, found in zip(places, subjects, answers, strict=True):
        desired, plan = items[place][0], outcomes[place].plan
        if isinstance(found, TrueNASError):
            outcomes[place] = replace(outcomes[place], error=found)
            failed.append(place)
            continue
        both = (*found, *(one for one in outcomes[place].verifications if one.by not in subject.wish.sides))
        refused = _refused(desired, plan, both, "That showed after it was written.")
        outcomes[place] = replace(outcomes[place], verifications=both, error=refused)
        if refused:
            failed.append(place)
    _restore(failed, outcomes, nas)


def _left(wish: Wish, before: Verifications) -> Wish | None:
    """Return what is still to be verified once it is written, None for nothing; `before` was found before that."""
    if wish.again and before:
        return wish
    return replace(wish, by=NAS) if pending(before) else None


def _restore(places: Sequence[int], outcomes: list[Outcome], nas: Nas) -> None:
    """Bring back what was stored before, and read it back; say in each failure what is stored now.

    What could not be taken back stays the outcome's entry.
    """
    # What somebody else has written in the same form meanwhile is not for this task to take back.
    written = {place: entry for place in places if (entry := outcomes[place].entry) and outcomes[place].plan.changed}
    undone = nas.write([undo(outcomes[place].plan, entry) for place, entry in written.items()])
    unsure = {place: isinstance(reply, TrueNASError) for place, reply in zip(written, undone, strict=True)}
    for place in places:
        outcome = outcomes[place]
        if outcome.error:
            entry, told = None, "It is stored like that."
            if place in written:
                entry, told = _now(outcome.plan, written[place], unsure[place], nas)
            outcome.error.note(told)
            outcomes[place] = replace(outcome, entry=entry)


def _now(plan: Plan, written: Stored, unsure: bool, nas: Nas) -> tuple[Stored | None, str]:
    """Return what of a write was not taken back, having looked, and a sentence on it; `unsure` if taking it back failed."""
    nas.forget()
    try:
        stored = {credential.id: credential for credential in nas.credentials()}.get(written.id)
    except TrueNASError as error:
        return written if unsure else None, f"Whether the former state is back could not be read: {error}"
    former = plan.former
    if stored is None:
        gone = f"The former state could not be restored: {former.name!r} is gone." if former else ""
        return None, gone or "It was removed again."
    if former is None:
        return stored, f"It could not be removed: {stored.name!r} is still stored."
    if (stored.name, stored.wire) == (former.name, former.wire):
        return None, "The former state was restored."
    return stored, f"The former state could not be restored: {stored.name!r} is stored with the new values."
