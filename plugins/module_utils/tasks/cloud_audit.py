# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit a NAS against the declared credentials."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ..arguments import CLOUD_AUDIT, PENDING, UPDATE, VERIFICATION
from ..audit import compare
from ..credential import sets
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {
    sets.OPTION: sets.ARGUMENTS[sets.OPTION],
    **PENDING,
    **UPDATE,
    **VERIFICATION,
    **CLOUD_AUDIT,
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    audit = compare.read(params)
    return lambda nas: {"changed": False, "audit": compare.compare(audit, nas, datetime.datetime.now(datetime.UTC))}


TASK = TaskKind(ARGUMENTS, read, sets.with_files, sets.duplicates)
