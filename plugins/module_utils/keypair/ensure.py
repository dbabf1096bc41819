# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a keypair through the house: stored, plan, apply, result."""

from __future__ import annotations

from typing import Any

from ..diff import headers
from ..errors import NotPermitted
from .nas import WRITE_ROLE, Keychain
from .plan import Plan, make, needs_users
from .spec import Desired
from .stored import StoredKeypair, shown


def ensure(desired: Desired, keychain: Keychain, check_mode: bool) -> dict[str, Any]:
    """Make the NAS have the keypair that is desired, and return the task's result. Raises what the error tree has."""
    stored = keychain.entries()
    used = needs_users(desired, stored)
    users = keychain.users([used.id])[used.id] if used else []
    plan = make(desired, stored, keychain.may_write, users)
    entry = None if check_mode else _apply(desired, plan, keychain)
    after = shown(entry) if entry else dict(plan.after)
    return {
        "changed": plan.changed,
        "action": plan.action,
        "changed_fields": list(plan.changed_fields),
        "unknown_fields": list(plan.unknown),
        "keypair": {"id": entry.id if entry else plan.id, **after} if after else None,
        "diff": {**headers(plan.name, plan.before), "before": dict(plan.before), "after": after},
        "warnings": list(plan.warnings),
    }


def _apply(desired: Desired, plan: Plan, keychain: Keychain) -> StoredKeypair | None:
    """Do what the plan says, and return the keypair if it was written."""
    if plan.unknown or (plan.changed and not keychain.may_write):
        todo = plan.action if plan.changed else f"compare {', '.join(plan.unknown)}"
        raise NotPermitted(
            f"This account lacks the role {WRITE_ROLE}, which this takes: {plan.name!r} ({todo}). "
            "Use a key that has the role."
        )
    if plan.action == "created":
        made = {"attributes": keychain.generate()} if plan.generates else {}
        return keychain.create({**plan.payload, **made})
    if plan.action == "updated":
        return keychain.update(plan.id or 0, plan.payload)
    if plan.action == "deleted":
        keychain.delete(plan.id or 0, desired.cascade)
    return None
