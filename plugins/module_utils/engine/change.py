# SPDX-License-Identifier: GPL-3.0-or-later
"""The change that a plan makes to one object. Everything that a person sees before and after a write comes from it, masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CREATED = "created"
UPDATED = "updated"
DELETED = "deleted"
NONE = "none"

DRIFT = ("none", "unknown", "found")
"""How the stored state differs from the desired state; of several objects, the last one in this order counts."""


@dataclass(frozen=True)
class Change:
    """What a task does to one object; each kind adds its own fields.

    `action` is created, updated, deleted or none. `payload` holds the parameters of the write, secrets included. `before` and
    `after` are the object for a diff, masked. `unknown` names the fields that could not be compared.
    """

    action: str
    name: str
    id: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    changed_fields: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything has to be written."""
        return self.action != NONE

    @property
    def drift(self) -> str:
        """One of DRIFT: `unknown` if everything that can be compared is in sync."""
        return "found" if self.changed else "unknown" if self.unknown else "none"

    def __str__(self) -> str:
        """Return the change as a part of a sentence, for example `'offsite' (created)`."""
        action = self.action if self.changed else f"compare {', '.join(self.unknown)}"
        return f"{self.name!r} ({action})"
