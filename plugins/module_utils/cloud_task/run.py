# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a stored task now (truenas-api/tasks.md §1, §10).

The call has the ID as its only argument: the NAS queues runs by the last argument, and runs of different tasks with equal
options would share a queue.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.store import store_of
from ..errors import InvalidInput, NotPermitted, Problem, RunFailed, sentences
from ..nas.client import Nas
from ..nas.jobs import Following, Start, following
from ..protocol.jobs import ABORTED, FAILED, RUNNING, UNDER_WAY, Job
from ..timeouts import timeout_problems
from . import info, pending
from .find import find, subject, subject_problems
from .kind import CloudTaskKind
from .pending import Changes
from .run_errors import cause_of, first_error
from .stored import StoredTask, secrets_of
from .transfer import Transfer

MAX_RUN_TIME = 30 * 86400
"""Seconds that a task can wait for a run."""

ABORT_PATIENCE = 60.0
"""Seconds that an aborted run has to end."""

STARTED, JOINED = "started", "joined"
"""The actions: the task has started a run, or has found one that was already in progress."""


@dataclass(frozen=True)
class Runnable:
    """A kind of task that can run. `read` returns the data that a run has transferred."""

    kind: CloudTaskKind
    read: Callable[[Job], Transfer]

    @property
    def method(self) -> str:
        """The method that starts a run."""
        return f"{self.kind.type.service}.sync"


@dataclass(frozen=True)
class Options:
    """The options of a run: the task by its description or its ID, and how to wait for the end.

    `changes` has the tasks that earlier tasks of check mode would create, change, or delete.
    """

    description: str | None
    id: int | None
    wait: bool
    timeout: float
    abort: bool
    dry_run: bool = False
    changes: Changes = ()


def read(params: Mapping[str, Any], check_mode: bool) -> Options:
    """Return the options. Raises InvalidInput with all problems."""
    if problems := [*subject_problems(params), *_problems(params)]:
        raise InvalidInput(problems)
    return Options(
        params["description"],
        params["id"],
        params["wait"],
        params["run_timeout"],
        params["abort_on_timeout"],
        params.get("dry_run", False),
        pending.of(params, check_mode),
    )


def _problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    yield from timeout_problems("run_timeout", params["run_timeout"], MAX_RUN_TIME)
    for option in ("dry_run", "abort_on_timeout"):
        if params.get(option) and not params["wait"]:
            yield Problem(option, "requires wait: true", "Remove it, or set wait: true.")


def run(runnable: Runnable, options: Options, check_mode: bool, nas: Nas) -> dict[str, Any]:
    """Run a task and return the result. In check mode, starts nothing.

    Joins a run that is in progress. Raises NotFound, NotPermitted, InvalidInput for a locked task, RunFailed for a run that
    failed or did not end in time, and the errors of the connection.
    """
    entry = find(runnable.kind, options.description, options.id, nas, options.changes)
    act = _Run(runnable, options, entry, nas)
    act.check()
    if check_mode:
        return act.predicted()
    try:
        return act.execute()
    finally:
        # The stored task contains its last job.
        store_of(runnable.kind.engine, nas).clear()


