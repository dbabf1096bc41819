# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of a cloud task at its provider, and the rights that the work needs. Pure.

Measured with rclone and restic on servers that enforce policies, one right removed at a time; docs/least_rights.md has the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import mistyped
from ..arguments import CLOUD_BACKUP_TASK, CLOUD_SYNC_TASK, CLOUD_TASK
from ..cloud_task import flags, folders
from ..errors import InvalidInput, Item, Problem

LIST = "list"
READ = "read"
WRITE = "write"
DELETE = "delete"

SYNC_RIGHTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("PUSH", "COPY"): frozenset({LIST, READ, WRITE}),
    ("PUSH", "SYNC"): frozenset({LIST, READ, WRITE, DELETE}),
    ("PUSH", "MOVE"): frozenset({LIST, READ, WRITE}),
    ("PULL", "COPY"): frozenset({LIST, READ}),
    ("PULL", "SYNC"): frozenset({LIST, READ}),
    ("PULL", "MOVE"): frozenset({LIST, READ, DELETE}),
}
"""The rights of a cloud sync task by direction and mode. A push reads what it has stored, and a touched file is copied."""

BACKUP_RIGHTS = frozenset({LIST, READ, WRITE, DELETE})
"""The rights of a cloud backup task. Each run writes and deletes a lock."""

UNTRIED_FLAGS = frozenset(
    {
        *("--backup-dir", "--suffix", "--compare-dest", "--copy-dest", "--track-renames", "--delete-excluded"),
        *("--s3-versions", "--s3-version-at", "--s3-acl", "--s3-bucket-acl", "--b2-versions", "--b2-version-at"),
    }
)
"""Flags with which rclone sends other requests than those that were tried."""

FIELDS = ("description", "bucket", "folder", "args", "direction", "transfer_mode", "keep_last", "state")

_ARGUMENTS = {**CLOUD_TASK, **CLOUD_SYNC_TASK, **CLOUD_BACKUP_TASK}
_NAMES: Mapping[Any, str] = mistyped.by_any_name({name: _ARGUMENTS[name] for name in FIELDS})
_WILD = re.compile(r"[*?$]")


@dataclass(frozen=True)
class Work:
    """What one task does in its bucket. `folder` has no slashes at its ends, and is empty for the root of the bucket."""

    item: Item
    is_backup: bool
    pushes: bool
    bucket: str
    folder: str
    rights: frozenset[str]
    args: str = ""

    @property
    def deletes_files(self) -> bool:
        """Whether a cloud sync task deletes or hides in its folder."""
        return DELETE in self.rights and not self.is_backup

    def contains(self, other: Work) -> bool:
        """Return whether the folder of another task is inside this one's."""
        inside = f"{other.folder}/".startswith(f"{self.folder}/") or not self.folder
        return self.bucket == other.bucket and inside

    @property
    def flags(self) -> frozenset[str]:
        """The flags of rclone in the arguments."""
        return frozenset(flags.used(self.args))


def read(option: str, tasks: Iterable[Any]) -> list[Work]:
    """Return the work of tasks in the form of their modules' options, without those that are declared absent.

    `option` is the name of the list for messages. Raises InvalidInput with all problems.
    """
    found: list[Work] = []
    problems: list[Problem] = []
    for index, task in enumerate(tasks):
        if not isinstance(task, Mapping):
            problems.append(
                Problem(
                    "", "must be a mapping", "Pass tasks in the form of their module's options.", Item(option, index)
                )
            )
            continue
        given: dict[str, Any] = {_NAMES.get(name, str(name)): value for name, value in task.items()}
        if given.get("state") == "absent":
            continue
        item = Item.of(option, index, given)
        wrong = [*_problems(given)]
        if wrong:
            problems += InvalidInput(wrong).of(item)
        else:
            found.append(_work(item, given))
    if not found and not problems:
        problems.append(Problem(option, "must contain a task that is not absent", "Pass at least one task."))
    if problems:
        raise InvalidInput(problems)
    return found


def _work(item: Item, given: Mapping[str, Any]) -> Work:
    folder, args = given.get("folder") or "", given.get("args") or ""
    if given.get("direction") is None:
        # restic opens a//b and a/./b as one folder, and the NAS does not pass args on.
        return Work(item, True, True, given["bucket"], folders.repository("", "", folder), BACKUP_RIGHTS)
    pushes = given["direction"] == "PUSH"
    rights = SYNC_RIGHTS[given["direction"], given["transfer_mode"]]
    return Work(item, False, pushes, given["bucket"], folders.remote(folder, in_bucket=True), rights, args)


def _problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ("bucket", "folder", "args"):
        if not isinstance(given.get(name, ""), (str, type(None))):
            yield Problem(name, "must be text", "Put the value in quotes.")
            return
    yield from _of_kind(given)
    if not given.get("bucket"):
        yield Problem("bucket", "is required, because a key is limited to a bucket", "Set the bucket of the task.")
    elif "/" in given["bucket"] or _WILD.search(given["bucket"]):
        yield Problem("bucket", "must not contain a slash or a wildcard", "Set the name of one bucket.")
    if untried := sorted(UNTRIED_FLAGS.intersection(flags.used(given.get("args") or ""))):
        reason = f"contains {', '.join(untried)}, with which nobody has tried which rights a key needs"
        yield Problem("args", reason, "Remove it, or write the rights of this key yourself.")


def _of_kind(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for a task whose kind, direction, or mode does not have measured rights."""
    direction, mode = given.get("direction"), given.get("transfer_mode")
    if direction is None and mode is None:
        if given.get("keep_last") is None:
            reason = "is required for a cloud sync task, and keep_last for a cloud backup task"
            yield Problem("direction", reason, "Pass a complete task.")
        return
    for name, index, value in (("direction", 0, direction), ("transfer_mode", 1, mode)):
        known = list(dict.fromkeys(key[index] for key in SYNC_RIGHTS))
        if value not in known:
            yield Problem(name, f"must be one of {', '.join(known)}", "Pass a complete cloud sync task.")


def folder_problems(work: Work) -> Iterator[Problem]:
    """Yield a problem for a folder to which a policy cannot limit a key."""
    if not work.folder:
        yield Problem(
            "folder", "is required to limit a key to it", "Set the folder of the task, or use variant plain.", work.item
        )
    elif _WILD.search(work.folder):
        reason = "must not contain *, ?, or $, which a policy does not read as part of a name"
        yield Problem("folder", reason, "Rename the folder, or use variant plain.", work.item)
    elif {"", ".", ".."}.intersection(work.folder.split("/")):
        yield Problem(
            "folder",
            "must not have parts that are empty, or only dots",
            "Write the folder as the provider stores it.",
            work.item,
        )
