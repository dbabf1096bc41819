# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a schedule: the five texts joined and read as one cron line (truenas-api/tasks.md §3 and §16).

The server reads it with croniter, which takes more than cron does: names in any case, reversed ranges, a last day, the n-th
weekday, a nearest weekday, a random value, a sixth and a seventh column. Only whether it takes a line matters here.
"""

from __future__ import annotations

import re

FIELDS = ("minute", "hour", "dom", "month", "dow")

# Minute, hour, day, month, weekday; then second and year.
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6), (0, 59), (1970, 2099))
_DAY, _MONTH, _WEEKDAY = 2, 3, 4
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_NAMES: dict[int, dict[str, int]] = {_MONTH: _MONTHS, _WEEKDAY: _WEEKDAYS}
_DAYS, _ALL_MONTHS = "|".join(_WEEKDAYS), "|".join(_MONTHS)

_STEP = re.compile(r"(\*|[0-9]+-[0-9]+)/([0-9]+)")
_RANDOM = re.compile(r"[hr](\((?P<begin>\d+)-(?P<end>\d+)\))?(/(?P<step>\d+))?$")
_NTH_OR_LAST = re.compile(rf"((({_DAYS})(-({_DAYS}))?|({_ALL_MONTHS})(-({_ALL_MONTHS}))?|\w+)#|l)(?P<number>\d+)$")
_NEAREST_WEEKDAY = re.compile(r"(?:(\d+)w|w(\d+))$")
_RANGE = re.compile(r"([^-]+)-([^-/]+)(?:/(\d+))?$")


def check(schedule: dict[str, str]) -> None:
    """Raise ValueError, with the server's words, unless the server takes the schedule. An empty field stands for `*`."""
    values = [schedule.get(field) or "*" for field in FIELDS]
    for value in values:
        if "/" in value and not _STEP.fullmatch(value.removesuffix("\n")):
            raise ValueError("Only range or `*` are allowed before `/`")
    _Line("".join(f"{value} " for value in values)).check()


class _Line:
    """One cron line; its text stands in what it raises."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._columns = re.findall(r"\S+", text.lower(), re.ASCII)

    def check(self) -> None:
        """Raise ValueError for a line that is not taken."""
        if not 5 <= len(self._columns) <= 7:
            raise ValueError("Exactly 5, 6 or 7 columns has to be specified for iterator expression.")
        for index, column in enumerate(self._columns):
            self._check_column(index, column)

    def _refuse(self, reason: str) -> ValueError:
        return ValueError(f"[{self._text}] is not acceptable{reason}")

    def _check_column(self, index: int, column: str) -> None:
        if match := _RANDOM.match(column):
            self._check_random(index, column, match)
            return
        if "?" in column:
            if column != "?":
                raise self._refuse(". Question mark can not used with other characters")
            if index not in (_DAY, _WEEKDAY):
                raise self._refuse(". Question mark can only used in day_of_month or day_of_week")
            return
        items = column.split(",")
        plain: set[int] = set()
        nth: dict[int, set[int | str]] = {}
        # From the last to the first, as its messages show.
        for item in reversed(items):
            self._check_item(index, item, items, plain, nth)
        literal = plain - nth.keys()
        if nth and literal and len(plain | nth.keys()) != 7:
            raise ValueError(
                "day-of-week field does not support mixing literal values and nth day of week syntax.  "
                f"Cron: '{self._text}'    dow={literal} vs nth={nth}"
            )

    def _check_item(
        self, index: int, item: str, items: list[str], plain: set[int], nth: dict[int, set[int | str]]
    ) -> None:
        which: int | str | None = None
        if index == _WEEKDAY and (special := _NTH_OR_LAST.match(item)):
            if not item.startswith("l") or "#" in item:
                item, _hash, number = item.partition("#")
                if not 1 <= int(number) <= 5:
                    raise self._refuse(f". Invalid day_of_week value: '{number}'")
                which = int(number)
            else:
                item, which = special["number"], "l"
        if index == _DAY and (nearest := _NEAREST_WEEKDAY.match(item)):
            self._check_nearest(int(nearest[1] or nearest[2]), items)
            return
        match = _RANGE.match(self._as_range(index, item))
        found = self._range(index, *match.groups()) if match else self._single(index, item)
        if which is None:
            plain.update(found)
        else:
            for day in sorted(found, reverse=True):
                nth.setdefault(day, set()).add(which)

    def _check_nearest(self, day: int, items: list[str]) -> None:
        if not 1 <= day <= 31:
            raise self._refuse(f", nearest weekday day value '{day}' out of range")
        if len(items) > 1:
            raise self._refuse(". 'W' can only be used with a single day value, not in a list or range")

    def _as_range(self, index: int, item: str) -> str:
        """Return a text such as `*/5` as a range with a step."""
        low, high = _RANGES[index]
        return f"{low}-{high}{item[1:]}" if item.startswith("*/") and len(item) > 2 else item

    def _range(self, index: int, first: str, last: str, step: str | None) -> set[int]:
        last = "31" if index == _DAY and last == "l" else last
        high = self._number(index, last)
        if index == _DAY and first == "l":
            raise ValueError(f"[{self._text}] bands 'l-{last}' in field 2 are not acceptable")
        low = self._number(index, first)
        if step is not None and int(step) == 0:
            raise ValueError(f"[{self._text}] step '0' in field {index} is not acceptable")
        if max(low, high) > _RANGES[index][1]:
            raise ValueError(f"{self._text} is out of bands")
        if low == high:
            low, high = _RANGES[index]
        start, end = _RANGES[index]
        found = set(range(low, high + 1)) if low <= high else {*range(low, end + 1), *range(start, high + 1)}
        if not found <= set(range(start, end + 1)):
            raise self._refuse(", out of range")
        return found

    def _single(self, index: int, item: str) -> set[int]:
        if item == "*" or (item == "l" and index == _DAY):
            return set()
        if item.startswith("-"):
            raise self._refuse(", negative numbers not allowed")
        number = self._number(index, item)
        low, high = _RANGES[index]
        if not low <= number <= high:
            raise self._refuse(", out of range")
        return {number}

    def _number(self, index: int, text: str) -> int:
        """Return the number a text stands for; Sunday is 0 and 7, and a day or month 0 is the first."""
        if text.isascii() and text.isdigit():
            number = int(text)
        elif text in _NAMES.get(index, {}):
            number = _NAMES[index][text]
        else:
            raise ValueError(f"[{' '.join(self._columns)}] is not acceptable")
        if index == _WEEKDAY and number == 7:
            return 0
        return number

    def _check_random(self, index: int, column: str, match: re.Match[str]) -> None:
        if column.startswith("h"):
            raise ValueError("Hashed definitions must include hash_id")
        if match["begin"]:
            begin, end = int(match["begin"]), int(match["end"])
            if begin >= end:
                raise ValueError("Range end must be greater than range begin")
            low, high = _RANGES[index]
            if not (low <= begin <= high and low <= end <= high):
                raise ValueError(f"[{column}] is not acceptable, out of range")
        if match["step"] and int(match["step"]) == 0:
            raise ValueError(f"Bad expression: {column}")
