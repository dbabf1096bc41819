# SPDX-License-Identifier: GPL-3.0-or-later
"""Create one bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import BUCKETS, CLOUD_BUCKET, PENDING_CREDENTIALS, PROVIDER_CALL
from ..errors import InvalidInput
from ..storage import buckets, provider_call
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**CLOUD_BUCKET, **BUCKETS, **PENDING_CREDENTIALS, **PROVIDER_CALL}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    if problems := [*buckets.name_problems(params["name"]), *provider_call.problems(params)]:
        raise InvalidInput(problems)
    pending = params["pending_credentials"] if check_mode else ()
    return lambda nas: buckets.ensure(
        params["credential"], params["name"], nas, params["provider_timeout"], check_mode, pending
    )


TASK = TaskKind(ARGUMENTS, read)
