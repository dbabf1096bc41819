# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one cloud sync task."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import CLOUD_SYNC_RUN, CLOUD_TASK_RUN, CLOUD_TASK_SUBJECT, PENDING_TASKS
from ..cloud_task import run
from ..cloud_task.api_version import explained
from ..sync_task import transferred
from ..sync_task.kind import SYNC
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**CLOUD_TASK_SUBJECT, **CLOUD_TASK_RUN, **CLOUD_SYNC_RUN, **PENDING_TASKS}
RUNNABLE = run.Runnable(SYNC, transferred.read)


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    return explained(partial(run.run, RUNNABLE, run.read(params, check_mode), check_mode))


TASK = TaskKind(ARGUMENTS, read)
