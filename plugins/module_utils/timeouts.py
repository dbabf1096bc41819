# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of the timeouts that a task can set."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import Problem

MAX_TIMEOUT = 86400
"""Seconds that a task can set as the limit of a call to the NAS or of a verification."""


def timeout_problems(option: str, seconds: float, longest: float = MAX_TIMEOUT) -> Iterator[Problem]:
    """Yield a problem for a timeout that is out of range or NaN."""
    if not 0 < seconds <= longest:
        reason = f"must be a number of seconds greater than 0 and at most {longest}"
        yield Problem(option, reason, "Set another number, such as 60.")
