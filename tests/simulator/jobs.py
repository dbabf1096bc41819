# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: their states, the queue of each lock, and their events (truenas-api/tasks.md §10, wire.md §7; upstream
job.py and utils/service/task_state.py)."""

from __future__ import annotations

import asyncio
import itertools
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from .errors import CallError, ValidationError, ValidationErrors

_SHOWN_LINES = 10
_KEPT_MESSAGES = 5


class State(StrEnum):
    """The states of a job."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    ABORTED = "ABORTED"


UNDER_WAY = (State.WAITING, State.RUNNING)


@dataclass(frozen=True)
class Kind:
    """How a method's jobs are run: `lock` starts the name of a lock that the last raw argument ends, and of which one job
    runs and one waits; `read_roles` can watch jobs of others."""

    lock: str | None = None
    abortable: bool = False
    logs: bool = False
    read_roles: frozenset[str] = frozenset()

    def lock_name(self, params: list[Any]) -> str | None:
        """Return the name of the lock of a call with these raw parameters."""
        return None if self.lock is None else f"{self.lock}:{params[-1]}"


@dataclass(eq=False)
class Job:
    """One run of a method. `arguments` are the raw parameters without secrets, `caller` who started it; `on_change` sends
    the event of a change. `message_ids` are those of the requests that got this job; `wrapped` are the jobs that wait for it."""

    id: int
    method: str
    arguments: list[Any]
    kind: Kind
    caller: dict[str, Any] | None
    on_change: Callable[[str, Job], Awaitable[None]]
    message_ids: list[Any] | None = None
    wrapped: list[Job] = field(default_factory=list)
    state: State = State.WAITING
    lock: str | None = None
    progress: dict[str, Any] = field(default_factory=lambda: {"percent": 0, "description": "", "extra": None})
    result: Any = None
    failure: Exception | None = None
    log: list[str] = field(default_factory=list)
    logs_excerpt: str | None = None
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_MESSAGES))
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished: datetime | None = None
    aborted: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    async def set_progress(self, percent: float | None = None, description: str | None = None) -> None:
        """Change what is given; who listens hears of it if that changed anything."""
        before = dict(self.progress)
        if percent is not None:
            self.progress["percent"] = int(percent)
        if description:
            self.progress["description"] = description
        if self.progress != before:
            await self.on_change("changed", self)
        for job in self.wrapped:
            await job.set_progress(self.progress["percent"], self.progress["description"])

    def abort(self) -> None:
        """End the job if it runs, whether it says that it can be ended or not; one that waits ends when its turn comes."""
        self.aborted = self.state is State.WAITING
        if self.state is State.RUNNING and self.task is not None:
            self.task.cancel()

    async def follow(self, other: Job) -> Any:
        """Return the result of another job, whose progress this one shows meanwhile. Raises CallError as the other failed."""
        await self.set_progress(other.progress["percent"], other.progress["description"])
        other.wrapped.append(self)
        await other.done.wait()
        if other.failure is None or isinstance(other.failure, CallError):
            return await other.wait()
        raise CallError(str(other.failure)) from other.failure

    async def wait(self) -> Any:
        """Return the result once the job has ended, None for one that was aborted. Raises what the job failed with."""
        await self.done.wait()
        if self.failure is not None:
            raise self.failure
        return self.result

    def encoded(self) -> dict[str, Any]:
        """Return the job as `core.get_jobs` shows it."""
        failure = self.failure
        return {
            "id": self.id,
            # Before 25.10 there was no such key.
            **({} if self.message_ids is None else {"message_ids": list(self.message_ids)}),
            "method": self.method,
            "arguments": self.arguments,
            "transient": False,
            "description": None,
            "abortable": self.kind.abortable,
            "logs_path": f"/var/log/jobs/{self.id}.log" if self.kind.logs and self.state is not State.WAITING else None,
            "logs_excerpt": self.logs_excerpt,
            "progress": dict(self.progress),
            "result": self.result,
            "result_encoding_error": None,
            "error": None if failure is None else str(failure),
            "exception": None if failure is None else "".join(traceback.format_exception(failure)),
            "exc_info": None if failure is None else _exception_info(failure),
            "state": str(self.state),
            "time_started": self.started,
            "time_finished": self.finished,
            "credentials": self.caller,
        }

    def excerpt(self) -> str:
        """Return the first and the last lines of the log."""
        lines = "".join(self.log).splitlines(keepends=True)
        left_out = len(lines) - 2 * _SHOWN_LINES
        if left_out <= 0:
            return "".join(lines)
        head, tail = lines[:_SHOWN_LINES], lines[-_SHOWN_LINES:]
        return f"{''.join(head)}... {left_out} more lines ...\n{''.join(tail)}"


