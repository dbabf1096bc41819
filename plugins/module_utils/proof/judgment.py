# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgment on what is stored: whether it is within the limits, and the result of a proof."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..diagnosis.causes import Cause
from ..errors import sentences
from .causes import FAILED, OUTCOMES, PROVEN, TOO_BIG, TOO_FEW, TOO_MANY, TOO_OLD, TOO_SMALL, outcome
from .fetched import Evidence
from .listing import Found
from .request import Limits

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Proof:
    """The result for one task, without secrets. `cause`, `error`, and `hint` explain an outcome that is not proven."""

    kind: str
    description: str
    id: int
    outcome: str
    cause: str = ""
    error: str = ""
    hint: str = ""
    time: str = ""
    newest: str | None = None
    age_hours: float | None = None
    count: int | None = None
    size: int | None = None
    fetched: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def reason(self) -> str:
        """The error and the hint as sentences."""
        return sentences(self.error or "no reason given", self.hint)


@dataclass(frozen=True)
class Subject:
    """The task of a proof: its kind, description, and ID."""

    kind: str
    description: str
    id: int


def violations(found: Found, limits: Limits, now: datetime.datetime) -> Iterator[tuple[Cause, str]]:
    """Yield the cause and the reason for each limit that is not met."""
    age = _age(found, now)
    if limits.max_age is not None and age is not None and age > limits.max_age:
        yield TOO_OLD, f"The newest one is {age:.1f} hours old, more than max_age ({limits.max_age:g})"
    for name, value, least, most, low, high in (
        ("count", found.count, limits.min_count, limits.max_count, TOO_FEW, TOO_MANY),
        ("size", found.size, limits.min_size, limits.max_size, TOO_SMALL, TOO_BIG),
    ):
        if least is not None and value < least:
            yield low, f"The {name} is {value}, less than min_{name} ({least})"
        if most is not None and value > most:
            yield high, f"The {name} is {value}, more than max_{name} ({most})"


def judge(
    subject: Subject, evidence: Evidence, cause: Cause | None, error: str, limits: Limits, now: datetime.datetime
) -> Proof:
    """Return the result. `cause` and `error` describe why reading stopped, if it did; `error` must not contain secrets.

    A limit that is not met is a failure, even if reading stopped for a reason that proves nothing.
    """
    found = evidence.found
    age = _age(found, now) if found else None
    reasons = [(cause, error)] if cause else []
    reasons += violations(found, limits, now) if found else ()
    reasons.sort(key=lambda reason: outcome(reason[0]) != FAILED)
    worst = reasons[0][0] if reasons else None
    return Proof(
        **asdict(subject),
        outcome=outcome(worst) if worst else PROVEN,
        cause=worst.name if worst else "",
        error=sentences(*(text for _cause, text in reasons)),
        hint=sentences(*dict.fromkeys(one.hint for one, _text in reasons)),
        time=now.strftime(_TIME),
        newest=found.newest.astimezone(datetime.UTC).strftime(_TIME) if found and found.newest else None,
        age_hours=None if age is None else round(age, 2),
        count=found.count if found else None,
        size=found.size if found else None,
        fetched=[asdict(file) for file in evidence.fetched],
        notes=[*evidence.notes],
    )


def counts(proofs: Sequence[Proof]) -> dict[str, int]:
    """Return the number of proofs by outcome."""
    return {name: sum(proof.outcome == name for proof in proofs) for name in OUTCOMES}


def _age(found: Found, now: datetime.datetime) -> float | None:
    return None if found.newest is None else (now - found.newest).total_seconds() / 3600
