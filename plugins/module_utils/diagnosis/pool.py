# SPDX-License-Identifier: GPL-3.0-or-later
"""A pool that runs probes from the controller at the same time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .causes import TIMEOUT
from .probes.base import Aim, Probe, ProbeRefused

MAX_CONCURRENT = 10
"""Maximum number of probes that run at the same time; the NAS has the same limit."""


@dataclass(frozen=True)
class Job:
    """A probe with its arguments, and the index of its credential."""

    index: int
    probe: Probe
    wire: Mapping[str, Any]
    aim: Aim


@dataclass(frozen=True)
class Done:
    """Result of a job: its index, the reason if the credential cannot open the aim, and the duration in seconds."""

    index: int
    problem: Exception | None
    seconds: float


def probe_all(jobs: Sequence[Job]) -> Iterator[Done]:
    """Start the probes, and yield their results in the order in which they end.

    A probe that exceeds the timeout of its aim is abandoned; its thread ends with the process.
    """
    answers: queue.Queue[Done] = queue.Queue()
    slots = _Slots()
    began: dict[int, float] = {}

    def work(job: Job) -> None:
        slots.acquire()
        began[job.index] = time.monotonic()
        problem: Exception | None = None
        try:
            job.probe(job.wire, job.aim)
        except Exception as error:
            problem = error
        answers.put(Done(job.index, problem, round(time.monotonic() - began[job.index], 2)))
        slots.release(job.index)

    for job in jobs:
        threading.Thread(target=work, args=(job,), daemon=True).start()
    return _collect(jobs, began, answers, slots)


class _Slots:
    """Slots for the probes that run. A slot is released once: when its probe ends, or when it is abandoned."""

    def __init__(self) -> None:
        self._free = threading.Semaphore(MAX_CONCURRENT)
        self._lock = threading.Lock()
        self._over: set[int] = set()

    def acquire(self) -> None:
        """Wait for a free slot."""
        self._free.acquire()

    def release(self, index: int) -> None:
        """Release the slot of a job for the next probe."""
        with self._lock:
            if index not in self._over:
                self._over.add(index)
                self._free.release()


def _collect(
    jobs: Sequence[Job], began: Mapping[int, float], answers: queue.Queue[Done], slots: _Slots
) -> Iterator[Done]:
    """Yield the results of probes that end, and of abandoned ones, whose slots the next probes use."""
    open_jobs = {job.index: job for job in jobs}
    while open_jobs:
        try:
            done = answers.get(timeout=0.05)
        except queue.Empty:
            now = time.monotonic()
            for index, job in [*open_jobs.items()]:
                if index in began and now - began[index] > job.aim.timeout:
                    del open_jobs[index]
                    slots.release(index)
                    text = f"No answer within verify_timeout ({job.aim.timeout:g} s)"
                    if job.aim.write:
                        text += "; a file .truenas-verification-* might remain there"
                    yield Done(index, ProbeRefused(text, TIMEOUT), round(job.aim.timeout, 2))
            continue
        if open_jobs.pop(done.index, None):
            yield done
