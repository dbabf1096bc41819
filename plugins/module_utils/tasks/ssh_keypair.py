# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one SSH keypair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.ensure import ensure
from ..keypair import spec
from ..keypair.kind import KIND
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "new_name": {"type": "str"},
    "generate": {"type": "bool", "default": False},
    "private_key": {"type": "str", "no_log": True},
    "private_key_file": {"type": "path", "no_log": False},
    "public_key": {"type": "str", "no_log": False},
    "cascade": {"type": "bool", "default": False},
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    desired = spec.read(params)
    return lambda nas: ensure(KIND, desired, nas, check_mode)


TASK = TaskKind(ARGUMENTS, read, spec.with_files)
