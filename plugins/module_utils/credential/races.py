# SPDX-License-Identifier: GPL-3.0-or-later
"""What may happen between the plan and the write: replies get lost, and others write as well.

The NAS looks whether a name is free before it writes, not while (truenas-api/wire.md §3), so two writers can make two
credentials of one name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import InvalidField, NotFound, TrueNASError, Unreachable
from .nas import Nas
from .plan import Plan
from .stored import Stored


def overtaken(plan: Plan, error: TrueNASError) -> bool:
    """Tell whether the NAS refuses a write because somebody else has written since the plan was made."""
    if isinstance(error, InvalidField):
        return any(problem.field == "name" and "already exists" in problem.reason for problem in error.problems)
    return isinstance(error, NotFound) and plan.action == "updated"


def worth_a_look(plan: Plan, error: TrueNASError) -> bool:
    """Tell whether a failed write may have been carried out, or may be planned anew."""
    return isinstance(error, Unreachable) or overtaken(plan, error)


def losers(created: Mapping[int, Stored], nas: Nas) -> tuple[set[int], dict[int, int]]:
    """Look for others of the same names, made at the same moment by somebody else.

    Of two the one with the lower id stays, whoever looks. Takes what was created, by place. Returns the places of those that
    have to go, and for the places of those that stay the id of one that stands beside them. Raises TrueNASError.
    """
    if not created:
        return set(), {}
    names = {entry.name for entry in created.values()}
    try:
        ids = nas.ids_of(names)
    except Unreachable:
        nas.look_again()
        ids = nas.ids_of(names)
    lost = {place for place, entry in created.items() if min(ids.get(entry.name, [entry.id])) < entry.id}
    beside = {
        place: max(ids[entry.name])
        for place, entry in created.items()
        if place not in lost and len(_others(ids.get(entry.name, ()), entry)) > 0
    }
    return lost, beside


def _others(ids: Sequence[int], entry: Stored) -> list[int]:
    return [number for number in ids if number != entry.id]
