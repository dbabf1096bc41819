# SPDX-License-Identifier: GPL-3.0-or-later
"""When a login that failed is tried again: after too many logins, or if the connection broke during the login."""

from __future__ import annotations

from ansible.module_utils.api import generate_jittered_backoff

from ..errors import ConnectionLost, RateLimited, TrueNASError, counted

WINDOW = 60
"""Seconds in which the NAS counts the logins of an address, from the first one. Refused logins do not lengthen them
(truenas-api/wire.md, corrections to §2)."""
MAX_WAIT = 80
"""Seconds to wait for the end of the window: the window, a refusal that takes up to 10 seconds, and time to connect."""
MIN_DELAY = 1
MAX_DELAY = 10
"""Seconds between two attempts."""


class Waiting:
    """The wait of one login. `timeout` is that of the task, `now` the time in seconds at which the login begins."""

    def __init__(self, timeout: float, now: float) -> None:
        self._timeout = timeout
        self._began = now
        self._delays = generate_jittered_backoff(delay_base=MIN_DELAY, delay_threshold=MAX_DELAY)
        self._window_end: float | None = None

    def deadline(self, now: float) -> float:
        """Return the time by which an attempt that begins now has to be connected."""
        return (self._began if self._window_end is None else now) + self._timeout

    def delay(self, error: TrueNASError, now: float) -> float | None:
        """Return the seconds until the next attempt, or None if another attempt cannot help or would come too late."""
        if isinstance(error, RateLimited):
            # The NAS counted this login in a window that began before the refusal.
            self._window_end = self._window_end or now + WINDOW
        elif not isinstance(error, ConnectionLost):
            return None
        delay: float = next(self._delays, MAX_DELAY)
        if self._window_end is not None and now < self._window_end < now + delay:
            # Not later than this, the NAS accepts logins again.
            delay = self._window_end - now
        return delay if now + delay < self._end else None

    def line(self, now: float) -> str:
        """Return the reason of the wait, and how long it can still last, for a line of progress."""
        reason = "login failed" if self._window_end is None else "the NAS limits logins"
        return f"{reason}; retrying for up to {counted(f'{max(self._end - now, 0):.0f}', 'second')}"

    @property
    def _end(self) -> float:
        return self._began + (self._timeout if self._window_end is None else MAX_WAIT)
