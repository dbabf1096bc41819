# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub brings together the workers that need the same NAS and account."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import Precomputed
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.transport.address import Address
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session import hub as hub_file
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.frames import OPEN, Reader, frame
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.hub import Hub, is_worker, order, read_order
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.wire import BrokerGone, BrokerWire
from tests.unit.shared_session.test_broker import ROLES, Nas

TARGET = Connection(Address("nas.example.net", 443), Account("automation", api_key="1-hush-canary"), 60)
Opening = Callable[[Connection, Callable[[str], None]], Any]


class Opened:
    """A session that has just logged in."""

    def __init__(self) -> None:
        self.wire = Nas()
        self.roles = ROLES


class Place:
    """A hub in a thread, and the logins that it makes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: list[Opened] = []
        self.opening: Opening = lambda target, waiting: Opened()
        self._path = str(folder / "s")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._path)
        self._listener.listen(128)
        monkeypatch.setattr(hub_file, "Channel", Nas)
        monkeypatch.setattr(Connection, "open", self._open)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        # The tests are children of the same process as this thread.
        Hub(self._listener, os.getppid()).run()

    def _open(self, waiting: Callable[[str], None] = lambda line: None) -> Any:
        opened = self.opening(TARGET, waiting)
        self.opened.append(opened)
        return opened

    def connect(self) -> socket.socket:
        """Return a socket to the hub."""
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._path)
        return connection

    def join(self, name: str = "a", show: Callable[[str], None] = lambda line: None) -> Session:
        """Return the session of a new worker."""
        connection = self.connect()
        connection.sendall(order(name, TARGET))
        wire = BrokerWire(connection, "wss://nas")
        hello = wire.greet(time.monotonic() + 5, show)
        return Session(wire, None, 5, roles=hello.roles, first_id=hello.first_id, dialect=hello.dialect)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A hub."""
    return Place(tmp_path, monkeypatch)


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    """Return the results or errors of a function that threads call at the same time."""
    results: list[Any] = []

    def one() -> None:
        try:
            results.append(act())
        except errors.TrueNASError as error:
            results.append(error)

    threads = [threading.Thread(target=one) for _index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return results


def test_workers_that_need_the_same_share_a_login_and_others_do_not(place: Place) -> None:
    def slow(target: Connection, waiting: Callable[[str], None]) -> Opened:
        time.sleep(0.2)
        return Opened()

    place.opening = slow
    sessions = at_once(20, lambda: place.join("a"))
    other = place.join("b")
    assert len(place.opened) == 2
    assert [session.call("m") for session in (*sessions, other)] == ["m"] * 21
    assert {len(opened.wire.requests) for opened in place.opened} == {20, 1}


def test_a_failed_login_is_reported_to_all_who_wait_and_the_next_one_tries_again(place: Place) -> None:
    attempts: list[int] = []

    def fail(target: Connection, waiting: Callable[[str], None]) -> Opened:
        attempts.append(1)
        time.sleep(0.3)
        raise errors.AuthenticationError("wrong key")

    place.opening = fail
    results = at_once(8, place.join)
    assert {(type(error), str(error)) for error in results} == {(errors.AuthenticationError, "wrong key")}
    assert len(attempts) == 1
    place.opening = lambda target, waiting: Opened()
    assert place.join().call("m") == "m"


def test_a_defect_in_the_login_leaves_no_worker_waiting(place: Place) -> None:
    def fail(target: Connection, waiting: Callable[[str], None]) -> Opened:
        raise ZeroDivisionError("hush-canary")

    place.opening = fail
    with pytest.raises(errors.ServerFault, match="shared login failed: ZeroDivisionError") as caught:
        place.join()
    assert "canary" not in str(caught.value)


def test_the_progress_of_a_login_reaches_the_workers(place: Place) -> None:
    def wait(target: Connection, waiting: Callable[[str], None]) -> Opened:
        time.sleep(0.2)
        waiting("the NAS limits logins")
        return Opened()

    place.opening = wait
    lines: list[str] = []
    at_once(3, lambda: place.join(show=lines.append))
    assert lines == ["the NAS limits logins"] * 3


def test_after_a_lost_connection_the_next_worker_logs_in(place: Place) -> None:
    session = place.join()
    place.opened[0].wire.say(errors.ConnectionLost("The NAS restarts."))
    with pytest.raises(errors.ConnectionLost, match="restarts"):
        session.call("m")
    assert place.join().call("m") == "m"
    assert len(place.opened) == 2


@pytest.mark.parametrize(
    "message", [b"x" * 100, frame(b"Q", b"{}"), frame(OPEN, b"{}"), frame(OPEN, b"[1]"), frame(OPEN, b"\xff"), b""]
)
def test_a_worker_that_does_not_say_what_it_needs_is_cut_off(place: Place, message: bytes) -> None:
    with place.connect() as connection:
        connection.settimeout(5)
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert place.join().call("m") == "m"


@pytest.mark.parametrize(
    "account",
    [
        Account("automation", api_key="1-hush-canary", mechanism="scram", bind_channel=False),
        Account("automation", api_key=Precomputed.of(f"1-{'x' * 64}", b"salt", 1)),
        Account("automation", password="hush-canary", otp="012345"),
    ],
)
def test_an_order_contains_the_whole_login(account: Account) -> None:
    address = Address("nas", 444, plaintext=True, validate_certs=False, ca_path="/ca", api="v26.0.0")
    target = Connection(address, account, 12.5, or_plaintext=True, connect_within=3)
    [(_kind, body)] = Reader().feed(order("name", target))
    name, found = read_order(body)
    assert (name, found, found.connect_within) == ("name", target, 3)


def test_another_process_tree_is_not_served(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        client.connect(str(tmp_path / "s"))
        with listener.accept()[0] as accepted:
            assert is_worker(accepted, os.getppid())
            assert not is_worker(accepted, os.getpid())
            assert not is_worker(accepted, 1 if os.getppid() != 1 else 2)


def test_a_hub_that_ends_before_it_answers_is_gone() -> None:
    near, far = socket.socketpair()
    far.close()
    with pytest.raises(BrokerGone):
        BrokerWire(near, "wss://nas").greet(time.monotonic() + 5)
