# SPDX-License-Identifier: GPL-3.0-or-later
"""TrueNAS versions as tuples that can be compared."""

from __future__ import annotations

import re

Version = tuple[int, ...]

FIRST_VERSION: Version = (25, 4, 0)
"""The first version of TrueNAS that the collection supports."""


def parse(text: str) -> Version:
    """Return the first dotted number in `text`: `TrueNAS-25.10.0` gives (25, 10, 0).

    The prefix varies between products (truenas-api/wire.md §6). A number with two parts gets a third, 0, so versions compare
    correctly. Raises ValueError for a text without such a number.
    """
    match = re.search(r"(?<![0-9])[0-9]{1,9}(?:\.[0-9]{1,9})+(?![0-9])", text)
    if not match:
        raise ValueError(f"no version number in {text!r}")
    parts = [*map(int, match.group().split(".")), 0]
    return tuple(parts[:-1] if len(parts) > 3 else parts)


def show(version: Version) -> str:
    """Return the version as TrueNAS writes it: (25, 4, 2) gives `25.04.2`, (26, 0, 0) gives `26.0.0`."""
    named_by_month = version[0] < 26
    return ".".join(f"{part:02d}" if index == 1 and named_by_month else str(part) for index, part in enumerate(version))
