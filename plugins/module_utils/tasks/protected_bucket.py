# SPDX-License-Identifier: GPL-3.0-or-later
"""Protect what is stored in a bucket. The host that runs the task contacts the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import PROTECTED_BUCKET
from ..bucket import account, settings
from ..bucket.ensure import ensure
from ..bucket.remote import Bucket
from ..errors import InvalidInput, Problem
from ..nas import connection
from ..nas.client import Nas
from ..providers.arguments import STORES
from .base import Act, TaskKind

_OPTIONAL = {name: {**connection.ARGUMENTS[name], "required": False} for name in ("host", "username")}

ARGUMENTS: dict[str, Any] = {**PROTECTED_BUCKET, **STORES, **_OPTIONAL}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a bucket, with the NAS that stores the key. Raises InvalidInput."""
    problems: list[Problem] = [*account.problems(params)]
    try:
        desired = settings.read(params)
    except InvalidInput as error:
        problems += error.problems
    if problems:
        raise InvalidInput(problems)
    declared = account.of_options(params)

    def act(nas: Nas) -> dict[str, Any]:
        provider, values = declared or account.of_nas(params["credential"], nas)
        bucket = Bucket(desired.bucket, provider, values, params["request_timeout"])
        return ensure(desired, bucket, check_mode)

    return act


def needs_nas(params: Mapping[str, Any]) -> bool:
    """Return whether the NAS stores the key."""
    return params.get("credential") is not None


TASK = TaskKind(ARGUMENTS, read, needs_nas=needs_nas)
