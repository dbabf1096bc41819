# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a plan, and what a task reports of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import TrueNASError
from ..providers.values import MASK
from .details import preview
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
        "replaced": replaced(plan) if not outcome.error else None,
        "moved_tasks": [{**vars(user), "credential": plan.replacement} for user in plan.moves if not outcome.error],
        "credential": {**shown, "id": entry.id if entry else plan.id} if shown else None,
        **({"generated_keypair": made} if (made := plan.generated_keypair) else {}),
        "verification": public(outcome.verifications),
        "warnings": [*plan.warnings, *outcome.warnings, *warnings(plan.name, outcome.verifications)],
    }


def _written(entry: Stored, plan: Plan) -> dict[str, Any]:
    return document(entry.name, entry.provider, entry.wire_type, entry.values, keypairs=plan.keypairs)


def replaced(plan: Plan) -> dict[str, Any] | None:
    """Return which stored secrets a change puts out of use, and what tells a person whose they were; None if it does to none.

    `fields` names them, `shown` has what may be shown of the former credential beside the provider's defaults.
    """
    former = plan.former
    if former is None or former.provider is None:
        return None
    options = former.provider.options()
    values = {name: value for name, value in former.values.items() if name in options and value not in (None, "")}
    gone = [
        name
        for name, value in values.items()
        if (options[name].refers_to_keypair or any(options[name].secrets(value)))
        and ("provider" in plan.changed_fields or name in plan.changed_fields)
    ]
    if not gone:
        return None
    telling = {name: value for name, value in values.items() if value != options[name].default}
    shown = document(former.name, former.provider, former.wire_type, telling, keypairs=plan.keypairs)[
        former.provider.key
    ]
    readable = {name: value for name, value in shown.items() if value != MASK}
    return {
        "provider": former.provider.key,
        "fields": sorted(gone),
        "shown": {**readable, **preview(former, {})["preview"]},
    }
