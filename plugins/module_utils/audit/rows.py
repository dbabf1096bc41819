# SPDX-License-Identifier: GPL-3.0-or-later
"""The result for one credential or cloud task, and the findings from its comparison with the declaration. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic

from ..engine.names import E
from ..errors import InvalidInput, ServerFault, TrueNASError
from ..names import matches
from .rules import Finding

SAME = "same"
"""In sync with the declaration."""
STORED = "stored"
"""Stored, and not declared, which is fine."""


@dataclass
class Row(Generic[E]):
    """The result for one object, before it is masked. `fields` are its differences, `hidden` the fields that the NAS hides."""

    name: str
    state: str = SAME
    stored: E | None = None
    fields: list[dict[str, Any]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def set_missing(self) -> None:
        """Set the state of an object that is declared, but not stored."""
        self.state = "missing"
        self.findings.append(Finding("missing", "Apply the declaration to create it."))

    def set_should_be_absent(self) -> None:
        """Set the state of an object that is declared absent, but stored."""
        self.state = "should-be-absent"
        self.findings.append(Finding("should-be-absent", "Delete it, or remove state: absent from its declaration."))

    def set_refused(self, error: TrueNASError) -> None:
        """Set the state of a declaration that the NAS cannot store, or cannot show, with a finding for each reason."""
        self.state = "unknown" if isinstance(error, ServerFault) else "not-supported"
        self.findings += refusals(error)

    def set_not_declared(self, kept: bool, option: str) -> None:
        """Set the state of an object that is stored, but not declared; `option` is the one with its name."""
        self.state = STORED if kept else "unmanaged"
        if not kept:
            text = f"Declare it, delete it, or add its {option} to the {option}s to keep."
            self.findings.append(Finding("unmanaged", text))

    def add_difference(self, name: str, stored: Any, desired: Any) -> None:
        """Add a field that differs."""
        self.fields.append({"name": name, "stored": stored, "desired": desired})
        self.findings.append(Finding("drift", f"{name} is {stored!r} and should be {desired!r}.", name))

    def set_compared(self) -> None:
        """Set the state of an object whose fields were compared."""
        if self.hidden:
            text = f"Could not compare {', '.join(self.hidden)}, because the NAS hides the values from this account."
            self.findings.append(Finding("hidden", text))
        self.state = "drift" if self.fields else "unknown" if self.hidden else SAME


def refusals(error: TrueNASError) -> list[Finding]:
    """Return the findings on a declaration that the NAS cannot store, or cannot show, for this reason."""
    if isinstance(error, InvalidInput):
        return [Finding("not-supported", problem.text, problem.field) for problem in error.problems]
    return [Finding("unreadable" if isinstance(error, ServerFault) else "not-supported", str(error))]


def is_kept(name: str, declared: Iterable[Any], keep: Iterable[str]) -> bool:
    """Return whether an object needs no declaration: a pattern names it, or nothing of its kind is declared."""
    return not [*declared] or matches(name, keep)
