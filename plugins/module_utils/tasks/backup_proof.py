# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that backups can be read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..arguments import BACKUP_PROOF, PENDING_TASKS
from ..proof import prove, request
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**BACKUP_PROOF, **PENDING_TASKS}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    return partial(prove.prove, request.read(params, check_mode))


TASK = TaskKind(ARGUMENTS, read)
