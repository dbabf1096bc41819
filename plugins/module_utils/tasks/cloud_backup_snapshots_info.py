# SPDX-License-Identifier: GPL-3.0-or-later
"""List the snapshots of a cloud backup task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import CLOUD_TASK_SUBJECT, PENDING_TASKS, PROVIDER_CALL
from ..backup_task import snapshots
from ..cloud_task import pending
from ..cloud_task.find import subject_problems
from ..errors import InvalidInput
from ..timeouts import timeout_problems
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**CLOUD_TASK_SUBJECT, **PROVIDER_CALL, **PENDING_TASKS}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    timeout = params["provider_timeout"]
    if problems := [*subject_problems(params), *timeout_problems("provider_timeout", timeout)]:
        raise InvalidInput(problems)
    changes = pending.of(params, check_mode)
    return lambda nas: snapshots.listing(params["description"], params["id"], timeout, nas, changes)


TASK = TaskKind(ARGUMENTS, read)
