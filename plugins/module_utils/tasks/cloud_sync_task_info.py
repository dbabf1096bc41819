# SPDX-License-Identifier: GPL-3.0-or-later
"""List cloud sync tasks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import CLOUD_TASK_INFO
from ..cloud_task import info
from ..cloud_task.api_version import explained
from ..sync_task.kind import SYNC
from .base import Act, TaskKind


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    return explained(partial(info.result, SYNC, params["description"], params["credential"]))


TASK = TaskKind(CLOUD_TASK_INFO, read)
