# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one cloud sync task."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import CLOUD_SYNC_TASK, CLOUD_TASK, CLOUD_TASK_UPDATE, PENDING_CREDENTIALS
from ..cloud_task import spec
from ..cloud_task.api_version import explained
from ..engine import pending
from ..engine.ensure import ensure
from ..sync_task.kind import SYNC
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**CLOUD_TASK, **CLOUD_SYNC_TASK, **CLOUD_TASK_UPDATE, **PENDING_CREDENTIALS}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    desired = spec.read(SYNC.type, params)
    return explained(
        lambda nas: ensure(SYNC.engine, desired, nas, check_mode, pending.of(params, *PENDING_CREDENTIALS))
    )


TASK = TaskKind(ARGUMENTS, read, independent=partial(spec.field_problems, SYNC.type, ARGUMENTS))
