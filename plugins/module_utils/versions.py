# SPDX-License-Identifier: GPL-3.0-or-later
"""Server versions as tuples that compare."""

from __future__ import annotations

import re

Version = tuple[int, ...]


def parse(text: str) -> Version:
    """Return the first dotted number in `text`: `TrueNAS-25.10.0` gives (25, 10, 0).

    The prefix varies between products (truenas-api/wire.md §6). A number of two parts gets a third, 0, so that versions compare.
    Raises ValueError if there is no such number.
    """
    found = re.search(r"\d+(?:\.\d+)+", text)
    if not found:
        raise ValueError(f"no version number in {text!r}")
    parts = [*map(int, found.group().split(".")), 0]
    return tuple(parts[:-1] if len(parts) > 3 else parts)


def show(version: Version) -> str:
    """Return the version as people write it: (25, 4, 2) gives `25.04.2`, and (26, 0, 0) `26.0.0`."""
    named_by_month = version[0] < 26
    return ".".join(f"{part:02d}" if place == 1 and named_by_month else str(part) for place, part in enumerate(version))
