# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings with which a cloud sync task succeeds and loses data, or fails in every run (truenas-api/tasks.md §16)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..cloud_task import flags
from ..cloud_task.folders import remote
from ..cloud_task.hazards import Hazard, Task, ends_in_blank, of_schedule
from .bandwidth import STORED_TIME


def hazards(task: Task) -> Iterator[Hazard]:
    """Yield the findings on a task: complete, or only its declared values."""
    yield from of_schedule(task)
    yield from _of_bandwidth(task)
    yield from _of_arguments(task)
    yield from _of_patterns(task)
    yield from _of_mirrors(task)
    yield from _of_provider(task)


def _of_bandwidth(task: Task) -> Iterator[Hazard]:
    for limit in task.get("bwlimit") or ():
        if not STORED_TIME.fullmatch(str(limit.get("time"))):
            reason = f"has the time {limit.get('time')!r}, which rclone refuses, so every run fails"
            yield Hazard(
                "bwlimit-time", ("bwlimit",), reason, "Write hours and minutes with two digits each.", refused=True
            )


def _of_arguments(task: Task) -> Iterator[Hazard]:
    used = {*flags.used(task.get("args") or "")}
    if "--files-from" in used:
        reason = "contains --files-from, which the NAS combines with its own filter, so every run fails"
        yield Hazard("files-from", ("args",), reason, "Use include and exclude.", refused=True)
    for flag in ("--include", "--exclude"):
        if flag in used:
            reason = f"contains {flag}, which comes before the filters of the NAS, even before the one for .zfs"
            yield Hazard("filter-in-args", ("args",), reason, f"Use the option {flag.removeprefix('--')}.")
    if "--max-delete" in used:
        reason = "contains --max-delete, which does not stop a loss: each run deletes that many more, and the last one succeeds"
        yield Hazard("max-delete", ("args",), reason, "To delete nothing, set transfer_mode: COPY.")


def _of_patterns(task: Task) -> Iterator[Hazard]:
    for option in ("exclude", "include"):
        yield from ends_in_blank(task, option)
        for pattern in task.get(option) or ():
            if _looks_like_folder(pattern):
                effect = (
                    "so the folder is transferred" if option == "exclude" else "so nothing in the folder is transferred"
                )
                reason = f"contains {pattern!r}, which matches only files of that name, {effect}"
                yield Hazard("pattern-folder", (option,), reason, f"If it is a folder, write {pattern}/**.")


def _looks_like_folder(pattern: str) -> bool:
    """Return whether a pattern is probably meant as a folder: its last part has neither wildcard nor extension."""
    last = pattern.rpartition("/")[2].strip()
    return bool(last) and not re.search(r"[*?\[\]{}.]", last)


def _of_mirrors(task: Task) -> Iterator[Hazard]:
    """Yield findings on tasks that delete at the destination."""
    if task.get("transfer_mode") != "SYNC":
        return
    if task.get("follow_symlinks"):
        reason = "makes every run fail before it deletes anything if one link is broken"
        yield Hazard("dead-link", ("follow_symlinks", "transfer_mode"), reason, "Exclude or repair broken links.")
    if task.get("encryption") and task.get("filename_encryption"):
        reason = "makes every run fail before it deletes anything if one file has a name of more than 143 characters"
        fields = ("filename_encryption", "encryption", "transfer_mode")
        yield Hazard("long-name", fields, reason, "Shorten or exclude such names.")
    provider = task.provider
    if task.get("direction") != "PULL" or provider is None or not provider.has_buckets:
        return
    if not remote(task.get("folder") or "", in_bucket=True) or _has_markers(task):
        return
    marker = (
        f"add {provider.directory_markers} to args, which makes such a run fail, or "
        if provider.directory_markers
        else ""
    )
    yield Hazard(
        "emptied-by-pull",
        ("transfer_mode", "direction", "folder", "bucket", "credential", "args"),
        "is SYNC with direction: PULL from the folder of a bucket. If the folder is gone, a run succeeds and deletes everything "
        "in the local path",
        f"To prevent this, {marker}set transfer_mode: COPY.",
    )


def _has_markers(task: Task) -> bool:
    return bool(task.provider and task.provider.directory_markers and task.has_flag(task.provider.directory_markers))


def _of_provider(task: Task) -> Iterator[Hazard]:
    if task.get("filename_encryption") and task.get("encryption") is False:
        yield Hazard("no-encryption", ("filename_encryption", "encryption"), "has no effect", "Set encryption: true.")
    provider = task.provider
    if provider is None:
        return
    if task.get("create_empty_src_dirs") and provider.directory_markers and not _has_markers(task):
        reason = f"has no effect at {provider.title}, which does not store empty folders"
        remedy = f"Add {provider.directory_markers} to args."
        yield Hazard("empty-folders", ("create_empty_src_dirs", "args", "credential"), reason, remedy)
    if provider.times_flag and task.get("direction") == "PUSH" and not task.has_flag(provider.times_flag):
        reason = (
            f"does not contain {provider.times_flag}, so on some servers rclone never sends a file that keeps its size"
        )
        yield Hazard("sizes-only", ("args", "direction", "credential"), reason, f"Add {provider.times_flag} to args.")
