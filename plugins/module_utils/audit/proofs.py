# SPDX-License-Identifier: GPL-3.0-or-later
"""Proofs that backups can be read, as results of `backup_proof`, in an audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import InvalidInput, Problem, sentences
from .rules import Finding

Proofs = Mapping[tuple[str, int], Mapping[str, Any]]
"""Proofs by the kind and the ID of their task."""

SHOWN = ("outcome", "cause", "error", "hint", "time", "newest", "count", "size")
"""The values of a proof in a report, besides the number of files that were read."""

_RULES = {"failed": "proof-failed", "inconclusive": "proof-inconclusive"}
_NO_BACKUP = "pulls"
"""The cause of a proof of a task that stores nothing at the provider."""


def read(given: Sequence[Mapping[str, Any]]) -> Proofs:
    """Return the proofs of one NAS. Raises InvalidInput for anything else."""
    proofs = {}
    for index, proof in enumerate(given):
        kind, number, fetched = proof.get("kind"), proof.get("id"), proof.get("fetched")
        known = {*SHOWN} <= proof.keys() and isinstance(fetched, Sequence) and proof["outcome"] in ("proven", *_RULES)
        if not (known and isinstance(kind, str) and isinstance(number, int)):
            reason, remedy = "must be a result of backup_proof", "Set the option to `proofs` of its result."
            raise InvalidInput([Problem(f"proofs[{index}]", reason, remedy)])
        proofs[kind, number] = proof
    return proofs


def shown(proof: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a proof for the result of an audit, without the names of files."""
    return None if proof is None else {**{name: proof[name] for name in SHOWN}, "fetched": len(proof["fetched"])}


def findings(proof: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Yield a finding for a proof that did not succeed."""
    if proof is not None and proof["outcome"] in _RULES and proof["cause"] != _NO_BACKUP:
        yield Finding(_RULES[proof["outcome"]], sentences(str(proof["error"]), str(proof["hint"])))
