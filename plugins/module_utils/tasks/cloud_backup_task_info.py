# SPDX-License-Identifier: GPL-3.0-or-later
"""List cloud backup tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import CLOUD_TASK_INFO
from ..backup_task.kind import BACKUP
from ..cloud_task import info
from .base import Act, TaskKind


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    return partial(info.result, BACKUP, params["description"], params["credential"])


TASK = TaskKind(CLOUD_TASK_INFO, read)
