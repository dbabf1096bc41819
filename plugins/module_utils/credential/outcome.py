# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a plan, and what a task reports of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import TrueNASError
from .plan import Plan
from .replaced import replaced
from .stored import Stored, document
from .verify import Verifications, public, warnings


@dataclass(frozen=True)
class Outcome:
    """What became of one plan.

    `entry` is the credential as the NAS returned it, if it was written; beside an error, if it was not taken back.
    """

    plan: Plan
    entry: Stored | None = None
    verifications: Verifications = ()
    error: TrueNASError | None = None
    warnings: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether what the plan changes is changed, or would be; an error may have come too late to prevent that."""
        return self.plan.changed and (self.error is None or self.entry is not None)


def after(stored: Iterable[Stored], outcomes: Iterable[Outcome]) -> list[Stored]:
    """Return what a NAS that stored this stores after the outcomes, or in check mode would."""
    done = [outcome for outcome in outcomes if outcome.done]
    touched = {outcome.plan.id for outcome in done}
    return [
        *(one for one in stored if one.id not in touched),
        *(outcome.entry or _coming(outcome.plan) for outcome in done if outcome.plan.action != "deleted"),
    ]


def _coming(plan: Plan) -> Stored:
    values = dict(plan.candidate)
    return Stored(plan.id or 0, plan.name, values.pop("type"), values)


def failure(outcome: Outcome) -> dict[str, Any]:
    """Return what the task says of an error beside the result; nothing if there was none."""
    return {"failed": True, "msg": str(outcome.error), **outcome.error.details()} if outcome.error else {}


def result(outcome: Outcome, stored: Sequence[Stored]) -> dict[str, Any]:
    """Return what the task reports of one credential: of a plan that was only made, what it would do.

    `stored` is what the NAS stores after the whole task; see `after`.
    """
    plan, entry = outcome.plan, outcome.entry
    shown = _written(entry, plan) if entry else plan.outcome
    return {
        "changed": outcome.done,
        "action": plan.action if outcome.done else "none",
        "changed_fields": list(plan.changed_fields),
        "unknown_fields": list(plan.unknown),
        "kept_fields": list(plan.kept),
        "kept": [f"{name} ({reason})" for name, reason in plan.kept.items()],
        "drift": plan.drift,
        "replaced": replaced(plan.former, stored, plan.keypairs) if outcome.done else None,
        "moved_tasks": [{**vars(user), "credential": plan.replacement} for user in plan.moves if outcome.done],
        "credential": {**shown, "id": entry.id if entry else plan.id} if shown else None,
        **({"generated_keypair": made} if (made := plan.generated_keypair) else {}),
        "verification": public(outcome.verifications),
        "warnings": [*plan.warnings, *outcome.warnings, *warnings(plan.name, outcome.verifications)],
    }


def _written(entry: Stored, plan: Plan) -> dict[str, Any]:
    return document(entry.name, entry.provider, entry.wire_type, entry.values, keypairs=plan.keypairs)
