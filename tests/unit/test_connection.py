# SPDX-License-Identifier: GPL-3.0-or-later
"""Which NAS a task means, and what may not be asked of the connection."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    AuthenticationError,
    ConnectionLost,
    InvalidInput,
    RateLimited,
    StandbyNode,
    TimedOut,
    TLSError,
    Unreachable,
)
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import JSON_RPC
from ansible_collections.nasops.truenas.plugins.module_utils.transport.address import Address
from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel import Channel

KEY = f"12-{'aB3x' * 16}"
"""Of the form of an API key."""


def options(**given: Any) -> dict[str, Any]:
    """Return connection options, the rest at Ansible's defaults."""
    return {
        "host": "nas.example",
        "port": 443,
        "username": "automation",
        "api_key": "1-key",
        "password": None,
        "otp": None,
        "api_key_mechanism": "auto",
        "channel_binding": True,
        "validate_certs": True,
        "ca_path": None,
        "allow_plaintext": False,
        "timeout": 60.0,
        **given,
    }


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "wss://nas.example:443/api/current"),
        ({"port": 8443}, "wss://nas.example:8443/api/current"),
        ({"host": "::1"}, "wss://[::1]:443/api/current"),
        ({"host": "[fe80::1]"}, "wss://[fe80::1]:443/api/current"),
        ({"host": "https://nas.example:444"}, "wss://nas.example:444/api/current"),
        ({"host": "wss://nas.example", "allow_plaintext": True}, "wss://nas.example:443/api/current"),
        ({"host": "ws://nas.example", "allow_plaintext": True}, "ws://nas.example:80/api/current"),
        ({"host": "http://nas.example:81", "allow_plaintext": True}, "ws://nas.example:81/api/current"),
        ({"port": 6000, "allow_plaintext": True}, "wss://nas.example:6000/api/current"),
    ],
)
def test_addresses(given: dict[str, Any], url: str) -> None:
    assert connection.read(options(**given)).address.url == url


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"host": ""}, "host: must be a host name"),
        ({"host": "ftp://nas.example"}, "host: must be a host name"),
        ({"host": "nas example"}, "host: must be a host name"),
        ({"host": "nas/api"}, "host: must be a host name"),
        ({"host": "https://nas.example:99999"}, "host: must be a host name"),
        ({"host": "nas1:8443"}, "use port for the port"),
        ({"host": "wss://u:secret@nas"}, "host: must be a host name"),
        ({"host": "nas..example"}, "host: must be a host name"),
        ({"host": "https://nas/ui"}, "host: must be a host name"),
        ({"host": "https://nas:0"}, "port: must be a number from 1 to 65535"),
        ({"username": ""}, "username: must not be empty"),
        ({"api_key": None, "password": KEY}, "password: must be the password .* Set it as api_key instead"),
        ({"api_key": None, "password": f"{KEY}\n"}, "looks like an API key"),
        ({"timeout": float("inf")}, "timeout: must be a number of seconds"),
        ({"timeout": float("nan")}, "timeout: must be a number of seconds"),
        ({"port": 0}, "port: must be a number from 1 to 65535"),
        ({"port": 65536}, "port: must be a number from 1 to 65535"),
        ({"timeout": 0}, "timeout: must be a number of seconds"),
        ({"timeout": 86401}, "timeout: must be a number of seconds"),
        ({"api_key": None}, "both missing"),
        ({"password": "p"}, "cannot be combined"),
        ({"api_key": ""}, "api_key: must not be empty"),
        ({"api_key": "key"}, "api_key: must be a number, a dash, and the key"),
        ({"api_key": "1-"}, "api_key: must be a number, a dash, and the key"),
        ({"api_key": "1-key\n"}, "without spaces and line breaks"),
        ({"otp": "123456"}, "otp: requires password"),
        ({"api_key": None, "password": "p", "otp": "5349"}, "in quotes, because YAML"),
        ({"api_key": None, "password": "p", "otp": ""}, "otp: must have 6 to 8 digits"),
        ({"host": "ws://nas.example"}, "permanently revokes an API key"),
        ({"host": "http://nas.example", "api_key": None, "password": "p"}, "Remove http:// .* allow_plaintext"),
    ],
)
def test_refusals(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        connection.read(options(**given))


def test_the_task_wins_over_the_environment_and_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUENAS_API_KEY", "7-env")
    assert connection.read(options(api_key=None)).account.api_key == "7-env"
    account = connection.read(options(api_key=None, password="p")).account
    assert (account.api_key, account.password) == (None, "p")
    monkeypatch.setenv("TRUENAS_API_KEY", "")
    monkeypatch.setenv("TRUENAS_PASSWORD", "q")
    assert connection.read(options(api_key=None)).account.password == "q"


def test_a_code_from_the_environment_goes_with_a_password_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUENAS_OTP", "012345")
    assert connection.read(options()).account.otp is None
    assert connection.read(options(api_key=None, password="p")).account.otp == "012345"
    assert connection.read(options(api_key=None, password="p", otp="654321")).account.otp == "654321"


def test_connections_can_be_compared_and_kept() -> None:
    given = {"api_key": None, "password": "p", "otp": "012345", "api_key_mechanism": "scram", "channel_binding": False}
    one, same = connection.read(options(**given)), connection.read(options(**given))
    assert {one: "session"}[same] == "session"
    for name, value in (("otp", "012346"), ("api_key_mechanism", "plain"), ("channel_binding", True)):
        assert connection.read(options(**{**given, name: value})) != one


def test_a_ca_path_that_is_no_certificate(tmp_path: Any) -> None:
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("nothing")
    for path in (nonsense, tmp_path / "missing.pem"):
        with pytest.raises(TLSError, match=r"Could not read certificates.* Set it to a file or a folder on the host"):
            Address("h", 1, ca_path=str(path)).tls()
    assert Address("h", 1, ca_path=str(tmp_path)).tls() is not None
    assert Address("h", 1, plaintext=True).tls() is None


class Pair:
    """Stands in for logging in, by address: what there is answers with an exception or a session."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[Address] = []
        monkeypatch.setattr(connection.Connection, "_log_in", self.log_in)

    def log_in(self, address: Address, deadline: float, or_plaintext: bool) -> Any:
        """Answer as the address does."""
        assert not (self.asked and or_plaintext), "where one is sent to, TLS is a must"
        self.asked.append(address)
        answer = self.answers[address.url]
        if isinstance(answer, Exception):
            raise answer
        return answer


HERE = "wss://nas.example:443/api/current"


@pytest.mark.parametrize(
    ("urls", "there"),
    [
        (["192.0.2.2"], "wss://192.0.2.2:443/api/current"),
        (["fd00::2"], "wss://[fd00::2]:443/api/current"),
        (["https://other.example:8443"], "wss://other.example:8443/api/current"),
        (["https://other.example/"], "wss://other.example:443/api/current"),
    ],
)
def test_a_standby_node_is_left_for_the_active_one(
    monkeypatch: pytest.MonkeyPatch, urls: list[str], there: str
) -> None:
    pair = Pair(monkeypatch, {HERE: StandbyNode(urls), there: "session"})
    opened: Any = connection.read(options(ca_path="/ca.pem", allow_plaintext=True)).open()
    assert opened == "session"
    assert [address.url for address in pair.asked] == [HERE, there]
    assert {(address.validate_certs, address.ca_path, address.plaintext) for address in pair.asked} == {
        (True, "/ca.pem", False)
    }


def test_the_next_address_of_the_active_node_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = "wss://192.0.2.2:443/api/current", "wss://192.0.2.3:443/api/current"
    answers = {HERE: StandbyNode(["192.0.2.2", "192.0.2.3"]), first: TLSError("another host"), second: "session"}
    Pair(monkeypatch, answers)
    opened: Any = connection.read(options()).open()
    assert opened == "session"
    answers[second] = Unreachable("gone")
    with pytest.raises(Unreachable, match=r"nas\.example.* is the standby node of a pair\. gone"):
        connection.read(options()).open()


def test_two_standby_nodes_are_both_named_and_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    there = "wss://192.0.2.2:443/api/current"
    pair = Pair(monkeypatch, {HERE: StandbyNode(["192.0.2.2"]), there: StandbyNode(["nas.example"])})
    with pytest.raises(AuthenticationError, match=r"nas\.example.*192\.0\.2\.2"):
        connection.read(options()).open()
    assert len(pair.asked) == 2


@pytest.mark.parametrize("url", ["http://192.0.2.2", "ws://192.0.2.2", "ftp://192.0.2.2", "https://u:p@h", "", "a b"])
def test_a_login_is_not_sent_to_an_address_without_tls_or_none(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    pair = Pair(monkeypatch, {HERE: StandbyNode([url])})
    with pytest.raises(AuthenticationError, match=r"redirects to .*not a valid address"):
        connection.read(options()).open()
    assert len(pair.asked) == 1


def test_a_standby_node_that_names_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    Pair(monkeypatch, {HERE: StandbyNode([])})
    with pytest.raises(StandbyNode, match="standby node of a pair"):
        connection.read(options()).open()


@pytest.mark.parametrize(("host", "allowed"), [("nas.example", True), ("wss://nas.example", False)])
def test_whoever_writes_a_scheme_gets_no_other_one(host: str, allowed: bool) -> None:
    assert connection.read(options(host=host, allow_plaintext=True)).or_plaintext is allowed


def test_a_login_has_the_time_that_is_left_and_calls_have_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    monkeypatch.setattr(
        connection, "Channel", lambda address, timeout: SimpleNamespace(timeout=timeout, dialect=JSON_RPC)
    )
    monkeypatch.setattr(
        connection, "Session", lambda channel, account, timeout, log_in_by, dialect: (channel.timeout, timeout)
    )
    longest = connection.read(options(timeout=86400))
    for deadline, left in ((107.0, 7.0), (100.5, 0.5)):
        opened: Any = longest._open(deadline)
        assert opened == (left, 86400)


class Flaky:
    """Stands in for opening a session: fails as told, then succeeds; takes no time, but the clock goes on with each sleep."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *failures: Exception) -> None:
        self.failures = list(failures)
        self.attempts = 0
        self.begun: list[float] = []
        self.deadlines: list[float] = []
        self.clock = 0.0
        monkeypatch.setattr(connection.Connection, "_open", self.open)
        monkeypatch.setattr("time.sleep", self.sleep)
        monkeypatch.setattr("time.monotonic", lambda: self.clock)
        monkeypatch.setattr("secrets.randbelow", lambda limit: limit)

    def open(self, deadline: float) -> Any:
        """Fail or succeed."""
        self.attempts += 1
        self.begun.append(self.clock)
        self.deadlines.append(deadline)
        if self.failures:
            raise self.failures.pop(0)
        return "session"

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.clock += seconds


def test_a_busy_nas_and_a_broken_connection_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    flaky = Flaky(monkeypatch, RateLimited("busy"), ConnectionLost("reset"), RateLimited("busy"))
    told: list[str] = []
    opened: Any = connection.read(options()).open(told.append)
    assert opened == "session"
    assert (flaky.attempts, flaky.clock) == (4, 1 + 2 + 4)
    assert told == [f"the NAS limits logins; retrying for up to {left} seconds" for left in (80, 79, 77)], (
        "whoever waits is told before each new attempt"
    )


def test_a_lost_connection_is_retried_until_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    flaky = Flaky(monkeypatch, *[ConnectionLost("reset")] * 99)
    told: list[str] = []
    with pytest.raises(ConnectionLost):
        connection.read(options(timeout=10.0)).open(told.append)
    assert flaky.clock < 10
    assert flaky.attempts == 4
    assert flaky.deadlines == [10.0] * 4, "all attempts together have one timeout"
    assert told[0] == "login failed; retrying for up to 10 seconds"


@pytest.mark.parametrize("timeout", [2.0, 20.0, 60.0, 600.0])
def test_a_limit_is_waited_for_whatever_the_timeout_is(monkeypatch: pytest.MonkeyPatch, timeout: float) -> None:
    flaky = Flaky(monkeypatch, *[RateLimited("busy")] * 99)
    with pytest.raises(RateLimited):
        connection.read(options(timeout=timeout)).open()
    assert 70 <= flaky.clock <= 80
    assert 60.0 in flaky.begun, "one attempt when the window that refused the first one is over for certain"
    assert all(deadline == now + timeout for now, deadline in zip(flaky.begun, flaky.deadlines, strict=True))


def test_the_nas_is_asked_for_its_mechanisms_once(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [RateLimited("busy"), RateLimited("busy"), RateLimited("busy")]
    refusals[1].mechanism = "scram"
    used: list[str] = []

    def opened(self: connection.Connection, deadline: float) -> Any:
        used.append(self.account.mechanism)
        if refusals:
            raise refusals.pop(0)
        return "session"

    monkeypatch.setattr(connection.Connection, "_open", opened)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    connection.read(options()).open()
    assert used == ["auto", "auto", "scram", "scram"]


@pytest.mark.parametrize("error", [AuthenticationError("no"), Unreachable("refused"), TLSError("untrusted")])
def test_what_will_not_pass_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    flaky = Flaky(monkeypatch, error)
    with pytest.raises(type(error)):
        connection.read(options()).open()
    assert flaky.attempts == 1


@contextmanager
def answering(head: str) -> Iterator[int]:
    """A web server without TLS that answers one request with this head and no body; the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer = listener.accept()[0]
            with peer:
                peer.recv(4096)
                peer.sendall(f"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n".encode("latin-1"))

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


TO_TLS = "Remove ws:// from host"
ELSEWHERE = "Set host and port to the address of the NAS itself"


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://nas.example/", f"a redirect to TLS at https://nas.example. {TO_TLS}"),
        ("https://nas.example:8443/ui/", f"a redirect to TLS at https://nas.example:8443. {TO_TLS}"),
        ("http://proxy.example/login", f"a redirect to http://proxy.example. {ELSEWHERE}"),
        (
            "https://lab:hush-canary@nas.example/?key=hush-canary#hush-canary",
            "a redirect to TLS at https://nas.example.",
        ),
        ("/ui/sessions/signin", f"a redirect to /ui/sessions/signin. {ELSEWHERE}"),
        ("/ui/?token=hush-canary", f"a redirect to another address. {ELSEWHERE}"),
        ("/ui/\x1b[31m", f"a redirect to another address. {ELSEWHERE}"),
        ("//proxy.example/login", f"a redirect to http://proxy.example. {ELSEWHERE}"),
        ("https://nas.example:hush-canary/", f"a redirect to another address. {ELSEWHERE}"),
        ("https://\x1b[31mnas/", f"a redirect to another address. {ELSEWHERE}"),
        (None, f"a redirect to another address. {ELSEWHERE}"),
    ],
)
@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 X", "308 X"])
def test_a_redirect_reports_its_status_and_where_it_leads(status: str, location: str | None, told: str) -> None:
    head = f"{status}\r\nLocation: {location}" if location is not None else status
    with answering(head) as port, pytest.raises(Unreachable) as refused:
        Channel(Address("127.0.0.1", port, plaintext=True))
    assert f"HTTP status {status[:3]}, {told}" in str(refused.value)
    assert "hush-canary" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 429, 500, 502, 503])
def test_any_other_answer_reports_its_status(status: int) -> None:
    with answering(f"{status} X") as port, pytest.raises(Unreachable, match=f"with HTTP status {status}"):
        Channel(Address("127.0.0.1", port, plaintext=True))


FRAME = b"\x81\x7d" + b"x" * 125


@pytest.fixture
def trickling() -> Iterator[int]:
    """A WebSocket server without TLS that sends a message of 125 bytes at 50 a second, for a request; the port."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer = listener.accept()[0]
        with peer:
            request = peer.recv(4096).decode()
            key = request.lower().partition("sec-websocket-key: ")[2]
            key = request[len(request) - len(key) :].partition("\r\n")[0]
            accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())
            peer.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            peer.recv(4096)
            for number in range(len(FRAME)):
                if stop.wait(0.02):
                    return
                peer.sendall(FRAME[number : number + 1])
            stop.wait()

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    stop.set()
    thread.join()
    listener.close()


def test_a_reply_that_trickles_in_is_bounded_as_a_whole_and_not_lost(trickling: int) -> None:
    channel = Channel(Address("127.0.0.1", trickling, plaintext=True))
    assert channel.binding() is None, "without TLS there is nothing to bind to"
    channel.send("request")
    start = time.monotonic()
    with pytest.raises(TimedOut):
        channel.receive(start + 0.5)
    assert 0.5 <= time.monotonic() - start < 1.5
    with pytest.raises(TimedOut):
        channel.receive(start)
    assert channel.receive(start + 20) == "x" * 125, "what had come in is still there"
    start = time.monotonic()
    channel.close()
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("given", ["v25.10.0", "25.10.0"])
def test_an_older_api_can_be_asked_for(given: str) -> None:
    found = connection.read(options(api_version=given))
    assert (found.address.url, found.api_version) == ("wss://nas.example:443/api/v25.10.0", (25, 10, 0))


@pytest.mark.parametrize(("api", "used"), [(None, "auto"), ("v25.10.5", "plain"), ("v26.0.0", "auto")])
def test_an_older_api_has_no_words_for_scram(api: str | None, used: str) -> None:
    assert connection.read(options(api_version=api)).account.mechanism == used
    assert connection.read(options(api_version=api, api_key_mechanism="scram")).account.mechanism == "scram"


@pytest.mark.parametrize("given", ["", "current", "v24.10.2", "25.10", "v25.10.0/../x", "v26"])
def test_what_is_no_version_of_the_api_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput, match="api_version: must be an API version"):
        connection.read(options(api_version=given))


def test_the_options_of_a_connection_have_the_documented_defaults() -> None:
    assert {name: argument["default"] for name, argument in connection.ARGUMENTS.items() if "default" in argument} == {
        "port": 443,
        "api_key_mechanism": "auto",
        "channel_binding": True,
        "validate_certs": True,
        "allow_plaintext": False,
        "api": "auto",
        "via": "network",
        "timeout": 60,
        "share_session": True,
    }
