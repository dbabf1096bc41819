# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a cloud sync task has transferred, from the statistics of rclone in the log and the progress of its job.

The log has its first and last lines only, and of rclone's statistics only the first block, so they count only if nothing
follows them. The progress has the last numbers of files and bytes, but not of deleted files, which have a line each in a log
without a gap.
"""

from __future__ import annotations

import re
from typing import Any

from ..cloud_task.transfer import Transfer
from ..protocol.jobs import Job

_SIZE = r"[\d.]+ (?:[KMGTPE]i)?B"
_BLOCK = re.compile(r"(?m)^\S+ \S+ (?:INFO|NOTICE) *: *\n(Transferred: [^\n]*\n(?:[A-Z][^\n]*\n?)*)\s*\Z")
_FILES = re.compile(r"(?m)^Transferred:\s+([0-9]{1,18}) / \d+, ")
_BYTES = re.compile(rf"(?m)^Transferred:\s+({_SIZE}) / ")
_DELETED = re.compile(r"(?m)^Deleted:\s+([0-9]{1,18}) \(files\)|^Deleted:\s+([0-9]{1,18})$")
_PROGRESS = re.compile(rf"^({_SIZE}) / .*, ([0-9]{{1,18}}) / \d+$", re.DOTALL)
_GAP = re.compile(r"(?m)^\.\.\. \d+ more lines \.\.\.$")
_DELETED_FILE = re.compile(r"(?m)^\S+ \S+ INFO *: .*: Deleted$")
_NOTHING = re.compile(r"(?m): There was nothing to transfer$")


def read(job: Job) -> Transfer:
    """Return the transferred and deleted files of a run that has ended. Numbers that cannot be determined are None."""
    files: int | None = None
    deleted: int | None = None
    size: str | None = None
    if block := _BLOCK.search(job.log):
        statistics = block[1]
        files = _number(_FILES.search(statistics)) or 0
        deleted = _number(_DELETED.search(statistics)) or 0
        size = found[1] if (found := _BYTES.search(statistics)) else None
    elif job.log:
        deleted = None if _GAP.search(job.log) else len(_DELETED_FILE.findall(job.log))
        if _NOTHING.search(job.log):
            size, files = "0 B", 0
        elif progress := _PROGRESS.search(job.activity):
            size, files = progress[1], int(progress[2])
    shown: dict[str, Any] = {"files": files, "size": size, "deleted": deleted}
    return Transfer(shown, _changed(files, deleted))


def _number(found: re.Match[str] | None) -> int | None:
    return int(next(filter(None, found.groups()))) if found else None


def _changed(files: int | None, deleted: int | None) -> bool | None:
    if files or deleted:
        return True
    return None if files is None or deleted is None else False
