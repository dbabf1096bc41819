# SPDX-License-Identifier: GPL-3.0-or-later
"""The least rights of a key as capabilities of an application key for one bucket. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from .work import DELETE, LIST, READ, WRITE, Work

CAPABILITIES = {LIST: "listFiles", READ: "readFiles", WRITE: "writeFiles", DELETE: "writeFiles"}
"""The capability for each right. rclone hides a file in place of deleting it, which is a write."""
HARD_DELETE = "deleteFiles"
"""The capability to delete versions for good, which rclone needs only if it must not hide."""


def of(works: Iterable[Work], hard_delete: str) -> list[str]:
    """Return the capabilities that the work needs, sorted. `hard_delete` is the flag with which rclone does not hide."""
    found: set[str] = set()
    for work in works:
        for right in work.rights:
            found.add(HARD_DELETE if right == DELETE and hard_delete in work.flags else CAPABILITIES[right])
    return sorted(found)
