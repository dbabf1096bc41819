# SPDX-License-Identifier: GPL-3.0-or-later
"""Many probes at once: ten run together, whoever looks at the answers, and whatever becomes of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import TIMEOUT
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.pool import MAX_CONCURRENT, Job, probe_all
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Aim, ProbeRefused

PATIENT = Aim("", "", False, 30.0, None)
HASTY = Aim("", "", False, 0.1, None)


def until(condition: Any) -> None:
    """Wait until something is so, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_no_more_than_ten_run_together_and_none_waits_for_somebody_to_look() -> None:
    running: list[int] = []
    most: list[int] = []
    over: list[int] = []

    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        running.append(wire["place"])
        most.append(len(running))
        time.sleep(0.05)
        running.remove(wire["place"])
        over.append(wire["place"])

    total = 2 * MAX_CONCURRENT + 1
    found = probe_all([Job(place, probe, {"place": place}, PATIENT) for place in range(total)])
    until(lambda: len(over) == total)
    assert max(most) <= MAX_CONCURRENT
    assert sorted(done.index for done in found) == list(range(total))


def test_what_is_given_up_makes_room_once() -> None:
    go_on = threading.Event()
    ran: list[int] = []

    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        ran.append(wire["place"])
        if aim is HASTY:
            go_on.wait(10)

    stuck = [Job(place, probe, {"place": place}, HASTY) for place in range(MAX_CONCURRENT)]
    found = {done.index: done.problem for done in probe_all([*stuck, Job(99, probe, {"place": 99}, PATIENT)])}
    go_on.set()
    assert found.pop(99) is None
    assert len(found) == MAX_CONCURRENT
    assert all(isinstance(problem, ProbeRefused) and problem.cause is TIMEOUT for problem in found.values())
