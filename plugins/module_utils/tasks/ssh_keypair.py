# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one SSH keypair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import PENDING_CREDENTIALS, PENDING_KEYPAIRS, SSH_KEYPAIR
from ..engine import pending
from ..engine.ensure import ensure
from ..keypair import spec
from ..keypair.kind import KIND
from .base import Act, TaskKind

PENDING: dict[str, Any] = {**PENDING_CREDENTIALS, **PENDING_KEYPAIRS}
"""The options that take the changes of earlier tasks."""

ARGUMENTS: dict[str, Any] = {**SSH_KEYPAIR, **PENDING}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    desired = spec.read(params)
    return lambda nas: ensure(KIND, desired, nas, check_mode, pending.of(params, *PENDING))


TASK = TaskKind(ARGUMENTS, read, spec.with_files, spec.field_problems)
