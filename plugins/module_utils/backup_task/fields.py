# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of cloud backup tasks (truenas-api/tasks.md §2)."""

from __future__ import annotations

from collections.abc import Sequence

from ..cloud_task.fields import COMMON, Field, by_name, same_patterns


def same_exclusions(left: Sequence[str], right: Sequence[str]) -> bool:
    """Return whether two lists exclude the same files. After a pattern that begins with `!`, the order matters to restic."""
    if any(pattern.startswith("!") for pattern in (*left, *right)):
        return list(left) == list(right)
    return same_patterns(left, right)


FIELDS = by_name(
    *COMMON,
    Field("include", []),
    Field("exclude", [], same=same_exclusions),
    Field("repository_password", wire="password", required=True, secret=True),
    Field("keep_last", required=True, holds=int),
    Field("transfer_setting", "DEFAULT"),
    Field("absolute_paths", False, fixed=True),
    Field("cache_path", "", nothing="", since=(25, 10, 0)),
    Field("rate_limit", 0, nothing=0, least=0, since=(25, 10, 0)),
)
