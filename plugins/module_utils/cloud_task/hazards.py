# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings with which a task succeeds and loses data, or never runs: the form of a finding, and those that both kinds share.

The functions take a task's values by option, complete or only the declared ones, so that options, plans, and stored tasks are
checked by the same rules (truenas-api/tasks.md §16).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import Problem, sentences
from ..providers import Provider
from . import flags, schedule


@dataclass(frozen=True)
class Task:
    """The values of a task by option, and the provider of its credential if it is known, with the credential's API values."""

    values: Mapping[str, Any] = field(repr=False)
    provider: type[Provider] | None = None
    login: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def get(self, name: str) -> Any:
        """Return a value, or None if it is not set."""
        return self.values.get(name)

    def has_flag(self, flag: str) -> bool:
        """Return whether the additional arguments of rclone set this flag."""
        return flag in flags.used(self.get("args") or "")


@dataclass(frozen=True)
class Hazard:
    """A finding. `fields` are the options that cause it together, the first one to blame; `rule` names it for reports.

    Nobody can want what is `refused`; the rest is worth a warning.
    """

    rule: str
    fields: tuple[str, ...]
    reason: str
    remedy: str
    refused: bool = False

    def problem(self) -> Problem:
        """Return the finding as a mistake in the input."""
        return Problem(self.fields[0], self.reason, self.remedy)

    def warning(self, name: str) -> str:
        """Return the finding as a warning about the task of this name."""
        return sentences(f"{name!r}: {self.fields[0]} {self.reason}", self.remedy)


def of_schedule(task: Task) -> Iterator[Hazard]:
    """Yield a schedule that cron does not run as written, or never."""
    texts = task.get("schedule")
    for problem in schedule.problems(texts) if isinstance(texts, Mapping) else ():
        yield Hazard("schedule", (problem.field, "schedule"), problem.reason, problem.remedy, refused=True)


def ends_in_blank(task: Task, option: str) -> Iterator[Hazard]:
    """Yield patterns that begin or end with spaces, which are part of the pattern."""
    for pattern in task.get(option) or ():
        if pattern != pattern.strip():
            yield Hazard(
                "pattern-blank",
                (option,),
                f"contains {pattern!r}, whose spaces at the ends are part of the pattern",
                "Remove the spaces, unless names of files have them.",
            )
