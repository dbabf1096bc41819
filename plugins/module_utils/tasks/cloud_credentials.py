# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the set of cloud credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credential import sets
from ..engine import batch
from ..usage.kind import KIND
from .base import Act, TaskKind

ARGUMENTS = sets.ARGUMENTS


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    desired = sets.read(params)
    return lambda nas: batch.ensure(KIND, desired, nas, check_mode)


TASK = TaskKind(ARGUMENTS, read, sets.with_files, sets.duplicates)