class _Run:
    """One run of one task."""

    def __init__(self, runnable: Runnable, options: Options, entry: StoredTask, nas: Nas) -> None:
        self._runnable = runnable
        self._options = options
        self._entry = entry
        self._nas = nas
        number = "" if entry.is_pending else f" (id {entry.id})"
        self._title = f"{runnable.kind.type.naming.noun} {entry.name!r}{number}"
        job = entry.job or {}
        last = job.get("id")
        params: tuple[Any, ...] = (entry.id, {"dry_run": True}) if options.dry_run else (entry.id,)
        self._wanted = Start(runnable.method, params, last if isinstance(last, int) else 0)
        is_same = job.get("method") == runnable.method and job.get("arguments") == [*params]
        in_progress = is_same and job.get("state") in UNDER_WAY and isinstance(last, int)
        self._joined: int | None = last if in_progress else None

    def check(self) -> None:
        """Raise the error of a run that cannot succeed."""
        if missing := self._nas.missing_roles([self._runnable.kind.type.write_role]):
            raise NotPermitted(
                f"This account needs the role {' and '.join(missing)} to run the {self._title}. Use the API key of an account "
                "with that role."
            )
        if self._entry.locked and self._joined is None:
            reason = f"the dataset of the {self._title} is locked, so each run fails"
            option = "id" if self._options.description is None else "description"
            raise InvalidInput([Problem(option, reason, "Unlock the dataset first.")])

    def predicted(self) -> dict[str, Any]:
        """Return the result of check mode."""
        verb = "Would wait for the run that is in progress" if self._joined else "Would start a run"
        kind = " (dry run)" if self._options.dry_run else ""
        new = ", which an earlier task creates" if self._entry.is_pending else ""
        return {
            **self._result(),
            "changed": not self._options.dry_run,
            "msg": f"{verb}{kind} of the {self._title}{new}.",
        }

    def execute(self) -> dict[str, Any]:
        """Start or join the run, wait for it if asked, and return the result. Raises RunFailed."""
        with following(self._nas, self._wanted, self._report) as followed:
            number = followed.start() if self._joined is None else self._joined
            seconds = self._options.timeout if self._options.wait else 0
            job = followed.wait(number, time.monotonic() + seconds)
            if not job.has_ended and self._options.wait:
                job = self._overdue(followed, job)
        return self._ended(job)

    def _report(self, job: Job) -> None:
        if not job.has_ended:
            state = "waits for its turn" if job.state != RUNNING else "runs"
            done = "" if job.percent is None or job.state != RUNNING else f", {job.percent} % done"
            self._nas.running(f"{self._runnable.kind.type.naming.noun} {self._entry.name!r} {state}{done}")

    def _overdue(self, followed: Following, job: Job) -> Job:
        """Abort a run that did not end in time if asked. Return the job if it has ended by itself, or raise RunFailed."""
        late = f"The run of the {self._title} did not end within run_timeout ({self._options.timeout:g} s)"
        if not self._options.abort:
            remedy = f"The NAS continues it as job {job.id}. Raise run_timeout, or set wait: false"
        elif self._joined is not None or job.state != RUNNING:
            remedy = f"It was not aborted, because this task did not start the run in progress. Job {job.id} continues"
        else:
            self._nas.call(f"{self._runnable.kind.type.service}.abort", self._entry.id)
            job = followed.wait(job.id, time.monotonic() + ABORT_PATIENCE)
            if job.has_ended and job.state != ABORTED:
                return job
            remedy = "It was aborted" if job.has_ended else f"Job {job.id} was asked to abort, but still runs"
        raise RunFailed(sentences(late, remedy), self._result(job))

    def _ended(self, job: Job) -> dict[str, Any]:
        """Return the result of a job. Raises RunFailed if it failed or was aborted."""
        if job.state not in (FAILED, ABORTED):
            return self._result(job)
        what = f"The run of the {self._title}"
        if job.state == ABORTED:
            raise RunFailed(
                f"{what} was aborted on the NAS. Run the task again to start another run.", self._result(job)
            )
        credential = self._entry.credential
        hidden = [*secrets_of(self._runnable.kind.type.fields, self._entry)]
        text = first_error(job.log, job.error, hidden) or "no reason given"
        cause = cause_of(f"{text}\n{job.error}", self._entry.provider, credential.values if credential else {})
        message = sentences(f"{what} failed: {text}", cause.hint)
        raise RunFailed(message, {**self._result(job), "error": text, "cause": cause.name, "hint": cause.hint})

    def _result(self, job: Job | None = None) -> dict[str, Any]:
        options, entry = self._options, self._entry
        transfer = self._runnable.read(job) if job and job.has_ended else None
        may_have_changed = self._joined is None if transfer is None else transfer.changed
        if may_have_changed is None:
            may_have_changed = job is not None and job.state not in (FAILED, ABORTED)
        return {
            "changed": may_have_changed and not options.dry_run,
            "action": STARTED if self._joined is None else JOINED,
            "task": subject(entry),
            "job": info.shown_job(self._runnable.kind.type, entry, job.wire) if job else None,
            "transferred": {**transfer.shown} if transfer else None,
        }