class Jobs:
    """All jobs since the start. `on_change` gets each job that is added or changed, with the kind of the event."""

    def __init__(self, on_change: Callable[[str, Job], Awaitable[None]]) -> None:
        self._on_change = on_change
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._waiting: dict[str, deque[tuple[Job, Callable[[Job], Awaitable[Any]]]]] = {}

    def all(self) -> list[Job]:
        """Return all jobs, oldest first."""
        return list(self._jobs.values())

    def get(self, number: int) -> Job | None:
        """Return the job of a number, or None."""
        return self._jobs.get(number)

    async def add(
        self,
        method: str,
        kind: Kind,
        params: list[Any],
        run: Callable[[Job], Awaitable[Any]],
        *,
        arguments: list[Any],
        caller: dict[str, Any] | None,
        message_ids: list[Any] | None,
    ) -> Job:
        """Start a job, or let it wait for its lock; where one waits already, that one is returned instead."""
        lock = kind.lock_name(params)
        queue = None if lock is None else self._waiting.get(lock)
        if queue:
            job = queue[-1][0]
            if message_ids and job.message_ids is not None:
                job.message_ids += message_ids
                await self._on_change("changed", job)
            return job
        job = Job(
            next(self._numbers), method, arguments, kind, caller, self._on_change, message_ids=message_ids, lock=lock
        )
        self._jobs[job.id] = job
        if queue is not None:
            queue.append((job, run))
            await self._on_change("added", job)
            return job
        if lock is not None:
            self._waiting[lock] = deque()
        await self._on_change("added", job)
        self._start(job, run)
        return job

    async def close(self) -> None:
        """End all jobs."""
        self._waiting.clear()
        tasks = [job.task for job in self.all() if job.task and not job.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, job: Job, run: Callable[[Job], Awaitable[Any]]) -> None:
        job.task = asyncio.create_task(self._run(job, run))

    async def _run(self, job: Job, run: Callable[[Job], Awaitable[Any]]) -> None:
        try:
            if job.aborted:
                raise asyncio.CancelledError
            job.state = State.RUNNING
            await self._on_change("changed", job)
            job.result = await run(job)
            outcome = State.SUCCESS
        except asyncio.CancelledError:
            outcome = State.ABORTED
        except Exception as error:
            outcome, job.failure = State.FAILED, error
        job.state, job.finished = outcome, datetime.now(UTC)
        if outcome is State.SUCCESS and job.progress["percent"] != 100:
            await job.set_progress(100)
        # Nobody has seen the end of the log before.
        if job.kind.logs and job.logs_excerpt is None:
            job.logs_excerpt = job.excerpt()
        self._release(job)
        job.done.set()
        await self._on_change("changed", job)

    def _release(self, job: Job) -> None:
        if job.lock is None or (queue := self._waiting.get(job.lock)) is None:
            return
        if queue:
            self._start(*queue.popleft())
        else:
            del self._waiting[job.lock]


def of_task(jobs: list[Job], methods: tuple[str, ...], task_id: int) -> Job | None:
    """Return the job a task shows: the last whose first argument is its id, but the one that runs before one that waits."""
    shown = None
    for job in jobs:
        mine = job.method in methods and job.arguments and job.arguments[0] == task_id
        if mine and not (shown and shown.state is State.RUNNING):
            shown = job
    return shown


def _exception_info(error: Exception) -> dict[str, Any]:
    number, extra, kind = None, None, type(error).__name__
    if isinstance(error, ValidationErrors):
        kind, extra = "VALIDATION", [[found.attribute, found.message, found.number] for found in error]
    elif isinstance(error, ValidationError):
        kind, number, extra = "VALIDATION", error.number, [[error.attribute, error.message, error.number]]
    elif isinstance(error, CallError):
        number, extra = error.number, error.extra
    return {"repr": repr(error), "type": kind, "errno": number, "extra": extra}
