# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit a NAS against the declared credentials."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from ..arguments import CLOUD_AUDIT, UPDATE, VERIFICATION
from ..audit import compare, compare_tasks
from ..credential import sets
from ..engine import batch
from ..errors import Problem
from . import cloud_backup_tasks, cloud_sync_tasks
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {
    sets.OPTION: sets.ARGUMENTS[sets.OPTION],
    **UPDATE,
    **VERIFICATION,
    **CLOUD_AUDIT,
    "sync_tasks": {**cloud_sync_tasks.ARGUMENTS["tasks"], "required": False, "default": []},
    "backup_tasks": {**cloud_backup_tasks.ARGUMENTS["tasks"], "required": False, "default": []},
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    audit = compare.read(params)
    return lambda nas: {"changed": False, "audit": compare.compare(audit, nas, datetime.datetime.now(datetime.UTC))}


def duplicates(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each object that a list declares twice."""
    yield from sets.duplicates(params)
    for option in compare_tasks.OPTIONS.values():
        yield from batch.duplicates(option, params, "description")


TASK = TaskKind(ARGUMENTS, read, sets.with_files, duplicates)
