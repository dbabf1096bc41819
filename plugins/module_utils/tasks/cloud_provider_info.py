# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a NAS supports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..storage import capabilities
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return what is to be done; there is nothing to check."""
    return capabilities.report


TASK = TaskKind(ARGUMENTS, read)
