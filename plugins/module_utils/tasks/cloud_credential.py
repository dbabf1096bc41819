# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one cloud credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credential import spec
from ..engine import pending
from ..engine.ensure import ensure
from ..usage.kind import KIND
from .base import Act, TaskKind

ARGUMENTS = spec.ARGUMENTS


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    desired = spec.read(params)
    return lambda nas: ensure(KIND, desired, nas, check_mode, pending.of(params, *spec.PENDING))


TASK = TaskKind(ARGUMENTS, read, spec.with_files, spec.field_problems)
