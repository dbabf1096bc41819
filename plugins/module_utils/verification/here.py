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
    turns = threading.Semaphore(MOST_AT_ONCE)
    began: dict[int, float] = {}

    def work(job: Job) -> None:
        turns.acquire()
        began[job.place] = time.monotonic()
        problem: Exception | None = None
        try:
            job.probe(job.wire, job.aim)
        except Exception as error:
            problem = error
        answers.put(Done(job.place, problem, round(time.monotonic() - began[job.place], 2)))

    for job in jobs:
        threading.Thread(target=work, args=(job,), daemon=True).start()
    return _collect(jobs, began, answers, turns)


def _collect(
    jobs: Sequence[Job], began: Mapping[int, float], answers: queue.Queue[Done], turns: threading.Semaphore
) -> Iterator[Done]:
    """Yield what comes in, and what is given up; either makes room for the next probe."""
    open_jobs = {job.place: job for job in jobs}
    while open_jobs:
        try:
            done = answers.get(timeout=0.05)
        except queue.Empty:
            now = time.monotonic()
            for place, job in [*open_jobs.items()]:
                if place in began and now - began[place] > job.aim.timeout:
                    del open_jobs[place]
                    turns.release()
                    text = f"No answer within verify_timeout ({job.aim.timeout:g} s)"
                    if job.aim.write:
                        text += "; a file .truenas-verification-* may be left there"
                    yield Done(place, Refused(text, TIMEOUT), round(job.aim.timeout, 2))
            continue
        if open_jobs.pop(done.place, None):
            turns.release()
            yield done
