# SPDX-License-Identifier: GPL-3.0-or-later
"""Server versions as tuples that compare."""

from __future__ import annotations

import re

Version = tuple[int, ...]


def parse(text: str) -> Version:
    """Return the first dotted number in `text`: `TrueNAS-25.10.0` gives (25, 10, 0).

    The prefix varies between products (truenas-api/wire.md §6). Raises ValueError if there is no such number.
    """
    found = re.search(r"\d+(?:\.\d+)+", text)
    if not found:
        raise ValueError(f"no version number in {text!r}")
    return tuple(map(int, found.group().split(".")))


def show(version: Version) -> str:
    """Return the version as people write it: (25, 4, 2) gives `25.04.2`."""
    return ".".join(f"{part:02d}" if place == 1 else str(part) for place, part in enumerate(version))
