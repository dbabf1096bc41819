# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit can find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

NEVER = "never"
INVALID = "invalid"
DRIFT = "drift"
UNKNOWN = "unknown"
ADVICE = "advice"

FAIL_ON = (DRIFT, INVALID, UNKNOWN, NEVER)
"""What may end an audit as failed."""

_COUNTS: Mapping[str, frozenset[str]] = {
    NEVER: frozenset(),
    INVALID: frozenset({INVALID}),
    DRIFT: frozenset({INVALID, DRIFT}),
    UNKNOWN: frozenset({INVALID, DRIFT, UNKNOWN}),
}


@dataclass(frozen=True)
class Rule:
    """One kind of finding. `level` is SARIF's word; `kind` is what `fail_on` goes by, where advice never fails an audit."""

    name: str
    level: str
    kind: str
    title: str


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("unreachable", "error", INVALID, "The NAS could not be audited"),
        Rule("invalid", "error", INVALID, "The credential does not open its provider"),
        Rule("drift", "error", DRIFT, "A field differs from what is declared"),
        Rule("missing", "error", DRIFT, "A declared credential is not there"),
        Rule("surplus", "error", DRIFT, "A credential is there that is declared as absent"),
        Rule("unmanaged", "warning", DRIFT, "Nobody declares the credential"),
        Rule("refused", "error", DRIFT, "What is declared cannot be on this NAS"),
        Rule("hidden", "warning", UNKNOWN, "Fields cannot be compared, because the NAS hides them"),
        Rule("unproven", "warning", UNKNOWN, "Whether the credential opens its provider was not found out"),
        Rule("unknown-provider", "warning", UNKNOWN, "The provider is not one that this collection knows"),
        Rule("no-refresh-token", "warning", ADVICE, "The token cannot be refreshed"),
        Rule("token-expired", "warning", ADVICE, "The token has expired and cannot be refreshed"),
        Rule("token-expires", "warning", ADVICE, "The token expires soon and cannot be refreshed"),
        Rule("retired-provider", "warning", ADVICE, "The provider is out of service"),
        Rule("plain-http", "warning", ADVICE, "A URL has no TLS"),
        Rule("shared-token", "warning", ADVICE, "NAS share a token that each of them renews"),
        Rule("unused", "note", ADVICE, "No task uses the credential"),
        Rule("users-unknown", "note", ADVICE, "Which tasks use the credentials could not be found out"),
        Rule("wide-key", "note", ADVICE, "The account may do more than it needs to"),
        Rule("shared-secret", "note", ADVICE, "NAS share a secret"),
    )
}
"""The rules by name, the gravest first."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found. `message` holds no secret; `field` is empty if it is about no single field."""

    rule: str
    message: str
    field: str = ""

    def public(self) -> dict[str, Any]:
        """Return it as results and reports show it."""
        return {**asdict(self), "level": RULES[self.rule].level}


def failing(fail_on: str, rules: Iterable[str]) -> list[str]:
    """Return which of these rules end an audit as failed: each choice of `fail_on` includes the graver ones."""
    return [name for name in rules if RULES[name].kind in _COUNTS[fail_on]]
