# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that strike one call each, so that a client's behavior under them can be tested.

| name | the call is carried out | what the client sees |
|---|---|---|
| reset-before-reply | yes | connection reset, no reply |
| reset-after-reply | yes | the reply, then the connection reset |
| no-reply | yes | nothing, the connection stays open |
| busy | no | -32001 [EBUSY] |
| close-1009 | no | close code 1009 |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """The faults by the names the command line knows."""

    RESET_BEFORE_REPLY = "reset-before-reply"
    RESET_AFTER_REPLY = "reset-after-reply"
    NO_REPLY = "no-reply"
    BUSY = "busy"
    CLOSE_1009 = "close-1009"


@dataclass(frozen=True)
class Planned:
    """A fault and the number of the call it strikes, counted from 1."""

    fault: Fault
    call: int = 1


def parse(text: str) -> Planned:
    """Read NAME or NAME:N. Raises ValueError for an unknown name or a number below 1."""
    name, _rest, number = text.partition(":")
    call = int(number) if number else 1
    if call < 1:
        msg = f"{text}: calls are counted from 1"
        raise ValueError(msg)
    return Planned(Fault(name), call)


class Faults:
    """Counts the calls of logged-in sessions, logins aside, over the whole process; each fault strikes once."""

    def __init__(self, planned: list[Planned]) -> None:
        self._planned = planned
        self._calls = 0

    def next_call(self) -> Fault | None:
        """Count one more call and return the fault that strikes it."""
        self._calls += 1
        return next((planned.fault for planned in self._planned if planned.call == self._calls), None)
