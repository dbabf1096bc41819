# SPDX-License-Identifier: GPL-3.0-or-later
"""One field of a cron schedule, as cron reads it: parse it, and refuse a text that cron does not run as written.

The NAS checks a schedule with croniter and runs it with cron, which read some texts differently (truenas-api/tasks.md §3, §16;
tried with Debian's cron 3.0pl1-162). Cron ignores the whole file with the tasks of the NAS if it cannot read one of them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..fields.kinds import Refused

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

STOPS_ALL = "cron cannot read it and stops every scheduled task of the NAS"


@dataclass(frozen=True)
class Range:
    """The values of a field, `low` to `high` inclusive, their names from `low` on, and the highest number written for them.

    Sunday is 0 and 7, so the days of the week have a `written` number that is not a value.
    """

    low: int
    high: int
    names: tuple[str, ...] = ()
    written: int = 0

    @property
    def size(self) -> int:
        """The number of values."""
        return self.high - self.low + 1

    @property
    def top(self) -> int:
        """The highest number that a text can contain."""
        return max(self.high, self.written)

    def value(self, number: int) -> int:
        """Return the value that a number stands for: for the days of the week, 7 is 0."""
        return number if number <= self.high else self.low


RANGES = {
    "minute": Range(0, 59),
    "hour": Range(0, 23),
    "dom": Range(1, 31),
    "month": Range(1, 12, _MONTHS),
    "dow": Range(0, 6, _DAYS, written=7),
}
"""The fields of a schedule in the order of a cron line."""


@dataclass(frozen=True)
class CronField:
    """The values at which a field matches. `is_star` is whether its text begins with `*`, which matters for the day fields."""

    values: frozenset[int]
    is_star: bool


@functools.lru_cache(maxsize=1024)
def parse(name: str, text: str) -> CronField:
    """Return the values of a field. Raises Refused for a text that cron does not run as written, with the text to write."""
    limits = RANGES[name]
    _refuse_foreign(text, limits)
    if text.startswith("*"):
        step = _STAR.fullmatch(text)
        if not step:
            raise Refused(f"combines * with other values ({text!r})", "Write * or */N alone, or list the values.")
        numbers = range(limits.low, limits.high + 1, _step(step["step"], limits))
        return CronField(frozenset(numbers), True)
    listed = [number for part in text.split(",") for number in _part(part, limits)]
    if "/" in text and not _STEPPED.fullmatch(text):
        written = ",".join(map(str, dict.fromkeys(listed)))
        raise Refused("has a step in a list or after names, which the NAS rejects", f"Write {written}.")
    return CronField(frozenset(map(limits.value, listed)), False)


# Python takes digits of every script, cron only these.
_STEPPED = re.compile(r"[0-9]+-[0-9]+/[0-9]+")
_STAR = re.compile(r"\*(?:/(?P<step>[0-9]{1,9}))?")
_PART = re.compile(r"(?P<first>[a-z]+|[0-9]{1,9})(?:-(?P<last>[a-z]+|[0-9]{1,9})(?:/(?P<step>[0-9]{1,9}))?)?")


def _refuse_foreign(text: str, limits: Range) -> None:
    """Refuse texts that other programs read as a schedule. Raises Refused."""
    if not text:
        raise Refused(f"must not be empty: {STOPS_ALL}", "Write * for every value.")
    if re.search(r"\s", text):
        raise Refused(
            f"must not contain spaces: {STOPS_ALL}", "Set one field in each option, and separate values by commas."
        )
    if "#" in text:
        raise Refused(
            f"must not contain #: cron drops the rest and would run on every {text.partition('#')[0]!r}",
            "Cron has no n-th weekday. Use days of the month, for example dom: 1-7, or run every week.",
        )
    if "?" in text:
        raise Refused(f"must not contain ?: {STOPS_ALL}", "Write * for every value.")
    if _LAST.fullmatch(text):
        raise Refused(
            f"must not be {text!r}: {STOPS_ALL}",
            "Cron has no last day, nearest weekday, or random value. Write a number; 28 is the last day that every month has.",
        )


_LAST = re.compile(r"(?i)l(?:\d+|w)?|r(?:\(.*\))?|h|\d+[lw]|[a-z]{3}l")


def _part(part: str, limits: Range) -> list[int]:
    """Return the numbers of a value or a range. Raises Refused."""
    if not part:
        raise Refused(f"has a comma without a value: {STOPS_ALL}", "Separate values by single commas.")
    if re.fullmatch(r"(?:[a-z]+|\d+)/\d+", part.lower()):
        start, every = part.split("/")
        raise Refused(
            f"has a step after a single value ({part!r}), which the NAS rejects",
            f"Write {start}-{limits.high}/{every} for every {every} from {start} on.",
        )
    if part.startswith("*"):
        raise Refused(f"combines * with other values ({part!r})", "Write * or */N alone, or list the values.")
    found = _PART.fullmatch(part.lower())
    if not found:
        raise Refused(
            f"contains {part!r}, which is not a value, a range, or a step: {STOPS_ALL}",
            f"Write {_allowed(limits)}, ranges such as {limits.low}-{limits.high}, or */N.",
        )
    first = _number(found["first"], limits)
    last = _number(found["last"], limits) if found["last"] else first
    step = _step(found["step"], limits)
    if first > last:
        listed = ",".join(_reversed(first, last, step, limits))
        raise Refused(f"has a reversed range ({part!r}), which cron accepts and never runs", f"Write {listed}.")
    return [*range(first, last + 1, step)]


def _allowed(limits: Range) -> str:
    names = f" or names from {limits.names[0]} to {limits.names[-1]}" if limits.names else ""
    return f"numbers from {limits.low} to {limits.top}{names}"


def _number(written: str, limits: Range) -> int:
    if written.isdigit():
        number = int(written)
        if limits.low <= number <= limits.top:
            return number
    elif written in limits.names:
        return limits.low + limits.names.index(written)
    raise Refused(f"contains {written!r}, which is out of range", f"Use {_allowed(limits)}.")


def _step(written: str | None, limits: Range) -> int:
    """Return a step. A step beyond the range would match only its first value, although it is written for a longer period."""
    step = int(written or 1)
    if not 1 <= step <= limits.size:
        raise Refused(
            f"has a step of {step}, but a step must be from 1 to {limits.size}",
            "Set a smaller step, or a single value here and a step in the next larger field.",
        )
    return step


def _reversed(first: int, last: int, step: int, limits: Range) -> Iterator[str]:
    """Yield the parts of a list for a range that goes past the highest value."""
    last = limits.value(last)
    if step > 1:
        wrapped = range(first, last + limits.size + 1, step)
        yield from (str((number - limits.low) % limits.size + limits.low) for number in wrapped)
        return
    for low, high in ((first, limits.high), (limits.low, last)):
        yield str(low) if low == high else f"{low}-{high}"
