# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings on a stored task itself: its settings, its last run, and secrets in plain text. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..cloud_task.info import last_run
from ..cloud_task.stored import StoredTask, secrets_of
from ..cloud_task.task_type import TaskType
from ..errors import counted, sentences
from ..protocol.jobs import SUCCESS, UNDER_WAY
from .plain_text import contains_secret
from .rules import Finding


def advice(kind: TaskType, entry: StoredTask, now: datetime.datetime, hours: float | None) -> Iterator[Finding]:
    """Yield a finding for each problem of a stored task. A last run older than `hours` is one, if they are given."""
    for hazard in kind.hazards(entry.task):
        field = hazard.fields[0]
        yield Finding(hazard.rule, sentences(f"{field} {hazard.reason}", hazard.remedy), field)
    if entry.locked:
        yield Finding("task-locked", "Its dataset is locked, so every run fails until it is unlocked.", "path")
    known = [*secrets_of(kind.fields, entry)]
    for name in ("pre_script", "post_script", "args"):
        if contains_secret(str(entry.values.get(name) or ""), known):
            text = f"{name} contains a secret in plain text. Every account that can list tasks can read it. Read it from a file."
            yield Finding("plain-text-secret", text, name)
    if _copies_live_files(entry.values):
        text = (
            "Files that change during a run can be copied in part. Set snapshot: true if the dataset has no children."
        )
        yield Finding("no-snapshot", text, "snapshot")
    if entry.values.get("enabled"):
        yield from _of_runs(kind, entry, now, hours)


def _copies_live_files(values: Mapping[str, Any]) -> bool:
    """Return whether a task reads files without a snapshot, although it could take one."""
    refuses = values.get("direction") == "PULL" or values.get("transfer_mode") == "MOVE" or values.get("absolute_paths")
    return values.get("snapshot") is False and not refuses


def _of_runs(kind: TaskType, entry: StoredTask, now: datetime.datetime, hours: float | None) -> Iterator[Finding]:
    run = last_run(kind, entry)
    if run is None:
        yield Finding("never-run", "The NAS knows no run of this task. Run it once, and check the result.")
        return
    if run["state"] not in (SUCCESS, *UNDER_WAY):
        why = f": {_first_line(run['error'])}" if run["error"] else "."
        at = f" at {run['finished']}" if run["finished"] else ""
        yield Finding("last-run-failed", sentences(f"The last run ended{at} with the state {run['state']}{why}"))
    moment = run["finished"] or run["started"]
    if hours is not None and moment:
        age = now - datetime.datetime.fromisoformat(moment)
        if age > datetime.timedelta(hours=hours):
            ago, limit = (counted(text, "hour") for text in (f"{age.total_seconds() / 3600:.0f}", f"{hours:g}"))
            text = f"The last run was at {moment}, {ago} ago. The limit is {limit}."
            yield Finding("outdated", text)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")


def sharing(kind: TaskType, stored: Sequence[StoredTask]) -> dict[int, Finding]:
    """Return a finding for each task that shares its backup repository with another task of this NAS, by ID."""
    by_address: dict[str, list[StoredTask]] = {}
    for entry in stored:
        if address := kind.address(entry.task):
            by_address.setdefault(address, []).append(entry)
    return {
        entry.id: shared([f"{other.name!r} (id {other.id})" for other in group if other is not entry])
        for group in by_address.values()
        for entry in group
        if len(group) > 1
    }


def shared(others: Sequence[str]) -> Finding:
    """Return the finding on a task whose repository these other tasks or NAS systems use, too."""
    return Finding(
        "shared-repository",
        f"The repository is also that of {' and '.join(others)}, and each run of one task deletes the snapshots of the other. "
        "Set another folder.",
        "folder",
    )
