# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which requests of several workers go to the NAS, and who gets each reply. No I/O."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import MAX_CONCURRENT_CALLS

SPAN = 1_000_000_000
"""The number of request IDs that a worker has. IDs below are those of the login."""


class Desk:
    """Passes on as many requests at the same time as the NAS runs for a session, and takes workers in turns."""

    def __init__(self) -> None:
        self._joined = 0
        self._queues: dict[int, deque[tuple[int, str]]] = {}
        self._asked: dict[int, int] = {}
        self._abandoned: set[int] = set()
        self._subscribed: Counter[int] = Counter()

    def join(self) -> int:
        """Return the number of a new worker. Its request IDs start at `SPAN` times this number."""
        self._joined += 1
        self._queues[self._joined] = deque()
        return self._joined

    def leave(self, worker: int) -> None:
        """Forget a worker. The NAS still answers its requests."""
        del self._queues[worker]
        self._subscribed.pop(worker, None)
        for number, asker in [*self._asked.items()]:
            if asker == worker:
                self.abandon(number)

    def ask(self, worker: int, number: int, text: str) -> None:
        """Queue a request. Raises ValueError if the ID is not one of the worker's, or is in use."""
        if number // SPAN != worker or number in self._asked:
            raise ValueError(f"worker {worker} cannot use the request ID {number}")
        self._queues[worker].append((number, text))

    def subscribed(self, worker: int, change: int) -> None:
        """Count the subscriptions of a worker: `change` is 1 for a new one, and -1 for the end of one."""
        self._subscribed[worker] += change

    def abandon(self, number: int) -> None:
        """Stop waiting for a reply, as a session does when a call times out: the next request takes its place."""
        if self._asked.pop(number, None) is not None:
            self._abandoned.add(number)

    def due(self) -> Iterator[tuple[int, str]]:
        """Yield worker and text of each request to send now."""
        while len(self._asked) < MAX_CONCURRENT_CALLS:
            worker = next((worker for worker, queue in self._queues.items() if queue), None)
            if worker is None:
                return
            # The worker goes to the end of the line.
            queue = self._queues[worker] = self._queues.pop(worker)
            number, text = queue.popleft()
            self._asked[number] = worker
            yield worker, text

    def answered(self, number: int) -> int | None:
        """Return the worker that gets the reply to a request, or None if nobody waits for it."""
        self._abandoned.discard(number)
        return self._asked.pop(number, None)

    @property
    def waiting(self) -> set[int]:
        """The workers that wait for a reply, or for the events of a subscription."""
        return {*self._asked.values(), *(+self._subscribed)}

    @property
    def is_stuck(self) -> bool:
        """Whether the NAS runs so many abandoned calls that it would refuse others (truenas-api/wire.md §1, Limits)."""
        return len(self._abandoned) >= MAX_CONCURRENT_CALLS
