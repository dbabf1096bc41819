# SPDX-License-Identifier: GPL-3.0-or-later
"""Flags in the additional rclone arguments of a task."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ..fields.kinds import Refused


def split(args: str) -> list[str]:
    """Return the arguments as the NAS splits them. Raises Refused for text that it cannot split (truenas-api/tasks.md §5)."""
    try:
        return shlex.split(args)
    except ValueError as error:
        raise Refused(f"cannot be split into arguments: {error}", "Close every quotation mark.") from None


def used(args: str) -> Iterator[str]:
    """Yield the names of the flags, such as `--max-delete`, without their values.

    Yields no flag that is switched off (`--s3-directory-markers=false`), and nothing for text that cannot be split.
    """
    try:
        words = split(args)
    except Refused:
        return
    yield from (word.partition("=")[0] for word in words if word.startswith("--") and not word.endswith("=false"))
