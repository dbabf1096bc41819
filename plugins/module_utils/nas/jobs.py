# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a job on the NAS, and follow it through its events (truenas-api/tasks.md §10, wire.md §7)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ..errors import ConnectionLost, NotPermitted, ServerError, ServerFault, TimedOut, TrueNASError, Unreachable
from ..protocol.jobs import JOBS, Job, read
from ..protocol.jsonrpc import REMOVED, UNSUBSCRIBED, Event
from .client import Nas

MAX_SILENCE = 300.0
"""Seconds without an event after which the job is queried once, in case an event was lost."""

PAUSE = 5.0
"""Seconds between two queries of the job if the account is not allowed to subscribe to events."""

MAX_RECONNECTS = 5
"""Connections that can break without an event of the job between them."""


@dataclass(frozen=True)
class Start:
    """The call that starts a job.

    `after` is the ID of the last job that is known from before: if the reply is lost, a later job with the same method and
    arguments is the one that the call has started.
    """

    method: str
    params: tuple[Any, ...]
    after: int = 0

    def starts(self, job: Job) -> bool:
        """Return whether this call starts or joins the job."""
        return job.method == self.method and job.arguments == [*self.params]


@contextmanager
def following(nas: Nas, wanted: Start, report: Callable[[Job], None] = lambda job: None) -> Iterator[Following]:
    """Yield an object that starts and follows one job. `report` is called with each state of the job that becomes known."""
    try:
        yield Following(nas, wanted, report)
    finally:
        # With a lost connection, the subscription is over, too.
        with suppress(TrueNASError):
            nas.session.unsubscribe(JOBS)


class Following:
    """Starts one job once, and follows it."""

    def __init__(self, nas: Nas, wanted: Start, report: Callable[[Job], None]) -> None:
        self._nas = nas
        self._wanted = wanted
        self._report = report
        self._breaks = 0
        self._silence = MAX_SILENCE

    def start(self) -> int:
        """Subscribe to the events of jobs, start the job, and return its ID.

        If the reply is lost, looks for the job and never starts it again. Raises Unreachable if it cannot be found then, or the
        error of the call.
        """
        self._listen()
        try:
            number = self._nas.call(self._wanted.method, *self._wanted.params)
        except TrueNASError as error:
            if not isinstance(error, Unreachable) and not self._nas.broken:
                raise
            return self._found_after(error)
        if not isinstance(number, int) or isinstance(number, bool):
            raise ServerFault(f"The NAS did not answer {self._wanted.method} with the ID of a job.")
        return number

    def wait(self, number: int, deadline: float) -> Job:
        """Return the job when it has ended, or as it is at the `deadline`, on the clock of `time.monotonic`.

        After a lost connection, logs in and queries the job. Raises Unreachable if that is impossible, and ServerFault if the
        NAS no longer has the job, or if the job is that of another call.
        """
        job = self._arrived(number)
        while True:
            try:
                job = job or self._queried(number)
                if job.has_ended:
                    return job
                event = self._nas.session.next_event(min(deadline, time.monotonic() + self._silence))
                job = self._after(event, job)
            except TimedOut:
                if time.monotonic() >= deadline and job:
                    return job
                if time.monotonic() >= deadline + MAX_SILENCE:
                    raise
                job = None
            except TrueNASError as lost:
                if not self._nas.broken:
                    raise
                self._reconnect(lost, number)
                job = None

    def _listen(self) -> None:
        """Subscribe to events. If the account is not allowed to, `wait` queries the job instead."""
        if self._silence == MAX_SILENCE:
            try:
                self._nas.session.subscribe(JOBS)
            except NotPermitted:
                self._silence = PAUSE

    def _queried(self, number: int) -> Job:
        """Return the job from a query, after which events are complete."""
        self._listen()
        try:
            found = [read(row) for row in self._query([["id", "=", number]])]
        except ServerError as error:
            # For example, an older API path of a newer NAS starts jobs, but does not list them.
            error.note(f"The NAS continues the job {number}.")
            raise
        # After a restart of the NAS, IDs start again.
        if not found or found[0].method != self._wanted.method:
            raise ServerFault(
                f"The NAS does not list the job {number} of {self._wanted.method}. Either it has restarted, which ends all jobs, "
                "or this account is not allowed to see the job. Check the task on the NAS."
            )
        return self._reported(found[0])

    def _reported(self, job: Job) -> Job:
        """Report the job and return it. Raises ServerFault if it is that of another call."""
        if not self._wanted.starts(job):
            raise ServerFault(
                f"The NAS answered with the job {job.id}, which runs {job.method} with {job.arguments} in place of "
                f"{[*self._wanted.params]}: one queue holds the calls with equal options, and only one of them can wait. Nothing "
                "was started. Run the task again when that job has ended."
            )
        self._report(job)
        return job

    def _arrived(self, number: int) -> Job | None:
        """Return the job as in the events that arrived before the reply, or None if there is none."""
        job: Job | None = None
        with suppress(TimedOut, ConnectionLost):
            while not job:
                event = self._nas.session.next_event(time.monotonic())
                job = self._of_event(event, number)
        return job

    def _after(self, event: Event, job: Job) -> Job | None:
        """Return the job after an event, or None if it has to be queried."""
        if event.kind in (REMOVED, UNSUBSCRIBED) and event.id in (None, job.id):
            return None
        return self._of_event(event, job.id) or job

    def _of_event(self, event: Event, number: int) -> Job | None:
        """Return the job as an event reports it, or None for an event on something else."""
        if event.collection != JOBS or event.id != number or not event.fields:
            return None
        self._breaks = 0
        return self._reported(read(event.fields))

    def _reconnect(self, lost: TrueNASError, number: int) -> None:
        self._breaks += 1
        try:
            if self._breaks > MAX_RECONNECTS:
                raise lost
            self._nas.refresh()
            if self._nas.broken:
                raise lost
        except TrueNASError as error:
            error.note(f"The NAS continues the job {number}.")
            raise

    def _found_after(self, error: TrueNASError) -> int:
        """Return the ID of the job that a call without a usable reply has started."""
        try:
            self._nas.refresh()
            only = [["method", "=", self._wanted.method], ["id", ">", self._wanted.after]]
            found = [job.id for job in map(read, self._query(only)) if self._wanted.starts(job)]
            if found:
                return max(found)
        except TrueNASError as again:
            error = again
        error.note(
            f"The reply to {self._wanted.method} is lost, and no job of it was found. Check on the NAS whether the task runs, "
            "before you run this task again."
        )
        raise error

    def _query(self, filters: list[Any]) -> list[Any]:
        answer = self._nas.call(JOBS, filters)
        if not isinstance(answer, list):
            raise ServerFault("The NAS did not answer with a list of jobs.")
        return answer
