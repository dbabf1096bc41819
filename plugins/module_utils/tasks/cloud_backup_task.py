# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one cloud backup task."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import CLOUD_BACKUP_TASK, CLOUD_TASK, CLOUD_TASK_UPDATE, PENDING_CREDENTIALS
from ..backup_task.kind import BACKUP
from ..cloud_task import spec
from ..engine import pending
from ..engine.ensure import ensure
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**CLOUD_TASK, **CLOUD_BACKUP_TASK, **CLOUD_TASK_UPDATE, **PENDING_CREDENTIALS}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    desired = spec.read(BACKUP.type, params)
    return lambda nas: ensure(BACKUP.engine, desired, nas, check_mode, pending.of(params, *PENDING_CREDENTIALS))


TASK = TaskKind(ARGUMENTS, read, independent=partial(spec.field_problems, BACKUP.type, ARGUMENTS))
