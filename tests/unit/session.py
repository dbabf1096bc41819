# SPDX-License-Identifier: GPL-3.0-or-later
"""A session of the core whose calls go straight to a NAS in this process: what every fake of a NAS has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.errors import TimedOut, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.jsonrpc import Event
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call


class Reopening(ABC):
    """Opens new sessions, in place of a connection."""

    timeout = 60.0

    @abstractmethod
    def open(self) -> Any:
        """Return a new session, or raise."""

    def again(self, within: float) -> Any:
        """Return a new session, or raise."""
        return self.open()


class DirectSession(ABC):
    """`calls` lists the methods called; `reader` takes the rights to write away, `broken` says that the connection is lost.

    `events` come to who waits for them, whatever was subscribed to; an exception among them is raised.
    """

    is_older = False

    def __init__(self) -> None:
        self.reader = False
        self.broken = self.late = False
        self.closed = 0
        self.calls: list[str] = []
        self.events: deque[Event | TrueNASError] = deque()

    @abstractmethod
    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call, or raise."""

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Carry out calls and yield what comes of them, the last one first: the core must not count on their order."""
        yield from reversed(list(enumerate(self.call_all(calls))))

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Carry out calls and give their exceptions back."""
        outcomes = []
        for call in calls:
            try:
                outcomes.append(self.call(call.method, *call.params, timeout=call.timeout))
            except TrueNASError as error:
                outcomes.append(error)
        return outcomes

    def subscribe(self, collection: str) -> None:
        """Remember that somebody listens."""
        self.calls.append("core.subscribe")

    def unsubscribe(self, collection: str) -> None:
        """Remember that nobody listens any more."""
        self.calls.append("core.unsubscribe")

    def close(self) -> None:
        """Count it; nothing is open."""
        self.closed += 1

    def next_event(self, deadline: float) -> Event:
        """Return the next event, or raise it. Without one, the deadline is over at once."""
        if not self.events:
            raise TimedOut("nothing comes")
        event = self.events.popleft()
        if isinstance(event, TrueNASError):
            raise event
        return event

    @property
    def writes(self) -> list[str]:
        """The calls that change something."""
        return [method for method in self.calls if method.rpartition(".")[2] in ("create", "update", "delete")]
