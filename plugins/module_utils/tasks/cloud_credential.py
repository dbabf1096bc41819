# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one cloud credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credential import spec
from ..credential.kind import KIND
from ..engine.ensure import ensure
from ..providers.arguments import PROVIDER_ARGUMENTS
from .base import Act, TaskKind
from .verifying import ARGUMENTS as VERIFY_ARGUMENTS

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "new_name": {"type": "str"},
    "undeclared": {"type": "str", "choices": ["keep", "default"], "default": "keep"},
    "clear_fields": {"type": "list", "elements": "str", "default": []},
    "update_token": {"type": "str", "choices": ["newest", "always", "on_create"], "default": "newest", "no_log": False},
    "update_secret": {"type": "str", "choices": ["always", "on_create"], "default": "always", "no_log": False},
    "allow_type_change": {"type": "bool", "default": False},
    "replace_with": {"type": "str"},
    "pending_keypairs": {"type": "list", "elements": "str", "default": [], "no_log": False},
    **VERIFY_ARGUMENTS,
    **PROVIDER_ARGUMENTS,
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    desired = spec.read(params)
    return lambda nas: ensure(KIND, desired, nas, check_mode, params["pending_keypairs"])


TASK = TaskKind(ARGUMENTS, read, spec.with_files)
