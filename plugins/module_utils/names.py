# SPDX-License-Identifier: GPL-3.0-or-later
"""Names on a NAS: their maximum length, and near matches."""

from __future__ import annotations

import difflib
import fnmatch
import unicodedata
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


def misnamed(row: Any, field: str = "name") -> str:
    """Return the part of its identity that a row lacks: `id`, or else the field of its name."""
    return field if isinstance(row, Mapping) and identity({"id": row.get("id"), "name": ""}) else "id"


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns is this name or matches it. In `[prod] offsite`, the brackets can be either."""
    return any(name == pattern or fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def near_matches(names: Iterable[str], name: str) -> list[str]:
    """Return the names that look like this one: they differ only in case, spaces, or Unicode form. They are others to the NAS."""
    folded = _folded(name)
    return sorted({other for other in names if other != name and _folded(other) == folded})


def did_you_mean(names: Iterable[str], name: str) -> str:
    """Return a question with the near matches of a name, or an empty text."""
    found = near_matches(names, name)
    return f"Did you mean {' or '.join(map(repr, found))}?" if found else ""


def _folded(name: str) -> str:
    """Return a name without case, spaces, and invisible characters, and with one form of each letter."""
    if name.isascii():
        return "".join(name.split()).casefold()
    letters = unicodedata.normalize("NFKC", name)
    visible = "".join(letter for letter in letters if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", "".join(visible.split()).casefold())


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
