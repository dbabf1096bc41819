# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud sync tasks as a kind of object (truenas-api/tasks.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ..cloud_task.folders import remote
from ..cloud_task.hazards import Task
from ..cloud_task.kind import cloud_task_kind
from ..cloud_task.task_type import TaskType
from ..credential.facts import WRITE_ROLE
from ..engine.names import Naming
from ..errors import Problem
from . import bandwidth
from .fields import FIELDS
from .hazards import hazards


def problems(task: Task) -> Iterator[Problem]:
    """Yield a problem for each combination of values that the NAS refuses (truenas-api/tasks.md §5)."""
    provider = task.provider
    if provider and provider.is_read_only and task.get("direction") == "PUSH":
        yield Problem("direction", f"must be PULL for {provider.title}, which is read-only", "Set direction: PULL.")
    if provider and task.get("folder") is not None and task.get("folder").strip("/") in provider.refused_folders:
        yield Problem(
            "folder",
            f"must not be {task.get('folder')!r} for {provider.title}",
            "Set a folder inside it, such as an album.",
        )
    if task.get("encryption") and not task.get("encryption_password"):
        yield Problem(
            "encryption_password", "is required with encryption: true", "Set a password, and keep a copy of it."
        )
    if task.get("snapshot") and task.get("direction") == "PULL":
        yield Problem("snapshot", "requires direction: PUSH", "Remove it.")
    if task.get("snapshot") and task.get("transfer_mode") == "MOVE":
        yield Problem("snapshot", "cannot be combined with transfer_mode: MOVE", "Remove one of them.")


SYNC = cloud_task_kind(
    TaskType(
        naming=Naming("cloud sync task", "cloud sync tasks", field="description", unique=False),
        service="cloudsync",
        write_role=WRITE_ROLE,
        fields=FIELDS,
        problems=problems,
        hazards=hazards,
        same_folder=lambda left, right, in_bucket: remote(left, in_bucket) == remote(right, in_bucket),
        readers={"bwlimit": bandwidth.read},
        advice={
            "Directory does not exist": "Create the folder at the provider first, or correct its name: a pull needs it."
        },
    )
)
