# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person who waits for a long task is told meanwhile: numbers, and never what a task was given or has found."""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE = 5.0
"""Seconds before the first line, and from one to the next: a task that is done sooner tells nothing."""


class Progress:
    """The lines on one task at one NAS.

    `host` is its name in the inventory, `show` takes each line, and `clock` tells the time in seconds.
    """

    def __init__(self, host: str, show: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._show = show
        self._clock = clock
        self._due = clock() + PAUSE

    def verified(self, done: int, total: int) -> None:
        """Tell how many verifications are done, unless all are: what comes of them then speaks for itself."""
        if done < total:
            self._tell(f"{done} of {total} verifications of cloud credentials are done")

    def waiting(self, timeout: float) -> None:
        """Tell that a login did not succeed and is tried again, for `timeout` seconds from the first attempt."""
        self._tell(f"the NAS takes no login now; trying again for up to {timeout:g} s in all")

    def _tell(self, what: str) -> None:
        now = self._clock()
        if now >= self._due:
            self._due = now + PAUSE
            self._show(f"{self._host}: {what}")
