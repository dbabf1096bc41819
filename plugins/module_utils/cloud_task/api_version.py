# SPDX-License-Identifier: GPL-3.0-or-later
"""Older versions of the API that lack cloud sync tasks (truenas-api/tasks.md §1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ServerFault
from ..nas.client import Nas
from ..protocol.faults import METHOD_NOT_FOUND
from ..versions import show

Act = Callable[[Nas], dict[str, Any]]


def explained(act: Act) -> Act:
    """Return the function with advice in the error for a method that only the selected version of the API lacks."""

    def acting(nas: Nas) -> dict[str, Any]:
        try:
            return act(nas)
        except ServerFault as fault:
            if fault.code == METHOD_NOT_FOUND and nas.api_version:
                fault.note(
                    f"Newer systems do not offer cloud sync tasks in the API version {show(nas.api_version)}. Remove api_version."
                )
            raise

    return acting
