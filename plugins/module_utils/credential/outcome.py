# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a plan, and what a task reports of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import TrueNASError
from .plan import Plan
from .stored import Stored, document
from .verify import Verifications, public, warnings


@dataclass(frozen=True)
class Outcome:
    """What became of one plan. `entry` is the credential as the NAS returned it, if it was written."""

    plan: Plan
    entry: Stored | None = None
    verifications: Verifications = ()
    error: TrueNASError | None = None
    warnings: tuple[str, ...] = ()


def result(outcome: Outcome) -> dict[str, Any]:
    """Return what the task reports of one credential: of a plan that was only made, what it would do."""
    plan, entry = outcome.plan, outcome.entry
    shown = _written(entry, plan) if entry else plan.outcome
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
        **({"generated_keypair": made} if (made := plan.generated_keypair) else {}),
        "verification": public(outcome.verifications),
        "warnings": [*plan.warnings, *outcome.warnings, *warnings(plan.name, outcome.verifications)],
    }


def _written(entry: Stored, plan: Plan) -> dict[str, Any]:
    return document(entry.name, entry.provider, entry.wire_type, entry.values, keypairs=plan.keypairs)
