# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs, whatever they do (truenas-api/tasks.md §10, wire.md §2 and §7; upstream job.py, service/core_service.py,
plugins/auth.py)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.simulator import dispatch
from tests.simulator.accounts import ADMIN_ROLES, READER_ROLES, Credential, Token
from tests.simulator.errors import CallError, InstanceNotFound, ValidationErrors
from tests.simulator.jobs import Job, Jobs, Kind
from tests.simulator.methods import Call
from tests.simulator.nas import Session
from tests.unit.older_nas import OlderNas

ADMIN = Credential("API_KEY", "automation", ADMIN_ROLES, key_id=1)
READER = Credential("API_KEY", "automation", READER_ROLES, key_id=2)
OTHER = Credential("UNIX_SOCKET", "other", READER_ROLES)
CALLER = {"type": "API_KEY", "data": {"username": "automation"}}


class Line:
    """Jobs, and what whoever listens gets."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.jobs = Jobs(self._hear)

    async def _hear(self, word: str, job: Job) -> None:
        self.heard.append((word, job.encoded()))

    async def add(self, run: Callable[[Job], Awaitable[Any]], kind: Kind | None = None, **more: Any) -> Job:
        more = {"arguments": [1], "caller": CALLER, "message_ids": [], **more}
        return await self.jobs.add("a.b", kind or Kind(), [1], run, **more)


async def _nothing(_job: Job) -> None:
    """Succeed."""


async def _forever(_job: Job) -> None:
    await asyncio.Event().wait()


def test_the_log_is_read_after_the_last_progress() -> None:
    async def play() -> Line:
        line = Line()
        job = await line.add(_nothing, Kind(logs=True))
        await job.done.wait()
        await asyncio.sleep(0)
        return line

    heard = asyncio.run(play()).heard
    shown = [
        (word, job["state"], job["progress"]["percent"], job["logs_excerpt"], job["time_finished"] is not None)
        for word, job in heard
    ]
    assert shown == [
        ("added", "WAITING", 0, None, False),
        ("changed", "RUNNING", 0, None, False),
        ("changed", "SUCCESS", 100, None, True),
        ("changed", "SUCCESS", 100, "", True),
    ]


def test_every_job_that_runs_can_be_ended() -> None:
    async def play() -> str:
        job = await Line().add(_forever, Kind(abortable=False))
        while job.state != "RUNNING":
            await asyncio.sleep(0)
        job.abort()
        await job.done.wait()
        return job.state

    assert asyncio.run(play()) == "ABORTED"


def test_requests_that_get_the_same_job() -> None:
    async def play() -> tuple[Line, list[Job]]:
        line = Line()
        kind = Kind(lock="x")
        jobs = [await line.add(_forever, kind, message_ids=[number]) for number in (1, 2, "three")]
        jobs.append(await line.add(_forever, kind))
        await line.jobs.close()
        return line, jobs

    line, jobs = asyncio.run(play())
    assert [job.id for job in jobs] == [1, 2, 2, 2]
    changed = [job["message_ids"] for word, job in line.heard if word == "changed" and job["id"] == 2]
    assert changed == [[2, "three"]], "who gives no id changes nothing"


def test_a_job_that_waits_shows_the_progress_and_fails_as_a_call() -> None:
    async def play(error: Exception) -> tuple[list[Any], Exception | None]:
        line, go = Line(), asyncio.Event()

        async def fail(job: Job) -> None:
            await job.set_progress(7, "begun")
            await go.wait()
            await job.set_progress(50, "half")
            raise error

        first = await line.add(fail)
        await asyncio.sleep(0.01)
        second = await line.add(lambda job: job.follow(first))
        await asyncio.sleep(0.01)
        go.set()
        await second.done.wait()
        progress = [job["progress"]["percent"] for _word, job in line.heard if job["id"] == 2]
        return progress, second.failure

    errors = ValidationErrors()
    errors.add("x", "wrong")
    progress, failure = asyncio.run(play(errors))
    assert [*dict.fromkeys(progress)] == [0, 7, 50]
    assert str(failure) == "[EFAULT] [EINVAL] x: wrong\n"
    refused = CallError("no", 1)
    assert asyncio.run(play(refused))[1] is refused


def called(nas: OlderNas, session: Session, name: str, *params: Any, message_id: Any = 5) -> Any:
    """Return the result of a call over JSON-RPC."""
    method = dispatch.find(name, nas.nas.version)
    assert method is not None
    call = Call(nas.nas, session, nas.nas.version, message_id)
    return nas.runner.run(dispatch.invoke(call, method, [*params]))


def settled(nas: OlderNas) -> None:
    """Let all jobs end."""

    async def wait() -> None:
        await asyncio.gather(*(job.done.wait() for job in nas.nas.jobs.all()))

    nas.runner.run(wait())


@pytest.mark.parametrize("version", ["v25.04.0", "v25.04.2", "v25.10.0", "v26.0.0", "v27.0.0"])
def test_numbers_that_no_job_has(version: str) -> None:
    with OlderNas(version) as nas:
        session = Session("127.0.0.1", secure=True, credential=ADMIN)
        known = version >= "v25.10"
        with pytest.raises(InstanceNotFound if known else KeyError):
            called(nas, session, "core.job_abort", 99)
        assert called(nas, session, "core.job_wait", 99) == 1
        settled(nas)
        (job,) = called(nas, session, "core.get_jobs")
        if known:
            assert job["exc_info"]["extra"] == [[None, "Job with id 99 does not exist", 2]]
            assert job["message_ids"] == [5]
        else:
            assert "message_ids" not in job
        assert [*job["exc_info"]] == ["repr", "type", "errno", "extra"]
        shown = {"username": "automation", "login_at": ADMIN.login_at, "api_key": {"id": 1, "name": "automation"}}
        shown |= {"login_id": ADMIN.login_id} if version >= "v26" else {}
        assert job["credentials"] == {"type": "API_KEY", "data": shown}


@pytest.mark.parametrize("message_id", [None, 0, ""])
def test_ids_of_requests_that_python_takes_for_false(message_id: Any) -> None:
    with OlderNas("v26.0.0") as nas:
        session = Session("127.0.0.1", secure=True, credential=ADMIN)
        called(nas, session, "core.job_wait", 99, message_id=message_id)
        settled(nas)
        assert called(nas, session, "core.get_jobs")[0]["message_ids"] == []


def test_jobs_of_others() -> None:
    with OlderNas("v26.0.0") as nas:
        heard: list[str] = []

        def listening(credential: Credential | None) -> Session:
            async def hear(_method: str, _event: dict[str, Any]) -> None:
                heard.append(credential.username if credential else "nobody")

            session = Session("127.0.0.1", secure=True, credential=credential, notify=hear)
            session.subscriptions["s"] = "core.get_jobs"
            nas.nas.sessions.add(session)
            return session

        reader, other, admin = listening(READER), listening(OTHER), listening(ADMIN)
        listening(None)
        number = called(nas, reader, "core.job_wait", 99)
        settled(nas)
        assert {*heard} == {"automation"}, "neither who may not see it nor who has logged out hears of it"
        for session, seen in ((reader, 1), (other, 0), (admin, 1)):
            assert called(nas, session, "core.get_jobs", [], {"count": True}) == seen
        for method, params in (("core.job_abort", [number]), ("auth.generate_token", [600, {"job": number}])):
            with pytest.raises(CallError, match="Job is not owned by current session"):
                called(nas, other, method, *params)
        with pytest.raises(CallError, match="1: job is not suitable for download token"):
            called(nas, reader, "auth.generate_token", 600, {"job": number})
        with pytest.raises(CallError, match="99: job does not exist"):
            called(nas, reader, "auth.generate_token", 600, {"job": 99})


@pytest.mark.parametrize(("version", "has_it"), [("v25.04.2", False), ("v25.10.0", True)])
def test_results_in_place_of_numbers_came_with_25_10(version: str, has_it: bool) -> None:
    with OlderNas(version) as nas:
        session = Session("127.0.0.1", secure=True, credential=ADMIN)
        called(nas, session, "core.set_options", {"legacy_jobs": False, "py_exceptions": True})
        assert session.options == {"legacy_jobs": not has_it, "private_methods": False, "py_exceptions": True}


@pytest.mark.parametrize("single_use", [False, True])
def test_a_session_lasts_as_long_as_its_token_even_without_it(
    single_use: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Expiry is the ttl after the last use, of each session that is in with it (wire.md, corrections to §2)."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with OlderNas("v26.0.0") as nas:
        accounts = nas.nas.accounts
        text = accounts.new_token(ADMIN, ttl=10, attributes={}, origin=None, single_use=single_use)
        sessions = [Session("a", secure=True, credential=accounts.of_token(text, "a")) for _turn in range(2)]
        assert [session.credential is None for session in sessions] == [False, single_use]
        first = sessions[0]
        assert first.credential is not None
        assert isinstance(first.credential.token, Token)
        shown = first.credential.shown("v26.0.0")["data"]
        assert {*shown} == {"username", "login_id", "parent"}
        assert shown["parent"] == {"credentials": "API_KEY", "credentials_data": ADMIN.shown("v26.0.0")["data"]}
        now[0] = 9
        if not single_use:
            assert accounts.of_token(text, "a"), "a login does not prolong it"
        assert first.credential.token.last_used == 0
        first.refresh(accounts)
        now[0] = 18
        first.refresh(accounts)
        assert first.credential is not None, "each message prolongs it"
        if not single_use:
            sessions[1].logout(accounts)
            assert accounts.of_token(text, "a") is None
        now[0] = 27
        first.refresh(accounts)
        assert first.credential is not None, "it goes on without the token"
        now[0] = 38
        first.refresh(accounts)
        assert first.credential is None
