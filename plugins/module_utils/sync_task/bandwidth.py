# SPDX-License-Identifier: GPL-3.0-or-later
"""Bandwidth limits by time of day (truenas-api/tasks.md §2, §11, §16).

A limit is written as a mapping with a time and bytes per second, as the NAS stores it, or as the text of the web form, such as
`08:00,512K`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import Problem
from ..fields.kinds import Refused

OFF = "off"
_UNITS = {"": 1, "B": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "P": 2**50}
_VALUE = re.compile(r"(?i)(?P<number>\d+(?:\.\d+)?)(?P<unit>[KMGTP]?)(?:i?B)?(?:/s)?")
_TIME = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})")
STORED_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
"""A time that rclone accepts; it refuses `8:00`, and then every run fails."""

_FORM = "Write a text such as 08:00,512K or 23:00,off, or a mapping with time and bandwidth."


def read(limits: Sequence[Any], option: str = "bwlimit") -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the limits as the NAS stores them, and the problems with them. Times are padded: `8:00` is stored as `08:00`."""
    read_limits: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for index, limit in enumerate(limits):
        try:
            read_limits.append(_limit(limit))
        except Refused as refused:
            problems.append(Problem(f"{option}[{index}]", refused.reason, refused.remedy))
    return read_limits, problems or [*order_problems(read_limits, option)]


def order_problems(limits: Sequence[Mapping[str, Any]], option: str = "bwlimit") -> Iterator[Problem]:
    """Yield a problem for each limit that is not later than the one before it."""
    for index in range(1, len(limits)):
        before, time = limits[index - 1]["time"], limits[index]["time"]
        if time <= before:
            yield Problem(
                f"{option}[{index}]", f"must be later than {before}, but is {time}", "Sort the limits by time."
            )


def _limit(limit: Any) -> dict[str, Any]:
    if isinstance(limit, str):
        time, comma, bandwidth = limit.strip().rpartition(",")
        # A single limit is for the whole day.
        return {"time": _time(time if comma else "00:00"), "bandwidth": _bandwidth(bandwidth)}
    if isinstance(limit, Mapping) and limit.keys() <= {"time", "bandwidth"} and "time" in limit:
        return {"time": _time(limit["time"]), "bandwidth": _bandwidth(limit.get("bandwidth"))}
    raise Refused("must be a time with a bandwidth", _FORM)


def _time(written: Any) -> str:
    found = _TIME.fullmatch(written) if isinstance(written, str) else None
    if not found:
        raise Refused(
            "has a time that is not HH:MM", "Put the time in quotes, for example '08:00': YAML reads 12:30 as 750."
        )
    padded = f"{int(found['hour']):02d}:{int(found['minute']):02d}"
    if not STORED_TIME.fullmatch(padded):
        raise Refused(f"has the time {padded}, which is not a time of the day", "Use a time from 00:00 to 23:59.")
    return padded


def _bandwidth(written: Any) -> int | None:
    """Return bytes per second, or None for no limit. A number without a unit is in bytes, as in the web form."""
    if written is None or (isinstance(written, str) and written.strip().lower() == OFF):
        return None
    found = _VALUE.fullmatch(str(written).strip()) if isinstance(written, (str, int)) and written is not True else None
    if not found:
        raise Refused(
            f"has a bandwidth that is not bytes per second or {OFF}", "Write a number with a unit, such as 512K or 10M."
        )
    bytes_per_second = float(found["number"]) * _UNITS[found["unit"].upper()]
    if bytes_per_second < 1 or not bytes_per_second.is_integer():
        raise Refused("has a bandwidth that is not a whole number of bytes of at least 1", f"Write {OFF} for no limit.")
    return int(bytes_per_second)
