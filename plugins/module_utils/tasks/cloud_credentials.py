# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the set of cloud credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credential import sets
from ..engine import batch
from ..usage.kind import KIND
from . import cloud_credential
from .base import Act, TaskKind, of_items

ARGUMENTS = sets.ARGUMENTS


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    desired = sets.read(params)
    return lambda nas: batch.ensure(KIND, desired, nas, check_mode)


TASK = TaskKind(ARGUMENTS, read, sets.with_files, of_items(sets.OPTION, cloud_credential.TASK, sets.INHERITED))
