# SPDX-License-Identifier: GPL-3.0-or-later
"""Names on a NAS: their maximum length, and near matches."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

MAX_LENGTH = 1024
"""Maximum length in characters of a name, and of every other text in the server's models (truenas-api/wire.md §3)."""


def identity(row: Any, field: str = "name") -> tuple[int, str] | None:
    """Return the ID and the name in a row of the NAS, or None if it does not have both."""
    if not isinstance(row, Mapping):
        return None
    number, name = row.get("id"), row.get(field)
    if isinstance(number, int) and not isinstance(number, bool) and isinstance(name, str):
        return number, name
    return None


def near_matches(names: Iterable[str], name: str) -> list[str]:
    """Return the names that differ from this one only in case or spaces; they are different names to the NAS."""
    return sorted({other for other in names if other != name and _folded(other) == _folded(name)})


def did_you_mean(names: Iterable[str], name: str) -> str:
    """Return a question with the near matches of a name, or an empty text."""
    matches = near_matches(names, name)
    return f"Did you mean {' or '.join(map(repr, matches))}?" if matches else ""


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()


def most_similar(names: Iterable[str], written: str) -> list[str]:
    """Return a list with the most similar name, empty if no name is similar."""
    return difflib.get_close_matches(written.casefold(), [*names], n=1, cutoff=0.75)


def unmatched(names: Iterable[str], fleet: Collection[str]) -> list[str]:
    """Return a warning for each of these names of a host, which should override an item of the fleet and do not."""
    return [
        f"{name!r} of the host matches no item of the fleet, and its declaration is incomplete."
        + "".join(f" Did you mean {other!r}?" for other in most_similar(fleet, name))
        for name in names
    ]
