# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving the tasks that use a credential to another one, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import NotFound, TrueNASError, Unreachable
from .facts import User
from .nas import Nas
from .plan import Plan
from .stored import find


def move(plan: Plan, nas: Nas) -> None:
    """Move the plan's tasks to the other credential, one after the other.

    If one cannot be moved, those that were moved go back. Raises TrueNASError, which says which task now uses what.
    """
    moved: list[User] = []
    try:
        target = _target(plan, nas)
        for user in plan.moves:
            moved.append(user)
            nas.move(user, target)
    except Unreachable as error:
        raise type(error)(
            f"{error} {plan.name!r} was not deleted, and {_listed(moved)} may already use {plan.replacement!r}: run the task "
            "again, which looks first and moves the others."
        ) from None
    except TrueNASError as error:
        stuck = moved.pop() if moved else None
        what = f"{stuck} cannot be moved to {plan.replacement!r}: " if stuck else ""
        raise TrueNASError(
            f"{plan.name!r} was not deleted. {what}{error} {put_back(plan, moved, nas)}".strip()
        ) from None


def put_back(plan: Plan, users: Sequence[User], nas: Nas) -> str:
    """Move tasks back to the credential that was to be deleted, and return what came of it as sentences."""
    back: list[User] = []
    told = []
    for user in users:
        try:
            nas.move(user, plan.id or 0)
            back.append(user)
        except TrueNASError as error:
            told.append(f"{user} could not be moved back and now uses {plan.replacement!r}: {error}")
    if back:
        told.insert(0, f"{_listed(back)} went back to {plan.name!r}.")
    return " ".join(told)


def _target(plan: Plan, nas: Nas) -> int:
    """Return the id of the other credential, which the same task may just have created."""
    if plan.replacement_id is not None:
        return plan.replacement_id
    found = find(nas.credentials(), plan.replacement)
    if found is None:
        raise NotFound(f"There is no credential called {plan.replacement!r} any more.")
    return found.id


def _listed(users: Sequence[User]) -> str:
    return ", ".join(map(str, users))
