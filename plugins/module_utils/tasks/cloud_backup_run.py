# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one cloud backup task."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import CLOUD_TASK_RUN, CLOUD_TASK_SUBJECT, PENDING_TASKS
from ..backup_task import transferred
from ..backup_task.kind import BACKUP
from ..cloud_task import run
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**CLOUD_TASK_SUBJECT, **CLOUD_TASK_RUN, **PENDING_TASKS}
RUNNABLE = run.Runnable(BACKUP, transferred.read)


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    return partial(run.run, RUNNABLE, run.read(params, check_mode), check_mode)


TASK = TaskKind(ARGUMENTS, read)
