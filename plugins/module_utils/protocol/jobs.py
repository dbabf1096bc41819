# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of the NAS, as `core.get_jobs` returns them and as events report them (truenas-api/tasks.md §10, wire.md §7)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ServerFault

JOBS = "core.get_jobs"
"""The query method of jobs, which is also the name of their events."""

WAITING, RUNNING, SUCCESS, FAILED, ABORTED = "WAITING", "RUNNING", "SUCCESS", "FAILED", "ABORTED"
UNDER_WAY = (WAITING, RUNNING)
"""The states of a job that has not ended."""


@dataclass(frozen=True)
class Job:
    """One run of a method. `wire` has the job as the NAS sent it, texts of foreign programs included."""

    id: int
    method: str
    arguments: list[Any]
    state: str
    wire: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def has_ended(self) -> bool:
        """Whether the job does not change any more."""
        return self.state not in UNDER_WAY

    @property
    def percent(self) -> int | None:
        """The progress in percent, or None if the NAS does not report it."""
        percent = self._progress.get("percent")
        if isinstance(percent, float):
            # JSON as Python reads it has numbers that are infinite, or none.
            return int(percent) if math.isfinite(percent) else None
        return percent if isinstance(percent, int) and not isinstance(percent, bool) else None

    @property
    def activity(self) -> str:
        """The text of the progress, from the program that the job runs."""
        return str(self._progress.get("description") or "")

    @property
    def error(self) -> str:
        """The error of the job, or an empty text."""
        return str(self.wire.get("error") or "")

    @property
    def log(self) -> str:
        """The first and the last lines of the log, which exist when the job has ended, or an empty text."""
        return str(self.wire.get("logs_excerpt") or "")

    @property
    def _progress(self) -> Mapping[str, Any]:
        progress = self.wire.get("progress")
        return progress if isinstance(progress, Mapping) else {}


def read(fields: Any) -> Job:
    """Return the job in a row or in the fields of an event. Raises ServerFault for anything else."""
    if not isinstance(fields, Mapping) or not {"id", "method", "arguments", "state"} <= fields.keys():
        raise ServerFault("The NAS did not answer with a job.")
    arguments = fields["arguments"]
    return Job(
        fields["id"],
        str(fields["method"]),
        [*arguments] if isinstance(arguments, (list, tuple)) else [],
        str(fields["state"]),
        fields,
    )
