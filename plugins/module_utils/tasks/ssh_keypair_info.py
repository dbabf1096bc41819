# SPDX-License-Identifier: GPL-3.0-or-later
"""List SSH keypairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import SSH_KEYPAIR_INFO
from ..keypair.info import chosen, listing, warnings
from ..keypair.kind import readable, users
from ..nas.client import Nas
from .base import Act, TaskKind

ARGUMENTS = SSH_KEYPAIR_INFO


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""

    def act(nas: Nas) -> dict[str, Any]:
        stored, unread = readable(nas)
        selected = chosen(stored, params["name"])
        used_by = users([entry.id for entry in selected], nas) if params["usage"] else None
        return {
            "changed": False,
            "keypairs": listing(selected, params["reveal_secrets"], used_by),
            "warnings": [*unread, *warnings(selected)],
        }

    return act


TASK = TaskKind(ARGUMENTS, read)
