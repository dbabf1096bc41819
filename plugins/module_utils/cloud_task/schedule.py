# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of a task: five texts, their meaning for cron, and the problems with them (truenas-api/tasks.md §3, §16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import Problem
from ..fields.kinds import Refused
from . import cron

DEFAULT = {"minute": "00", "hour": "*", "dom": "*", "month": "*", "dow": "*"}
"""The texts that the NAS uses for fields that a request leaves out, in an update as well."""

_MAX_DAYS = {month: 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31 for month in range(1, 13)}

Days = tuple[bool, frozenset[int], frozenset[int]]
"""Whether both day fields must match (otherwise one is enough), the days of the month, and the days of the week."""


def complete(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the five texts, with the defaults of the NAS for fields that are left out or null."""
    return {name: default if given.get(name) is None else given[name] for name, default in DEFAULT.items()}


def problems(texts: Mapping[str, str], option: str = "schedule") -> Iterator[Problem]:
    """Yield a problem for each text that cron does not run as written, and for a schedule that never runs."""
    fields: dict[str, cron.CronField] = {}
    for name, text in complete(texts).items():
        try:
            fields[name] = cron.parse(name, text)
        except Refused as refused:
            yield Problem(f"{option}.{name}", refused.reason, refused.remedy)
    if len(fields) == len(DEFAULT) and _never(fields):
        yield Problem(
            option,
            f"never runs, because no month {texts.get('month', '*')!r} has a day {texts.get('dom', '*')!r}",
            "Set days that these months have.",
        )


def same(left: Any, right: Any) -> bool:
    """Return whether two schedules run at the same times. A schedule that cron cannot read equals only its own texts."""
    if left == right:
        return True
    try:
        return meaning(left) == meaning(right)
    except (Refused, TypeError, AttributeError):
        return False


def meaning(texts: Mapping[str, str]) -> tuple[frozenset[int], frozenset[int], frozenset[int], Days]:
    """Return the minutes, hours, months, and days at which cron runs. Raises Refused for texts that it cannot read."""
    fields = {name: cron.parse(name, text) for name, text in complete(texts).items()}
    return fields["minute"].values, fields["hour"].values, fields["month"].values, _days(fields)


def _days(fields: Mapping[str, cron.CronField]) -> Days:
    """Return the rule for the days: both day fields must match if one begins with `*`, otherwise either is enough."""
    dom, dow = fields["dom"], fields["dow"]
    every_dom, every_dow = frozenset(range(1, 32)), frozenset(range(7))
    both = dom.is_star or dow.is_star
    if not both and (dom.values == every_dom or dow.values == every_dow):
        return True, every_dom, every_dow
    return both, dom.values, dow.values


def _never(fields: Mapping[str, cron.CronField]) -> bool:
    both, days, _weekdays = _days(fields)
    # Each date falls on each day of the week in some year, so only the month and the day can rule each other out.
    return both and not any(day <= _MAX_DAYS[month] for month in fields["month"].values for day in days)
