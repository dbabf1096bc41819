# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs: a task as it is declared, what is there before, and the commands of the NAS for it."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .programs import Done, Place, located

FOLDER = "nas1/documents"


def nothing(place: Place) -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Case:
    """A run of one task.

    `prepare` is called with a key that has all rights, `run` with the key under test and the task's arguments of rclone. It
    returns the commands that it has run; the first one that fails is the last.
    """

    name: str
    task: Mapping[str, Any]
    run: Callable[[Place, Mapping[str, Any]], list[Done]]
    prepare: Callable[[Place], None] = nothing
    variant: str = "plain"
    has_region: bool = True
    slow: frozenset[str] = field(default_factory=frozenset)
    """Rights without which restic tries for minutes."""
    as_declared: bool = False
    """Whether the task ignores the settings that the rights require, so that it fails."""


def _sync(direction: str, mode: str, folder: str = FOLDER, args: str = "") -> dict[str, Any]:
    return {"description": "t", "direction": direction, "transfer_mode": mode, "folder": folder, "args": args}


def _there(place: Place) -> None:
    """Store an old file, a file that is only touched later, and one that a sync deletes; the task's folder has newer ones."""
    place.write(changed="before", touched="same", gone="gone")
    _must(place.rclone("copy", str(place.data), f"remote:{place.bucket}/{FOLDER}"))
    (place.data / "gone").unlink()
    time.sleep(0.01)
    place.write(changed="after it", touched="same", new="new")


def _only_remote(place: Place) -> None:
    """Store files that this host does not have."""
    place.write(one="1", two="2")
    _must(place.rclone("move", str(place.data), f"remote:{place.bucket}/{FOLDER}"))


def _new_files(place: Place) -> None:
    place.write(one="1", two="2")


def _must(done: Done) -> Done:
    if done.returncode:
        raise RuntimeError(f"{done.args} ended with {done.returncode}: {done.stderr}")
    return done


def _rclone(place: Place, task: Mapping[str, Any], *more: str, remote: str = "") -> list[Done]:
    command = str(task["transfer_mode"]).lower()
    there = remote or f"remote:{place.bucket}/{task['folder']}"
    source, target = (str(place.data), there) if task["direction"] == "PUSH" else (there, str(place.data))
    done = place.rclone(command, source, target, *shlex.split(str(task.get("args") or "")), *more)
    return [done]


def _crypt(place: Place, task: Mapping[str, Any]) -> list[Done]:
    return _rclone(place, task, remote=place.crypt(str(task["folder"]))[0])


def _in_parts(place: Place, task: Mapping[str, Any]) -> list[Done]:
    (place.data / "large").write_bytes(b"x" * 11 * 1024**2)
    return _rclone(place, task, "--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi")


def _then_deletes(place: Place, task: Mapping[str, Any]) -> list[Done]:
    """Push, delete a file on this host, and push again, which is also how the crypt names are deleted."""
    first = _crypt(place, task)
    if first[-1].returncode:
        return first
    (place.data / "one").unlink()
    return [*first, *_crypt(place, task)]


def _backup(place: Place, task: Mapping[str, Any]) -> list[Done]:
    """Create the task as the NAS does, back up twice, and forget (truenas-api/tasks.md §6, §16)."""
    place.write(one="1", two="2")
    folder = str(task["folder"])
    forget = ("forget", "--keep-last", str(task["keep_last"]), "--group-by", "", "--prune")
    done = [place.rclone("lsjson", "remote:")]
    # Without a repository, unlock and cat config fail, and init follows.
    for arguments in (("init",), ("unlock",), ("cat", "config"), ("backup", str(place.data)), forget):
        if done[-1].returncode:
            return done
        done.append(place.restic(folder, *arguments))
    if done[-1].returncode == 0:
        place.write(three="3")
        done.append(place.restic(folder, "backup", str(place.data)))
    if done[-1].returncode == 0:
        done.append(place.restic(folder, *forget))
    return done


def _located(place: Place, task: Mapping[str, Any]) -> list[Done]:
    """Ask for the region, as the NAS does before it saves the task, and push."""
    asked = located(place)
    return [asked] if asked.returncode else [asked, *_rclone(place, task)]


_SLOW = frozenset({"s3:ListBucket", "s3:PutObject", "s3:DeleteObject"})
BACKUP = {"description": "b", "folder": "nas1/photos", "keep_last": 1}

POLICY_CASES = (
    Case("push COPY", _sync("PUSH", "COPY"), _rclone, _there),
    Case("push SYNC that deletes", _sync("PUSH", "SYNC"), _rclone, _there),
    Case("push MOVE", _sync("PUSH", "MOVE"), _rclone, _there),
    Case("pull COPY", _sync("PULL", "COPY"), _rclone, _only_remote),
    Case("pull SYNC", _sync("PULL", "SYNC"), _rclone, _only_remote),
    Case("pull MOVE", _sync("PULL", "MOVE"), _rclone, _only_remote),
    Case("push SYNC through crypt, twice", _sync("PUSH", "SYNC"), _then_deletes, _new_files),
    Case("push COPY in parts", _sync("PUSH", "COPY"), _in_parts),
    Case("push SYNC with fast_list", _sync("PUSH", "SYNC", args="--fast-list"), _rclone, _there),
    Case("push COPY with directory markers", _sync("PUSH", "COPY", args="--s3-directory-markers"), _rclone, _new_files),
    Case("push COPY, credential without region", _sync("PUSH", "COPY"), _located, _there, has_region=False),
    Case("push SYNC to a new folder, variant folder", _sync("PUSH", "SYNC"), _then_deletes, _new_files, "folder"),
    Case(
        "the same, without the `args` that the filter returns",
        _sync("PUSH", "SYNC"),
        _then_deletes,
        _new_files,
        "folder",
        as_declared=True,
    ),
    Case("pull MOVE, variant folder", _sync("PULL", "MOVE"), _rclone, _only_remote, "folder"),
    Case("push SYNC, variant append_only", _sync("PUSH", "SYNC"), _rclone, _there, "append_only"),
    Case("backup: init, backup, forget with prune", BACKUP, _backup, slow=_SLOW),
    Case("backup, variant folder", BACKUP, _backup, nothing, "folder", slow=_SLOW),
    Case("backup, variant append_only", BACKUP, _backup, nothing, "append_only", slow=_SLOW),
    Case("the same, with `keep_last: 1` in place of 99999", BACKUP, _backup, nothing, "append_only", as_declared=True),
)
"""The runs at a server with policies."""

HARD_DELETE = "--b2-hard-delete"
CAPABILITY_CASES = (
    Case("push COPY", _sync("PUSH", "COPY"), _rclone, _there),
    Case("push SYNC that deletes", _sync("PUSH", "SYNC"), _rclone, _there),
    Case("push SYNC, variant append_only", _sync("PUSH", "SYNC"), _rclone, _there, "append_only"),
    Case("push MOVE", _sync("PUSH", "MOVE"), _rclone, _there),
    Case("pull COPY", _sync("PULL", "COPY"), _rclone, _only_remote),
    Case("pull SYNC", _sync("PULL", "SYNC"), _rclone, _only_remote),
    Case("pull MOVE", _sync("PULL", "MOVE"), _rclone, _only_remote),
    Case("push SYNC with hard_delete", _sync("PUSH", "SYNC", args=HARD_DELETE), _rclone, _there),
    Case("pull MOVE with hard_delete", _sync("PULL", "MOVE", args=HARD_DELETE), _rclone, _only_remote),
)
"""The runs at a server with capabilities."""
