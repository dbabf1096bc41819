# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one SSH keypair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import SSH_KEYPAIR
from ..engine.ensure import ensure
from ..keypair import spec
from ..keypair.kind import KIND
from .base import Act, TaskKind

ARGUMENTS = SSH_KEYPAIR


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    desired = spec.read(params)
    return lambda nas: ensure(KIND, desired, nas, check_mode)


TASK = TaskKind(ARGUMENTS, read, spec.with_files, spec.field_problems)
