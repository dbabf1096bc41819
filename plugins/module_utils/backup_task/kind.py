# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud backup tasks as a kind of object (truenas-api/tasks.md). The NAS contacts the provider in each create and update."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..cloud_task.folders import repository as address
from ..cloud_task.hazards import Task
from ..cloud_task.kind import cloud_task_kind
from ..cloud_task.task_type import TaskType
from ..credential.facts import TASK_ROLES
from ..engine.names import Naming
from ..errors import Problem
from ..providers import PROVIDERS
from .fields import FIELDS
from .hazards import hazards, repository

SERVICE = "cloud_backup"


def problems(task: Task) -> Iterator[Problem]:
    """Yield a problem for each combination of values that the NAS refuses (truenas-api/tasks.md §5, §6)."""
    provider = task.provider
    if provider and provider.can_have_tasks and not provider.repository_base(task.login):
        able = ", ".join(one.title for one in PROVIDERS.values() if one.repository_base({}))
        reason = f"must not be for {provider.title}, because the NAS has no restic configuration for it"
        yield Problem("credential", reason, f"Choose a credential for one of: {able}.")
    if task.get("snapshot") and task.get("absolute_paths"):
        yield Problem("snapshot", "cannot be combined with absolute_paths", "Remove one of them.")


def change_problems(before: Task, after: Task, changed: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each field that cannot be changed (truenas-api/tasks.md §2, §7)."""
    again = "delete the task with state: absent and create it again; the repository stays at the provider"
    if "absolute_paths" in changed:
        reason = "cannot be changed, because the NAS accepts it only when it creates a task"
        yield Problem("absolute_paths", reason, f"Keep the stored value, or {again}.")
    if "repository_password" in changed and repository(before) == repository(after):
        reason = "cannot be changed, because the NAS cannot change the password of a repository"
        yield Problem("repository_password", reason, "Set the stored password, or another folder for a new repository.")


BACKUP = cloud_task_kind(
    TaskType(
        naming=Naming("cloud backup task", "cloud backup tasks", field="description", unique=False),
        service=SERVICE,
        write_role=TASK_ROLES[SERVICE],
        fields=FIELDS,
        problems=problems,
        hazards=hazards,
        same_folder=lambda left, right, in_bucket: address("", "", left) == address("", "", right),
        change_problems=change_problems,
        repository=repository,
        local_roots=("/mnt/", "/dev/zvol/"),
        on_core=False,
        advice={
            "wrong password or no key found": "The folder has a repository with another password. Set it, or another folder.",
            "This provider can't create buckets": "Create the bucket at the provider first, or correct its name.",
        },
    )
)
