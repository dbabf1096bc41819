# SPDX-License-Identifier: GPL-3.0-or-later
"""List the buckets of a credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import BUCKETS, PROVIDER_CALL
from ..errors import InvalidInput
from ..storage import buckets, provider_call
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**BUCKETS, **PROVIDER_CALL}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    if problems := [*provider_call.problems(params)]:
        raise InvalidInput(problems)
    return lambda nas: buckets.listing(params["credential"], nas, params["provider_timeout"])


TASK = TaskKind(ARGUMENTS, read)
