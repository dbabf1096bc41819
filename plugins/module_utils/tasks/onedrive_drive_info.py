# SPDX-License-Identifier: GPL-3.0-or-later
"""List the drives of a OneDrive account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import ONEDRIVE_DRIVE_INFO, PROVIDER_CALL
from ..engine.store import rows
from ..errors import InvalidInput, Problem
from ..nas.client import Nas
from ..providers import PROVIDERS
from ..providers.arguments import DRIVES
from ..storage import provider_call
from ..transport.calls import Call
from .base import Act, TaskKind

PROVIDER = next(provider for provider in PROVIDERS.values() if provider.drive_list_method)
KEY = PROVIDER.key

ARGUMENTS: dict[str, Any] = {**DRIVES, **ONEDRIVE_DRIVE_INFO, **PROVIDER_CALL}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    given = {name: params[KEY][name] for name in PROVIDER.drive_list_fields if params[KEY].get(name) is not None}
    client, problems = PROVIDER.parse(given)
    problems += provider_call.problems(params)
    if "token" not in given:
        problems.append(Problem(f"{KEY}.token", "is required", "Set it to the token of the account."))
    if problems:
        raise InvalidInput(problems)

    def act(nas: Nas) -> dict[str, Any]:
        result: dict[str, Any] = {"changed": False, "drives": []}
        reason = PROVIDER.why_not_to_use_token(params["verify_may_refresh"], "listing its drives")
        if reason:
            return {**result, "skipped": True, "skip_reason": f"{reason}."}
        call = Call(PROVIDER.drive_list_method, (client,), params["provider_timeout"])
        wire = {"type": PROVIDER.wire_type, **client}
        what = f"list the drives of the account at {PROVIDER.title}"
        return {
            **result,
            "drives": rows(provider_call.ask(nas, call, what, PROVIDER, wire), "drives"),
        }

    return act


TASK = TaskKind(ARGUMENTS, read)
