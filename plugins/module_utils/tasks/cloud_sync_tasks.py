# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the set of cloud sync tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import CLOUD_TASK_UPDATE, PENDING_CREDENTIALS
from ..cloud_task import spec
from ..cloud_task.api_version import explained
from ..engine import batch, pending
from ..sync_task.kind import SYNC
from . import cloud_sync_task
from .base import Act, TaskKind, of_items
from .cloud_sync_task import ARGUMENTS as SINGLE

OPTION = "tasks"
ARGUMENTS = batch.arguments(OPTION, SINGLE, CLOUD_TASK_UPDATE, PENDING_CREDENTIALS)


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput with all problems of all items."""
    changes = pending.of(params, *PENDING_CREDENTIALS)
    desired = batch.read(OPTION, params, partial(spec.read, SYNC.type), CLOUD_TASK_UPDATE, changes, "description")
    return explained(lambda nas: batch.ensure(SYNC.engine, desired, nas, check_mode))


TASK = TaskKind(ARGUMENTS, read, independent=of_items(OPTION, cloud_sync_task.TASK, CLOUD_TASK_UPDATE, "description"))
