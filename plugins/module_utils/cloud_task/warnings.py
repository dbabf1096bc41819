# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about the change to a task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..protocol.jobs import UNDER_WAY
from .draft import Draft
from .hazards import Hazard
from .stored import StoredTask


def of_write(made: Draft, question: str, hazards: Sequence[Hazard], shared: Sequence[Hazard]) -> Iterator[str]:
    """Yield the warnings about a create or update.

    A hazard is reported once, when the task gets it, and later by the audit. A shared repository is reported each time, because
    another task can bring it about. `question` asks for a similar description.
    """
    name = made.desired.final_name
    if question:
        yield f"{made.kind.naming.noun.capitalize()} {name!r} did not exist. {question}"
    for hazard in hazards:
        if made.is_created or hazard in shared or not {*hazard.fields}.isdisjoint(made.changed):
            yield hazard.warning(name)
    for option in sorted(made.computed & made.desired.declared.keys()) if made.is_written else ():
        yield (
            f"{name!r}: {option} has no effect, because the credential has none and the NAS asks the provider for it. Remove "
            f"{option}, or set it in the credential."
        )
    if made.current and made.current.locked:
        yield locked(name)
    if made.is_pending:
        yield (
            f"{name!r}: could not check the options of the provider, because the credential {made.desired.credential!r} does not "
            "exist yet."
        )
    if made.is_written and not made.facts.may_write:
        yield f"{name}: this account cannot apply the change; it needs the role {made.kind.write_role}."


def locked(name: str) -> str:
    """Return the warning about a task on a locked dataset."""
    return f"{name!r}: its dataset is locked, so every run fails until it is unlocked."


def of_delete(current: StoredTask) -> Iterator[str]:
    """Yield the effect of a delete on a running job."""
    if current.job and current.job.get("state") in UNDER_WAY:
        yield f"{current.name!r} is running. The NAS aborts the run when the task is deleted."
