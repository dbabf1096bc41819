# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes from the machine that runs the task, many at once."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .causes import TIMEOUT
from .probes.base import Aim, Probe, Refused

MOST_AT_ONCE = 10
"""Probes that run together, as many as the NAS runs."""


@dataclass(frozen=True)
class Job:
    """A probe, what it is given, and the place of its credential among others."""

    place: int
    probe: Probe
    wire: Mapping[str, Any]
    aim: Aim


class Done(NamedTuple):
    """The place of a job, why its credential does not open the aim, and the seconds that it took."""

    place: int
    problem: Exception | None
    seconds: float


def probe_all(jobs: Sequence[Job]) -> Iterator[Done]:
    """Start the probes, and return what comes of them, in the order in which they end.

    Each is given up after its aim's timeout. What it does then is left alone: its thread ends with the process.
    """
    answers: queue.Queue[Done] = queue.Queue()
    turns = _Slots()
    began: dict[int, float] = {}

    def work(job: Job) -> None:
        turns.take()
        began[job.place] = time.monotonic()
        problem: Exception | None = None
        try:
            job.probe(job.wire, job.aim)
        except Exception as error:
            problem = error
        answers.put(Done(job.place, problem, round(time.monotonic() - began[job.place], 2)))
        turns.give_back(job.place)

    for job in jobs:
        threading.Thread(target=work, args=(job,), daemon=True).start()
    return _collect(jobs, began, answers, turns)


class _Slots:
    """Which probes run together. A turn is given back once: by the probe that ends, or for one that is given up."""

    def __init__(self) -> None:
        self._free = threading.Semaphore(MOST_AT_ONCE)
        self._lock = threading.Lock()
        self._over: set[int] = set()

    def take(self) -> None:
        """Wait for a turn."""
        self._free.acquire()

    def give_back(self, place: int) -> None:
        """Let the next probe run in place of this one."""
        with self._lock:
            if place not in self._over:
                self._over.add(place)
                self._free.release()


def _collect(
    jobs: Sequence[Job], began: Mapping[int, float], answers: queue.Queue[Done], turns: _Slots
) -> Iterator[Done]:
    """Yield what comes in, and what is given up, which makes room for the next probe."""
    open_jobs = {job.place: job for job in jobs}
    while open_jobs:
        try:
            done = answers.get(timeout=0.05)
        except queue.Empty:
            now = time.monotonic()
            for place, job in [*open_jobs.items()]:
                if place in began and now - began[place] > job.aim.timeout:
                    del open_jobs[place]
                    turns.give_back(place)
                    text = f"No answer within verify_timeout ({job.aim.timeout:g} s)"
                    if job.aim.write:
                        text += "; a file .truenas-verification-* may be left there"
                    yield Done(place, Refused(text, TIMEOUT), round(job.aim.timeout, 2))
            continue
        if open_jobs.pop(done.place, None):
            yield done
