# SPDX-License-Identifier: GPL-3.0-or-later
"""Names on a NAS: what they may be, and which look alike."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 1024
"""Characters that the server's models take in a name, as in every text of theirs (truenas-api/wire.md §3)."""


def near_matches(names: Iterable[str], name: str) -> list[str]:
    """Return the names that differ from this one only in case and blanks, which the NAS tells apart."""
    return sorted({other for other in names if other != name and _folded(other) == _folded(name)})


def did_you_mean(names: Iterable[str], name: str) -> str:
    """Return a question after such names, or nothing."""
    found = near_matches(names, name)
    return f"Did you mean {' or '.join(map(repr, found))}?" if found else ""


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()


def near(names: Iterable[str], written: str) -> list[str]:
    """Return the name that a mistyped one probably stands for, in a list that is empty if no name is close."""
    return difflib.get_close_matches(written.casefold(), [*names], n=1, cutoff=0.75)
