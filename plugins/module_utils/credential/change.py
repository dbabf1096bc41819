# SPDX-License-Identifier: GPL-3.0-or-later
"""The change to one credential, and the changes that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..engine.change import DELETED, UPDATED, Change
from ..keypair.stored import StoredKeypair, identity
from ..providers import Provider
from .facts import CredentialUser
from .keypair_reference import KeypairRef
from .stored import StoredCredential


@dataclass(frozen=True)
class CredentialPlan(Change):
    """The change to one credential.

    `candidate` is the complete desired provider, for verification; `previous` is the stored credential, including secrets;
    `outcome` is the desired credential, masked. In `before` and `after`, secrets that differ have different masks. `kept` has the
    declared fields that keep their stored value, each with the reason. Before a delete, `reassigned_tasks` are reassigned to the
    credential named `replacement`. If the plan `needs_keypair`, PENDING_ID is in place of the ID until `with_new_keypair` sets
    it; a generated keypair is the `new_keypair`. `keypairs` has the names of keypairs by ID.
    """

    provider: type[Provider] | None = None
    candidate: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    reassigned_tasks: tuple[CredentialUser, ...] = ()
    replacement: str = ""
    outcome: Mapping[str, Any] = field(default_factory=dict)
    previous: StoredCredential | None = field(default=None, repr=False)
    needs_keypair: KeypairRef | None = None
    new_keypair: StoredKeypair | None = field(default=None, repr=False)
    keypairs: Mapping[int, str] = field(default_factory=dict)

    @property
    def generated_keypair(self) -> dict[str, Any] | None:
        """The values that identify the keypair that the NAS generates for this plan, or None."""
        if self.new_keypair:
            return {"id": self.new_keypair.id, **identity(self.new_keypair.name, self.new_keypair.public)}
        if self.needs_keypair and self.needs_keypair.generate:
            return {"id": None, **identity(self.needs_keypair.name, None)}
        return None


def with_new_keypair(plan: CredentialPlan, keypair: StoredKeypair) -> CredentialPlan:
    """Return the plan with the ID of the keypair that it needs."""
    if plan.needs_keypair is None:
        return plan
    reference = {plan.needs_keypair.field: keypair.id}
    provider = {"provider": {**plan.payload["provider"], **reference}} if "provider" in plan.payload else {}
    return replace(
        plan,
        payload={**plan.payload, **provider},
        candidate={**plan.candidate, **reference},
        keypairs={**plan.keypairs, keypair.id: keypair.name},
        new_keypair=keypair if plan.needs_keypair.generate else None,
        needs_keypair=None,
    )


def undo(plan: CredentialPlan, written: StoredCredential) -> CredentialPlan:
    """Return the plan that restores the state before another plan, which has `written` a credential."""
    previous = plan.previous
    if previous is None:
        return CredentialPlan(action=DELETED, name=written.name, id=written.id)
    return CredentialPlan(
        action=UPDATED,
        name=previous.name,
        id=written.id,
        payload={"name": previous.name, "provider": previous.wire},
        candidate=previous.wire,
    )
