# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credential.info import listing
from ..credential.nas import WRITE_ROLE, Nas
from ..credential.provider_arguments import PROVIDER_ARGUMENTS
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str"},
    "provider": {"type": "str", "choices": list(PROVIDER_ARGUMENTS)},
    "reveal_secrets": {"type": "bool", "default": False, "no_log": False},
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return what is to be done; there is nothing to check."""

    def act(nas: Nas) -> dict[str, Any]:
        found = listing(nas.credentials(), params["name"], params["provider"], params["reveal_secrets"])
        hidden = found and params["reveal_secrets"] and not nas.may_write
        warnings = (
            [f"The NAS hides nearly every value from this account, which lacks the role {WRITE_ROLE}."]
            if hidden
            else []
        )
        return {"changed": False, "credentials": found, "warnings": warnings}

    return act


TASK = TaskKind(ARGUMENTS, read)
