# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of a NAS: started once, followed by events, found again after a loss."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas import jobs
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.nas.jobs import Start, following
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import decode_error
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.jobs import Job, read
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.jsonrpc import Event
from tests.unit.session import DirectSession, Reopening

SYNC = "cloudsync.sync"
START = Start(SYNC, (5,), after=3)
LOST = errors.ConnectionLost("gone")


def row(number: int = 7, state: str = "RUNNING", **more: Any) -> dict[str, Any]:
    """Return a job as the NAS sends it."""
    return {"id": number, "method": SYNC, "arguments": [5], "state": state, **more}


def event(state: str, number: int = 7, word: str = "changed", **more: Any) -> Event:
    """Return an event of a job."""
    return Event("core.get_jobs", word, number, row(number, state, **more))


class JobNas(DirectSession, Reopening):
    """A NAS with these jobs. `replies` come to the calls that start one, in turn."""

    def __init__(self, *rows: dict[str, Any], replies: tuple[Any, ...] = (7,)) -> None:
        super().__init__()
        self.rows = [*rows]
        self.replies = [*replies]
        self.filters: list[Any] = []
        self.opened = 0
        self.api_version = None
        self.roles = None

    def may(self, role: str) -> bool:
        """The account has every role."""
        return True

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call, or raise."""
        self.calls.append(method)
        if method == "core.get_jobs":
            self.filters.append(params[0])
            tests: dict[str, Callable[[Any, Any], bool]] = {"=": lambda a, b: a == b, ">": lambda a, b: a > b}
            return [one for one in self.rows if all(tests[how](one[name], value) for name, how, value in params[0])]
        answer = self.replies.pop(0)
        if isinstance(answer, errors.TrueNASError):
            self.broken = isinstance(answer, errors.ConnectionLost)
            raise answer
        return answer

    def next_event(self, deadline: float) -> Event:
        """Return the next event; one that is an error breaks the connection."""
        try:
            return super().next_event(deadline)
        except errors.ConnectionLost:
            self.broken = True
            raise

    def open(self) -> JobNas:
        """Log in again."""
        self.opened += 1
        self.broken = False
        return self


def run(session: JobNas, seconds: float = 10, wanted: Start = START) -> tuple[Job, list[str]]:
    """Start a job and wait for it. Return it with the states that became known."""
    states: list[str] = []
    with following(Nas(session, session), wanted, lambda job: states.append(job.state)) as job:
        return job.wait(job.start(), time.monotonic() + seconds), states


def test_a_job_that_sends_events_is_never_queried() -> None:
    session = JobNas()
    session.events.extend(
        [
            event("SUCCESS", 6),
            Event("cloudsync.query", "changed", 7, {"id": 7}),
            event("WAITING", word="added"),
            event("RUNNING"),
            event("RUNNING", 8),
            event("SUCCESS", logs_excerpt="done"),
        ]
    )
    job, states = run(session)
    assert (job.state, job.log, states) == ("SUCCESS", "done", ["WAITING", "RUNNING", "SUCCESS"])
    assert session.calls == ["core.subscribe", SYNC, "core.unsubscribe"]


def test_a_job_without_an_event_is_queried_once() -> None:
    session = JobNas(row(state="FAILED", error="no"))
    job, states = run(session)
    assert (job.error, states, session.calls.count("core.get_jobs")) == ("no", ["FAILED"], 1)


def test_an_api_path_that_lacks_the_query_of_jobs_starts_them_nevertheless() -> None:
    """See truenas-api/wire.md, corrections to §4 and §8."""

    class Older(JobNas):
        def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
            if method == "core.get_jobs":
                reason = "API version 'v25.04.2' does not contain model 'CoreGetJobsResult'"
                raise decode_error({"code": -32001, "data": {"error": 22, "reason": reason}}, method)
            return super().call(method, *params, timeout=timeout)

    with pytest.raises(errors.ServerFault, match=r"api_version .*core\.get_jobs.* The NAS continues the job 7\."):
        run(Older())
    told = Older()
    told.events.extend([event("RUNNING", word="added"), event("SUCCESS")])
    assert run(told)[0].state == "SUCCESS", "events are enough"


def test_after_a_lost_connection_the_job_is_looked_up_and_not_started_again() -> None:
    session = JobNas(row(state="SUCCESS"))
    session.events.extend([event("RUNNING"), LOST])
    job, _states = run(session)
    assert (job.state, session.opened) == ("SUCCESS", 1)
    assert session.calls.count(SYNC) == 1
    assert session.filters == [[["id", "=", 7]]]


@pytest.mark.parametrize("lost", [LOST, errors.TimedOut("late")])
def test_after_a_lost_reply_the_job_is_found_and_not_started_again(lost: errors.TrueNASError) -> None:
    others = [row(2), {**row(8), "arguments": [6]}, {**row(9), "arguments": [5, {"dry_run": True}]}]
    session = JobNas(*others, row(7, "SUCCESS"), replies=(lost,))
    job, _states = run(session)
    assert (job.id, job.state, session.calls.count(SYNC)) == (7, "SUCCESS", 1)
    assert session.filters[0] == [["method", "=", SYNC], ["id", ">", 3]]


def test_a_lost_reply_without_a_job_is_an_error_that_asks_to_look() -> None:
    session = JobNas(row(3), replies=(LOST, 9))
    with pytest.raises(errors.ConnectionLost, match="no job of it was found"):
        run(session)
    assert session.calls.count(SYNC) == 1


def test_the_end_of_the_subscription_is_mended() -> None:
    session = JobNas(row(state="SUCCESS"))
    session.events.extend([event("RUNNING"), Event("core.get_jobs", "unsubscribed")])
    assert run(session)[0].state == "SUCCESS"
    assert session.calls.count("core.subscribe") == 2


def test_a_connection_that_breaks_again_and_again_is_given_up() -> None:
    session = JobNas(row())
    session.events.extend([LOST] * 20)
    with pytest.raises(errors.ConnectionLost, match="continues the job 7"):
        run(session)
    assert session.opened == jobs.MAX_RECONNECTS


def test_the_deadline_returns_the_job_as_it_is() -> None:
    session = JobNas()
    session.events.append(event("RUNNING", progress={"percent": 42.0, "description": "1 / 2"}))
    job, _states = run(session, seconds=0)
    assert (job.has_ended, job.percent, job.activity) == (False, 42, "1 / 2")


def test_after_a_long_silence_the_job_is_queried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MAX_SILENCE", 0)
    session = JobNas(row(state="SUCCESS"))
    session.events.append(event("RUNNING"))
    assert run(session)[0].state == "SUCCESS"


def test_without_the_right_to_subscribe_the_job_is_queried(monkeypatch: pytest.MonkeyPatch) -> None:
    session = JobNas(row())
    refused = errors.NotPermitted("no")

    def refuse(collection: str) -> None:
        session.calls.append("core.subscribe")
        raise refused

    def silence(deadline: float) -> Event:
        session.rows = [row(state="SUCCESS")]
        assert deadline < time.monotonic() + jobs.PAUSE
        raise errors.TimedOut("nothing comes")

    monkeypatch.setattr(session, "subscribe", refuse)
    monkeypatch.setattr(session, "next_event", silence)
    job, states = run(session)
    assert (job.state, states, session.calls.count("core.subscribe")) == ("SUCCESS", ["SUCCESS"], 1)


def test_the_job_of_another_call_is_neither_waited_for_nor_taken_for_ours() -> None:
    session = JobNas({**row(), "arguments": [6, {"dry_run": True}]})
    wanted = Start(SYNC, (5, {"dry_run": True}))
    with pytest.raises(errors.ServerFault, match=r"job 7.*Nothing was started"):
        run(session, wanted=wanted)


@pytest.mark.parametrize("rows", [[], [{**row(), "method": "pool.scrub"}]])
def test_a_job_that_the_nas_does_not_list_has_gone(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(errors.ServerFault, match="does not list the job 7"):
        run(JobNas(*rows))


@pytest.mark.parametrize("answer", [None, True, "7"])
def test_an_answer_that_is_not_an_id_is_an_error(answer: Any) -> None:
    with pytest.raises(errors.ServerFault, match="ID of a job"):
        run(JobNas(replies=(answer,)))


@pytest.mark.parametrize("fields", [None, {}, {"id": 1, "method": "m", "state": "S"}])
def test_something_else_is_not_a_job(fields: Any) -> None:
    with pytest.raises(errors.ServerFault, match="did not answer with a job"):
        read(fields)


@pytest.mark.parametrize("progress", [None, {}, {"percent": None}, {"percent": True}])
def test_progress_can_be_unknown(progress: Any) -> None:
    job = read(row(progress=progress))
    assert (job.percent, job.activity) == (None, "")
