# SPDX-License-Identifier: GPL-3.0-or-later
"""A call that only reads is repeated once, within its timeout, if its connection breaks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.credential.kind import credentials
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.engine.store import unreadable
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.join import SharedOpener
from tests.simulator import Simulator
from tests.unit.fake_nas import FakeNas
from tests.unit.session import Reopening
from tests.unit.tasks import defaults, task

QUERY = "cloudsync.credentials.query"
LOST = errors.ConnectionLost("The connection was lost.")


class Breaking(FakeNas, Reopening):
    """A NAS whose connection breaks at the first of these calls, so many times, after so many seconds."""

    def __init__(self, method: str, times: int = 1, after: float = 0, **answers: Any) -> None:
        super().__init__(answers=answers)
        self.method, self.times, self.after = method, times, after
        self.opened: list[float] = []
        self.clock = 0.0
        self.api_version = None
        self.failure: errors.TrueNASError | None = None

    def each(self, calls: Any) -> Any:
        """Answer calls until the connection breaks."""
        for index, call in enumerate(calls):
            if call.method == self.method and self.times:
                self.times -= 1
                self.clock += self.after
                self.calls.append(call.method)
                raise LOST
            yield index, self.call(call.method, *call.params, timeout=call.timeout)

    def open(self) -> Any:
        """Fail as told, or go on."""
        if self.failure:
            raise self.failure
        return self

    def again(self, within: float) -> Any:
        """Remember the time that is left."""
        self.opened.append(within)
        return self.open()


def test_a_query_is_repeated_once_within_its_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    nas = Breaking(QUERY, after=20)
    monkeypatch.setattr(time, "monotonic", lambda: nas.clock)
    assert credentials(Nas(nas, nas)) == []
    assert (nas.calls, nas.opened) == ([QUERY, QUERY], [40])


@pytest.mark.parametrize(("times", "after"), [(2, 1), (1, 60), (1, 61)])
def test_a_query_that_breaks_twice_or_too_late_fails(monkeypatch: pytest.MonkeyPatch, times: int, after: float) -> None:
    nas = Breaking(QUERY, times, after)
    monkeypatch.setattr(time, "monotonic", lambda: nas.clock)
    with pytest.raises(errors.ConnectionLost):
        credentials(Nas(nas, nas))
    assert len(nas.calls) == times


def test_only_the_calls_without_a_reply_are_repeated() -> None:
    nas = Breaking("cloud_backup.query")
    calls = [Call("cloudsync.query"), Call("cloud_backup.query"), Call("system.version_short", timeout=7)]
    assert Nas(nas, nas).call_all(calls) == [[], [], "26.0.0"]
    assert nas.calls == ["cloudsync.query", "cloud_backup.query", "cloud_backup.query", "system.version_short"]
    assert 6 < nas.opened[0] < 7


@pytest.mark.parametrize(
    "method", ["cloudsync.credentials.create", "cloudsync.create_bucket", "cloudsync.sync", "auth.generate_token"]
)
def test_anything_else_is_never_repeated(method: str) -> None:
    nas = Breaking(method)
    for calls in ([Call(method)], [Call(QUERY), Call(method)]):
        nas.times = 1
        with pytest.raises(errors.ConnectionLost):
            Nas(nas, nas).call_all(calls)
    assert nas.opened == []
    assert nas.calls.count(method) == 2


@pytest.mark.parametrize(
    "method",
    [
        "cloudsync.credentials.query",
        "cloudsync.credentials.verify",
        "cloudsync.credentials.s3_provider_choices",
        "cloudsync.query",
        "cloudsync.providers",
        "cloudsync.list_buckets",
        "cloudsync.list_directory",
        "cloudsync.onedrive_list_drives",
        "cloud_backup.query",
        "cloud_backup.list_snapshots",
        "keychaincredential.query",
        "keychaincredential.used_by",
        "system.version_short",
    ],
)
def test_every_other_call_that_only_reads_is_repeated(method: str) -> None:
    nas = Breaking(method)
    nas.answers[method] = "answer"
    assert Nas(nas, nas).call(method) == "answer"
    assert nas.calls == [method, method]


@pytest.mark.parametrize("method", [QUERY, "cloudsync.sync"])
def test_a_call_that_an_ended_session_refused_is_repeated_whatever_it_is(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    nas = Breaking(method)
    nas.answers["cloudsync.sync"] = 7
    monkeypatch.setattr(__name__ + ".LOST", errors.SessionEnded("ended."))
    assert Nas(nas, nas).call(method) in (7, [])
    assert nas.calls == [method, method]
    nas.times = 1
    with pytest.raises(errors.SessionEnded):
        Nas(nas, nas).call_all([Call(method), Call("cloudsync.create_bucket")])


def test_a_write_whose_reply_is_lost_is_looked_at_and_not_repeated_blindly() -> None:
    nas = Breaking("cloudsync.credentials.create")
    result = ensure(KIND, task(b2={"account": "a", "key": "hush-canary"}, verify="never"), Nas(nas, nas), False)
    assert result["changed"] is True
    assert [entry["name"] for entry in nas.entries.values()] == ["offsite"]


def test_a_login_that_fails_then_is_reported_with_the_lost_connection() -> None:
    nas = Breaking(QUERY)
    nas.failure = errors.Unreachable("refused.")
    with pytest.raises(errors.ConnectionLost, match=r"was lost\. Connecting again failed: refused\."):
        credentials(Nas(nas, nas))


WAYS: dict[str, Callable[[connection.Connection], Any]] = {"own": lambda target: target, "shared": SharedOpener}


@pytest.mark.parametrize("way", WAYS)
def test_a_real_connection_that_is_cut_is_opened_again(way: str) -> None:
    with Simulator(version="25.10.0") as box:
        options = {"host": box.host, "port": box.port, "ca_path": box.ca_file, "username": box.user, "timeout": 10}
        opener = WAYS[way](connection.read({**defaults(connection.ARGUMENTS), **options, "api_key": box.api_key}))
        session = opener.open()
        session.wire._bounded.shutdown(2)
        nas = Nas(session, opener)
        assert credentials(nas) == []
        assert nas.session is not session
        nas.session.wire.close()  # type: ignore[attr-defined]  # the wire that is behind the protocol class


@pytest.mark.parametrize(("count", "end"), [(5, "row 4. Check"), (7, "row 4 and 2 more. Check")])
def test_the_error_about_unreadable_rows_names_the_first_ones_and_counts_the_others(count: int, end: str) -> None:
    assert end in str(unreadable("tasks", [f"row {number}" for number in range(count)]))
