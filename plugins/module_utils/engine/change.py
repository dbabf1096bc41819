# SPDX-License-Identifier: GPL-3.0-or-later
"""A planned change to one object. All output before and after a write comes from it, with secrets masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CREATED = "created"
UPDATED = "updated"
DELETED = "deleted"
NONE = "none"

Pending = Mapping[str, Sequence[Mapping[str, Any]]]
"""The changes of earlier tasks of a run, by the option that passes them on (`engine.pending`)."""

DRIFT = ("none", "unknown", "found")
"""The values of `drift`. For several objects, the last one in this order is reported."""


@dataclass(frozen=True)
class Change:
    """The change of one object; each kind adds its own fields.

    `action` is created, updated, deleted, or none. `payload` has the parameters of the write, including secrets. `before` and
    `after` are the masked object for a diff. `unknown` names the fields that could not be compared.
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
        """Whether the change requires a write."""
        return self.action != NONE

    @property
    def drift(self) -> str:
        """A value of DRIFT. It is `unknown` if some fields could not be compared and all others are in sync."""
        return "found" if self.changed else "unknown" if self.unknown else "none"

    def __str__(self) -> str:
        """Return the change for use in a sentence, for example `'offsite' (created)`."""
        action = self.action if self.changed else f"compare {', '.join(self.unknown)}"
        return f"{self.name!r} ({action})"
