# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading SSH keypairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credential.nas import Nas
from ..keypair.info import chosen, listing, warnings
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str"},
    "usage": {"type": "bool", "default": False},
    "reveal_secrets": {"type": "bool", "default": False, "no_log": False},
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return what is to be done; there is nothing to check."""

    def act(nas: Nas) -> dict[str, Any]:
        found = chosen(nas.keychain.keypairs(), params["name"])
        users = nas.keychain.users([entry.id for entry in found]) if params["usage"] else None
        return {
            "changed": False,
            "keypairs": listing(found, params["reveal_secrets"], users),
            "warnings": warnings(found),
        }

    return act


TASK = TaskKind(ARGUMENTS, read)
