# SPDX-License-Identifier: GPL-3.0-or-later
"""The wait for a NAS that limits logins, with the simulated NAS' own limiter on a clock that is set."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    AuthenticationError,
    ConnectionLost,
    RateLimited,
)
from ansible_collections.nasops.truenas.plugins.module_utils.nas.waiting import MAX_WAIT, WINDOW, Waiting
from tests.simulator import limits

STEP = 0.3
"""Seconds between the two steps of a login with SCRAM."""


class Nas:
    """A NAS with a clock that takes 20 steps of logins in a minute from an address, as a real one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        self.now = 0.0
        monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: self.now))
        self._limit = limits.RateLimit(20)
        self._random = random.Random(seed)
        monkeypatch.setattr("secrets.randbelow", self._random.randrange)

    def takes(self) -> float | None:
        """Count a step, and return None, or the seconds until it is refused."""
        return self._random.uniform(1, 10) if self._limit.exceeded("auth.login_ex", "192.0.2.1") else None

    def logs_in(self, steps: int, timeout: float) -> Iterator[float]:
        """Log in, and yield how long each pause and each answer takes. Raises RateLimited if it is given up."""
        wait = Waiting(timeout, self.now)
        while True:
            for _step in range(steps):
                refused = self.takes()
                yield STEP if refused is None else refused
                if refused is not None:
                    break
            else:
                return
            delay = wait.delay(RateLimited("busy"), self.now)
            if delay is None:
                raise RateLimited("busy")
            yield delay

    def run(self, clients: list[tuple[float, Iterator[float]]]) -> list[float]:
        """Run clients from their times on, and return how long each took until it was logged in."""
        due = [(begin, number) for number, (begin, _client) in enumerate(clients)]
        heapq.heapify(due)
        took = [0.0] * len(clients)
        while due:
            self.now, number = heapq.heappop(due)
            begin, client = clients[number]
            try:
                heapq.heappush(due, (self.now + next(client), number))
            except StopIteration:
                took[number] = self.now - begin
        return took


@pytest.mark.parametrize("timeout", [1, 20, 60, 300])
@pytest.mark.parametrize("steps", [1, 2])
def test_whoever_comes_too_late_is_let_in_when_the_minute_is_over(
    monkeypatch: pytest.MonkeyPatch, steps: int, timeout: float
) -> None:
    for seed in range(60):
        for begin in (1, 5, 20, 40, 58):
            nas = Nas(monkeypatch, seed)
            assert not [True for _call in range(20) if nas.takes()]
            [took] = nas.run([(begin, nas.logs_in(steps, timeout))])
            assert WINDOW - begin <= took <= MAX_WAIT
            # It is in ten seconds after the window has ended, and the refusal of an attempt can last as long.
            assert begin + took <= WINDOW + 10 + 10 + 3 * STEP


@pytest.mark.parametrize("steps", [1, 2])
def test_those_who_wait_together_get_in_together(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    for seed in range(60):
        nas = Nas(monkeypatch, seed)
        assert not [True for _call in range(20) if nas.takes()]
        took = nas.run([(1.5 + number / 10, nas.logs_in(steps, 60)) for number in range(16 // steps)])
        assert max(took) <= MAX_WAIT


def test_refused_attempts_do_not_make_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(20):
        ends = []
        for crowd in (0, 30):
            nas = Nas(monkeypatch, seed)
            assert not [True for _call in range(20) if nas.takes()]
            others = [nas.takes() for _other in range(crowd)]
            assert all(others)
            nas.now = WINDOW - 0.1
            assert nas.takes()
            nas.now = WINDOW
            ends.append(nas.takes())
        assert ends == [None, None]


def test_what_does_not_pass_is_not_waited_for() -> None:
    wait = Waiting(60, 0)
    assert wait.delay(AuthenticationError("wrong"), 1) is None
    assert wait.delay(ConnectionLost("reset"), 1) is not None
    assert wait.delay(ConnectionLost("reset"), 60) is None
    assert wait.delay(RateLimited("busy"), 60) is not None, "the minute of the NAS is another one than that of the task"
    assert wait.delay(RateLimited("busy"), MAX_WAIT) is None


def test_a_connection_that_breaks_while_waiting_does_not_end_the_wait() -> None:
    wait = Waiting(10, 0)
    assert wait.delay(RateLimited("busy"), 5) is not None
    assert wait.delay(ConnectionLost("reset"), 50) is not None
    assert wait.deadline(50) == 60
    assert wait.line(50) == "the NAS limits logins; retrying for up to 30 seconds"
