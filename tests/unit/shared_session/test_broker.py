# SPDX-License-Identifier: GPL-3.0-or-later
"""The broker between workers and one NAS, over real Unix sockets."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import JSON_RPC
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session import broker as broker_file
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.broker import Broker
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.frames import REQUEST, frame
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.wire import BrokerGone, BrokerWire

ROLES = frozenset({"CLOUD_SYNC_WRITE"})


class Nas:
    """The far end of the connection: answers each request with its method, when `serve` lets it."""

    dialect = JSON_RPC

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._texts: deque[str | errors.TrueNASError] = deque()
        self.heard = self.pinged = time.monotonic()
        self.requests: list[dict[str, Any]] = []
        self.serve: Callable[[dict[str, Any]], None] = self.answer
        self.answers_pings = True

    def answer(self, request: dict[str, Any], result: Any = None) -> None:
        """Answer a request."""
        self.say({"jsonrpc": "2.0", "id": request["id"], "result": result or request["method"]})

    def say(self, message: dict[str, Any] | errors.TrueNASError) -> None:
        """Send a message, or end the connection with an error."""
        self._texts.append(message if isinstance(message, errors.TrueNASError) else json.dumps(message))
        self._far.send(b".")

    def send(self, text: str) -> None:
        """Take a request."""
        self.requests.append(json.loads(text))
        self.serve(self.requests[-1])

    def receive(self, deadline: float) -> str:
        """Return the next message."""
        self._near.recv(1)
        self.heard = time.monotonic()
        text = self._texts.popleft()
        if isinstance(text, errors.TrueNASError):
            raise text
        return text

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._near.fileno()

    def has_data(self) -> bool:
        """Nothing is decrypted ahead."""
        return False

    def keep_alive(self) -> None:
        """The tests are short."""

    def ping(self) -> None:
        """Answer, or not."""
        self.pinged = time.monotonic()
        if self.answers_pings:
            self.heard = self.pinged


class Running:
    """A broker in a thread, and workers that join it."""

    def __init__(self) -> None:
        self.nas = Nas()
        self.broker = Broker(self.nas, ROLES)
        self.error: errors.TrueNASError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.broker.run()
        except errors.TrueNASError as error:
            self.error = error
            self.broker.tell(error)

    def connect(self) -> socket.socket:
        """Return a socket to the broker."""
        near, far = socket.socketpair()
        self.broker.add(far)
        return near

    def join(self, timeout: float = 5) -> Session:
        """Return the session of a new worker."""
        wire = BrokerWire(self.connect(), "wss://nas")
        hello = wire.greet(time.monotonic() + 5)
        return Session(wire, None, timeout, roles=hello.roles, first_id=hello.first_id, dialect=hello.dialect)

    def end(self) -> None:
        """End the connection to the NAS."""
        self.nas.say(errors.ConnectionLost("over"))
        self._thread.join(5)
        assert not self._thread.is_alive()


@pytest.fixture
def running() -> Iterator[Running]:
    """A broker whose NAS answers at once."""
    started = Running()
    yield started
    if started.error is None:
        started.end()


def test_workers_share_a_login_and_get_their_own_replies(running: Running) -> None:
    sessions = [running.join() for number in range(70)]
    assert {session.roles for session in sessions} == {ROLES}
    for index, session in enumerate(sessions):
        assert session.call(f"method{index}") == f"method{index}"
    assert len({request["id"] for request in running.nas.requests}) == 70


def test_replies_that_are_larger_than_the_buffer_of_a_socket_arrive(running: Running) -> None:
    large = "x" * 20_000_000
    running.nas.serve = lambda request: running.nas.answer(request, large)
    session, other = running.join(), running.join()
    assert session.call("large") == large
    running.nas.serve = running.nas.answer
    assert other.call("small") == "small"


def test_a_worker_that_does_not_read_delays_no_other(running: Running) -> None:
    stalled = running.join()
    running.nas.serve = lambda request: running.nas.answer(request, "x" * 5_000_000)
    request = json.dumps({"id": 1_000_000_000, "method": "large"}).encode()
    stalled.wire._write(frame(REQUEST, request))  # type: ignore[attr-defined]  # the wire that is behind the protocol class
    running.nas.serve = running.nas.answer
    other = running.join()
    for _number in range(20):
        assert other.call("small") == "small"
    stalled.wire.close()
    assert other.call("small") == "small"


def test_calls_above_the_limit_of_the_nas_wait_and_their_timeout_with_them(running: Running) -> None:
    held: list[dict[str, Any]] = []
    running.nas.serve = held.append
    busy, late = running.join(), running.join(timeout=1)
    results: dict[str, Any] = {}
    calls = [Call("slow", (index,)) for index in range(10)]
    first = threading.Thread(target=lambda: results.update(busy=busy.call_all(calls)))
    first.start()
    while len(held) < 10:
        time.sleep(0.01)
    second = threading.Thread(target=lambda: results.update(late=late.call("quick")))
    second.start()
    time.sleep(1.3)
    assert len(held) == 10
    for request in held[:10]:
        running.nas.answer(request)
    while len(held) < 11:
        time.sleep(0.01)
    running.nas.answer(held[10])
    first.join(5)
    second.join(5)
    assert results == {"busy": ["slow"] * 10, "late": "quick"}


def test_a_worker_that_dies_in_the_middle_of_a_call_leaves_no_trace(running: Running) -> None:
    held: list[dict[str, Any]] = []
    running.nas.serve = held.append
    dying, other = running.join(), running.join()

    def call() -> None:
        with pytest.raises(errors.ConnectionLost):
            dying.call("slow")

    thread = threading.Thread(target=call)
    thread.start()
    while not held:
        time.sleep(0.01)
    with running.connect() as half:
        half.send(frame(REQUEST, b"x" * 100)[:20])
    dying.wire._socket.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]  # the wire that is behind the protocol class
    thread.join(5)
    running.nas.answer(held[0])
    running.nas.serve = running.nas.answer
    assert other.call("quick") == "quick"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"id": 1}', b'{"id": "x"}'])
def test_a_worker_that_talks_nonsense_is_cut_off(running: Running, body: bytes) -> None:
    with running.connect() as connection:
        connection.settimeout(5)
        connection.sendall(frame(REQUEST, body))
        while connection.recv(4096):
            pass
    assert running.join().call("quick") == "quick"


def test_the_end_of_the_connection_reaches_everyone_with_its_reason(running: Running) -> None:
    waiting, idle = running.join(), running.join()
    running.nas.serve = lambda request: running.nas.say(errors.Unreachable("The NAS does not allow this address."))
    for session in (waiting, idle):
        with pytest.raises(errors.Unreachable, match="does not allow"):
            session.call("any")
        assert session.broken


def test_a_session_that_the_nas_has_ended_is_given_up_for_everyone(running: Running) -> None:
    asking, idle = running.join(), running.join()
    data = {"error": 13, "reason": "[EACCES] Session is expired"}
    running.nas.serve = lambda request: running.nas.say({"id": request["id"], "error": {"code": -32001, "data": data}})
    with pytest.raises(errors.SessionEnded, match="has ended the session"):
        asking.call("any")
    # Nobody knows whether the calls of the others were refused.
    with pytest.raises(errors.ConnectionLost, match="has ended the session") as lost:
        idle.call("any")
    assert lost.type is errors.ConnectionLost
    assert asking.broken
    assert idle.broken
    assert isinstance(running.error, errors.SessionEnded)


def test_after_a_timeout_a_ping_finds_out_whether_the_nas_is_there(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_file, "PATIENCE", 0.2)
    monkeypatch.setattr(broker_file, "PAUSE", 0.05)
    running.nas.serve = lambda request: None
    session = running.join(timeout=0.1)
    with pytest.raises(errors.TimedOut):
        session.call("slow")
    time.sleep(0.5)
    assert not session.broken
    assert running.error is None, "the NAS answers pings, so the call is slow"
    running.nas.answers_pings = False
    with pytest.raises(errors.TimedOut):
        session.call("slow")
    time.sleep(0.5)
    with pytest.raises(errors.ConnectionLost, match="no longer answers"):
        session.call("any")


def test_ten_calls_that_timed_out_end_the_connection_which_ends_them(running: Running) -> None:
    running.nas.serve = lambda request: None
    session = running.join(timeout=0.2)
    outcomes = session.call_all([Call("slow")] * 10)
    assert {type(outcome) for outcome in outcomes} == {errors.TimedOut}
    with pytest.raises(errors.ConnectionLost, match="timed out"):
        session.call("any")


def test_a_notification_reaches_whoever_waits(running: Running) -> None:
    held: list[dict[str, Any]] = []
    running.nas.serve = held.append
    session, idle = running.join(), running.join()
    thread = threading.Thread(target=lambda: held.append({"result": session.call("job")}))
    thread.start()
    while not held:
        time.sleep(0.01)
    running.nas.say({"jsonrpc": "2.0", "method": "collection_update", "params": {}})
    running.nas.answer(held[0])
    thread.join(5)
    assert held[1] == {"result": "job"}
    idle.wire._socket.setblocking(False)  # type: ignore[attr-defined]  # the wire that is behind the protocol class
    with pytest.raises(BlockingIOError):
        idle.wire._socket.recv(1)  # type: ignore[attr-defined]  # the wire that is behind the protocol class


def test_the_events_of_a_subscription_reach_a_worker_without_a_call_until_it_ends_it(running: Running) -> None:
    listening, idle = running.join(), running.join()
    listening.subscribe("core.get_jobs")
    event = {"msg": "changed", "collection": "core.get_jobs", "id": 3, "fields": {"state": "RUNNING"}}
    running.nas.say({"jsonrpc": "2.0", "method": "collection_update", "params": event})
    assert listening.next_event(time.monotonic() + 5).fields == {"state": "RUNNING"}
    listening.unsubscribe("core.get_jobs")
    running.nas.say({"jsonrpc": "2.0", "method": "collection_update", "params": event})
    assert idle.call("any") == "any"
    for session in (listening, idle):
        session.wire._socket.setblocking(False)  # type: ignore[attr-defined]  # the wire that is behind the protocol class
        with pytest.raises(BlockingIOError):
            session.wire._socket.recv(1)  # type: ignore[attr-defined]  # the wire that is behind the protocol class


def test_a_broker_that_ends_before_it_greets_is_gone() -> None:
    near, far = socket.socketpair()
    far.close()
    with pytest.raises(BrokerGone):
        BrokerWire(near, "wss://nas").greet(time.monotonic() + 5)
