# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the set of cloud backup tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import CLOUD_TASK_UPDATE, PENDING_CREDENTIALS
from ..backup_task.kind import BACKUP
from ..cloud_task import spec
from ..engine import batch, pending
from . import cloud_backup_task
from .base import Act, TaskKind, of_items
from .cloud_backup_task import ARGUMENTS as SINGLE

OPTION = "tasks"
ARGUMENTS = batch.arguments(OPTION, SINGLE, CLOUD_TASK_UPDATE, PENDING_CREDENTIALS)


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput with all problems of all items."""
    changes = pending.of(params, *PENDING_CREDENTIALS)
    desired = batch.read(OPTION, params, partial(spec.read, BACKUP.type), CLOUD_TASK_UPDATE, changes, "description")
    return lambda nas: batch.ensure(BACKUP.engine, desired, nas, check_mode)


TASK = TaskKind(ARGUMENTS, read, independent=of_items(OPTION, cloud_backup_task.TASK, CLOUD_TASK_UPDATE, "description"))
