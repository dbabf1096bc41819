# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables in Markdown, for the pages that programs write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    return [f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows]]
