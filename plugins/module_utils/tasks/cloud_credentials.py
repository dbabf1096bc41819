# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole set of credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credential import many
from .base import Act, TaskKind
from .cloud_credential import ARGUMENTS as ONE

ARGUMENTS: dict[str, Any] = {
    "credentials": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "no_log": False,
        "options": {
            name: {key: value for key, value in argument.items() if name not in many.INHERITED or key != "default"}
            for name, argument in ONE.items()
            if name not in many.OF_THE_TASK
        },
    },
    "purge": {"type": "bool", "default": False},
    "purge_keep": {"type": "list", "elements": "str", "default": []},
    "purge_all": {"type": "bool", "default": False},
    **{name: ONE[name] for name in (*many.OF_THE_TASK, *many.INHERITED)},
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return what is to be done."""
    desired = many.read(params)
    return lambda nas: many.ensure(desired, nas, check_mode)


TASK = TaskKind(ARGUMENTS, read, many.with_files, many.duplicates)
