# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings with which a cloud backup task succeeds and loses data, or cannot be restored (truenas-api/tasks.md §16).

Two tasks on one repository are a hazard that no single task shows: `repository` returns the address to compare.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..cloud_task import folders
from ..cloud_task.hazards import Hazard, Task, ends_in_blank, of_schedule


def hazards(task: Task) -> Iterator[Hazard]:
    """Yield the findings on a task: complete, or only its declared values."""
    yield from of_schedule(task)
    yield from _of_password(task)
    yield from _of_patterns(task)
    if task.get("include"):
        reason = "has no effect: the NAS stores it, but backs up everything in the local path"
        yield Hazard("unused-include", ("include",), reason, "Remove it, and use exclude or another path.")
    if task.get("args"):
        reason = "has no effect: the NAS stores it, but does not pass it on"
        yield Hazard("unused-args", ("args",), reason, "Remove it.")


def repository(task: Task) -> str:
    """Return the address of the repository, equal for all names of one repository, or an empty text if it is unknown."""
    base = task.provider.repository_base(task.login) if task.provider else ""
    bucket, folder = task.get("bucket"), task.get("folder")
    return folders.repository(base, bucket, folder) if base and bucket and folder is not None else ""


def _of_password(task: Task) -> Iterator[Hazard]:
    password = task.get("repository_password")
    if isinstance(password, str) and password and password != password.strip():
        reason = "must not begin or end with a space or a line break: restic removes them when it reads a password from a file"
        yield Hazard("password-blank", ("repository_password",), reason, "Remove them.", refused=True)


def _of_patterns(task: Task) -> Iterator[Hazard]:
    yield from ends_in_blank(task, "exclude")
    for pattern in task.get("exclude") or ():
        path = str(task.get("path") or "").rstrip("/")
        is_full = path and not task.get("snapshot") and f"{pattern}/".startswith(f"{path}/")
        if pattern.startswith("/") and not is_full:
            reason = f"contains {pattern!r}, which excludes nothing: restic compares it with the full path of a file"
            yield Hazard(
                "pattern-slash",
                ("exclude", "path", "snapshot"),
                reason,
                f"Write {pattern.lstrip('/')} for any folder of it.",
            )
