# SPDX-License-Identifier: GPL-3.0-or-later
"""List the providers that a NAS supports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..storage import capabilities
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    return capabilities.report


TASK = TaskKind(ARGUMENTS, read)
