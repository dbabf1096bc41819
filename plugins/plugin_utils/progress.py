# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress lines for long tasks. They contain only the host name, the description of a cloud task, and counts."""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.nasops.truenas.plugins.module_utils.errors import are
from ansible_collections.nasops.truenas.plugins.module_utils.foreign import one_line

PAUSE = 5.0
"""Seconds before the first line, and between lines. A shorter task prints nothing."""


class Progress:
    """Progress of a task on one NAS.

    `host` is the inventory name of the NAS, `show` prints a line, and `clock` returns the time in seconds.
    """

    def __init__(self, host: str, show: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._show = show
        self._clock = clock
        self._due = clock() + PAUSE

    def verified(self, done: int, total: int) -> None:
        """Print how many verifications are done. The result of the task reports the last one."""
        if done < total:
            self._print(f"{done} of {total} verifications of cloud credentials {are(done)} done")

    def waiting(self, line: str) -> None:
        """Print why a login is retried, and for how long."""
        self._print(line)

    def running(self, line: str) -> None:
        """Print how far a run is."""
        self._print(line)

    def _print(self, text: str) -> None:
        now = self._clock()
        if now >= self._due:
            self._due = now + PAUSE
            self._show(f"{self._host}: {one_line(text)}")
