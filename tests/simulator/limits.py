# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's limits: message sizes, calls at the same time, and logins in a minute
(truenas-api/wire.md §1 Limits; upstream utils/limits.py, utils/lock.py, utils/rate_limit/cache.py)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import WSCloseCode

from . import ejson

ANONYMOUS_SIZE = 8192
SESSION_SIZE = 65536
HARD_SIZE = 2097152

_RUNNING = 10
_ADMITTED = 20

PERIOD = 60
UNCOUNTED = ""
"""The address of whoever opens the socket of the NAS itself, whose logins no limit counts (truenas-api/older.md §1 Login)."""
_MAX_ENTRIES = 100
_FORGET_AFTER = 600


class TooLong(Exception):
    """A message over its limit; the connection closes with this code and reason."""

    def __init__(self, code: WSCloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def too_long() -> TooLong:
    """Return the error with which a message that is too long ends a logged-in session."""
    return TooLong(WSCloseCode.MESSAGE_TOO_BIG, "Max message length is 64 kB")


def parse(text: str, *, authenticated: bool) -> dict[str, Any]:
    """Return the object a message holds; sizes count characters.

    Raises TooLong, or ValueError with the text of a -32700: bad JSON, a batch, or anything but an object.
    """
    if not authenticated and len(text) > ANONYMOUS_SIZE:
        raise TooLong(WSCloseCode.INVALID_TEXT, "Anonymous connection max message length is 8 kB")
    if len(text) > HARD_SIZE:
        raise too_long()
    try:
        message = ejson.loads(text)
    except (TypeError, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from None
    if isinstance(message, list):
        raise ValueError("Batch messages are not supported at this time")
    if not isinstance(message, dict):
        raise ValueError("Invalid Message Format")
    if len(text) > SESSION_SIZE:
        raise too_long()
    return message


class TooManyCalls(Exception):
    """One call more than a connection can have in progress."""

    def __init__(self) -> None:
        super().__init__(f"Maximum number of concurrent calls ({_ADMITTED}) has exceeded")


class CallSlots:
    """The calls of one connection: ten run, ten more wait, and any further one fails immediately."""

    def __init__(self) -> None:
        self._running = asyncio.Semaphore(_RUNNING)
        self._admitted = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a place to run in. Raises TooManyCalls."""
        if self._admitted >= _ADMITTED:
            raise TooManyCalls
        self._admitted += 1
        try:
            async with self._running:
                yield
        finally:
            self._admitted -= 1


@dataclass
class _Count:
    calls: int
    since: float


class RateLimit:
    """Counts anonymous calls of each method from each address; the window starts with the first call.

    With exactly as many counts as the cache has places, every call is one too many. All counts are forgotten from time
    to time (upstream utils/rate_limit/cache.py, plugins/rate_limit).
    """

    def __init__(self, max_calls: int, period: float = PERIOD) -> None:
        self._max_calls = max_calls
        self._period = period
        self._counts: dict[tuple[str, str], _Count] = {}
        self._forgotten = time.monotonic()

    def exceeded(self, method: str, address: str) -> bool:
        """Count one more call, and return whether it is one too many. A limit of 0 is no limit."""
        if self._max_calls == 0 or address == UNCOUNTED:
            return False
        now = time.monotonic()
        if now - self._forgotten >= _FORGET_AFTER:
            self._counts.clear()
            self._forgotten = now
        count = self._counts.setdefault((method, address), _Count(0, now))
        if now - count.since >= self._period:
            count.calls, count.since = 0, now
        count.calls += 1
        return len(self._counts) == _MAX_ENTRIES or count.calls > self._max_calls
