# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are slow, endless, or rude cost a task its timeout and a clear error, and no memory."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.transport import bounded
from ansible_collections.nasops.truenas.plugins.module_utils.transport.address import Address
from tests.unit.hostile import Peer, closing, head, serving, target, text
from tests.unit.tasks import defaults

TIMEOUT = 1.0
LONG = b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Long: x\r\n" * 1000
CHOICES = {"jsonrpc": "2.0", "id": 1, "result": ["API_KEY_PLAIN"]}
WELCOME = {"jsonrpc": "2.0", "id": 2, "result": {"response_type": "SUCCESS"}}


def logs_in(peer: Peer) -> None:
    """Let a client in."""
    peer.upgrade()
    for reply in (CHOICES, WELCOME):
        peer.take()
        peer.put(text(json.dumps(reply)))


def slow_login(peer: Peer) -> None:
    """Send the answer to the login a byte at a time."""
    peer.upgrade()
    peer.trickle(text(json.dumps({**CHOICES, "padding": "x" * 1000})))


def pings_in_login(peer: Peer) -> None:
    """Send nothing but pings."""
    peer.upgrade()
    peer.trickle(head(0, 9) * 500)


def refusal(peer: Peer) -> None:
    """Refuse the upgrade, with a body that takes long."""
    peer.put(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 999999\r\n\r\n")
    peer.trickle(b"x" * 1000)


SLOW: dict[str, Callable[[Peer], None]] = {
    "upgrade": lambda peer: peer.trickle(LONG),
    "headers": lambda peer: (peer.put(LONG), peer.trickle(LONG))[0],  # type: ignore[func-returns-value]  # a tuple, to do two things
    "first line": lambda peer: peer.trickle(b"H" * 1000),
    "silence": lambda peer: peer.wait(),
    "refusal": refusal,
    "login": slow_login,
    "pings": pings_in_login,
}


@pytest.mark.parametrize("phase", SLOW)
def test_the_timeout_bounds_every_phase_together(phase: str) -> None:
    with serving(SLOW[phase]) as port:
        start = time.monotonic()
        with pytest.raises(errors.Unreachable) as failed:
            target(port, TIMEOUT).open()
        assert time.monotonic() - start < TIMEOUT + 1
    assert ("HTTP status 502" in str(failed.value)) == (phase == "refusal")


@pytest.mark.parametrize(
    "behave", [lambda peer: peer.wait(), lambda peer: peer.trickle(b"\x16\x03\x03\x40\x00" + b"x" * 999)]
)
def test_the_timeout_bounds_tls(behave: Callable[[Peer], None]) -> None:
    with serving(behave) as port:
        start = time.monotonic()
        with pytest.raises((errors.Unreachable, errors.TLSError)):
            target(port, TIMEOUT, "").open()
        assert time.monotonic() - start < TIMEOUT + 1


@pytest.mark.parametrize("proxy", ["", "http://proxy.example:3128"])
def test_the_timeout_bounds_the_resolver(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    done = threading.Event()
    real = socket.getaddrinfo

    def resolver(host: str, *rest: Any) -> Any:
        if socket.AI_NUMERICHOST in rest:
            return real(host, *rest)
        done.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", proxy)
    start = time.monotonic()
    options = {"host": "nas.example", "username": "u", "api_key": "1-hush-canary", "timeout": TIMEOUT}
    who = "through the proxy of the environment: proxy.example port 3128: its name" if proxy else "the host name"
    with pytest.raises(errors.Unreachable, match=f"{who} cannot be resolved"):
        connection.read({**defaults(connection.ARGUMENTS), **options}).open()
    done.set()
    assert time.monotonic() - start < TIMEOUT + 1


def test_the_timeout_bounds_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(lambda peer: peer.trickle(LONG)) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        start = time.monotonic()
        with pytest.raises(errors.Unreachable, match="through the proxy"):
            target(1, TIMEOUT, "").open()
        assert time.monotonic() - start < TIMEOUT + 1


def test_a_proxy_that_cannot_be_reached_is_named_and_not_the_nas(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://user:hush@127.0.0.1:{port}")
        reason = f"through the proxy of the environment: 127.0.0.1 port {port}: Connection refused. Check the proxy"
        with pytest.raises(errors.Unreachable, match=reason) as caught:
            target(1, TIMEOUT, "").open()
    assert "hush" not in str(caught.value)


def test_a_proxy_leads_to_the_nas_and_its_refusal_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def tunnel(peer: Peer) -> None:
        asked.append(peer.take())
        peer.put(b"HTTP/1.1 200 OK\r\n\r\n")
        logs_in(peer)
        peer.wait()

    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(tunnel) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        target(81).open().wire.close()
    assert asked[0].startswith(b"CONNECT 127.0.0.1:81 ")
    with serving(lambda peer: peer.put(b"HTTP/1.1 403 Forbidden\r\n\r\n")) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        with pytest.raises(errors.Unreachable, match=r"through the proxy of the environment: .*403"):
            target(81).open()


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_direct"),
    [
        ("nas.example", "NAS.example", True),
        (".example", "nas.example", True),
        ("a, nas.example", "nas.example", True),
        ("192.0.2.0/24", "192.0.2.9", True),
        ("*", "nas.example", True),
        ("nas.example:443", "nas.example", False),
        ("*.example", "nas.example", False),
        ("NAS.example", "nas.example", False),
    ],
)
def test_the_guide_explains_no_proxy(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, host: str, is_direct: bool
) -> None:
    asked: list[str] = []

    def reached(host: str, port: int, deadline: float) -> None:
        asked.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr(bounded, "_reached", reached)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    with pytest.raises(ConnectionRefusedError if is_direct else bounded.ProxyUnreachable):
        bounded.connect(host, 443, ssl.create_default_context(), 0)
    assert asked == [host if is_direct else "proxy.example"]


def test_a_list_of_redirects_is_followed_within_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def log_in(self: connection.Connection, address: Address, deadline: float, or_plaintext: bool) -> None:
        tried.append(address.host)
        if len(tried) == 1:
            raise errors.StandbyNode([f"192.0.2.{number}" for number in range(1, 26)])
        time.sleep(0.2)
        raise errors.TimedOut(address.host)

    monkeypatch.setattr(connection.Connection, "_log_in", log_in)
    start = time.monotonic()
    with pytest.raises(errors.Unreachable, match="is the standby node of a pair"):
        target(81, TIMEOUT).open()
    assert time.monotonic() - start < TIMEOUT + 1
    assert 2 < len(tried) < 10


@pytest.mark.parametrize("first", [b"", head(10, 9) + b"x" * 10])
def test_a_message_before_the_login_has_a_largest_size(first: bytes) -> None:
    def endless(peer: Peer) -> None:
        peer.upgrade()
        peer.put(first + head(8 << 30))
        peer.flood(b"x" * 65536)

    with serving(endless) as port:
        tracemalloc.start()
        with pytest.raises(errors.ServerFault, match="more than 1024 KiB"):
            target(port, 20).open()
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
        tracemalloc.stop()


def test_headers_have_a_largest_size() -> None:
    with (
        serving(lambda peer: peer.flood(b"X: " + b"y" * 65536)) as port,
        pytest.raises(errors.ServerFault, match="64 KiB"),
    ):
        target(port, 20).open()


@pytest.mark.parametrize(("size", "fits"), [(900_000, True), (1_100_000, False)])
def test_long_answers_to_a_login_are_read(size: int, fits: bool) -> None:
    def long(peer: Peer) -> None:
        peer.upgrade()
        peer.take()
        peer.put(text(json.dumps({**CHOICES, "result": ["x" * size]})))
        peer.take()
        peer.put(text(json.dumps(WELCOME)))

    with serving(long) as port:
        if fits:
            target(port, 20).open().wire.close()
        else:
            with pytest.raises(errors.ServerFault):
                target(port, 20).open()


@pytest.mark.parametrize(("size", "fits"), [(8 << 20, True), (33 << 20, False)])
def test_a_reply_after_the_login_has_a_largest_size(size: int, fits: bool) -> None:
    def long(peer: Peer) -> None:
        logs_in(peer)
        peer.take()
        peer.put(text(json.dumps({"jsonrpc": "2.0", "id": 3, "result": "x" * size})))

    with serving(long) as port, target(port, 20).open() as session:
        if fits:
            assert len(session.call("core.ping")) == size
        else:
            with pytest.raises(errors.ServerFault, match=f"more than {bounded.MAX_SIZE_AFTER_LOGIN >> 10} KiB"):
                session.call("core.ping")
            assert session.broken


def pong(peer: Peer) -> None:
    """Answer a ping."""
    logs_in(peer)
    peer.take()
    peer.take()
    peer.put(head(0, 10))
    peer.wait()


def silent(peer: Peer) -> None:
    """Let a client in, and say nothing more."""
    logs_in(peer)
    peer.wait()


@pytest.mark.parametrize(("behave", "is_there"), [(pong, True), (silent, False)])
def test_a_nas_that_no_longer_answers_is_found_out_within_a_moment(
    behave: Callable[[Peer], None], is_there: bool
) -> None:
    with serving(behave) as port, target(port, 0.2).open() as session:
        assert session.wire.answers(), "it has answered the last message"
        start = time.monotonic()
        with pytest.raises(errors.TimedOut):
            session.call("core.ping")
        assert session.wire.answers() is is_there
        assert time.monotonic() - start < 0.2 + bounded.MOMENT + 0.5


@pytest.mark.parametrize(
    ("code", "reason", "kind", "told"),
    [
        (1000, "", errors.ConnectionLost, "(code 1000)"),
        (
            1001,
            "Server\x1b[31m is\n::error::restarting",
            errors.ConnectionLost,
            "(code 1001, Server\ufffd[31m is : :error::",
        ),
        (1011, "Internal\u202eerror", errors.ConnectionLost, "(code 1011, Internal\ufffderror)"),
        (4000, "x" * 100, errors.ConnectionLost, f"(code 4000, {'x' * 100})"),
        (1008, "You are not allowed", errors.Unreachable, "allowed addresses of the NAS"),
    ],
)
def test_a_closed_connection_gives_its_code_and_reason(
    code: int, reason: str, kind: type[Exception], told: str
) -> None:
    def closes(peer: Peer) -> None:
        logs_in(peer)
        peer.take()
        peer.put(closing(code, reason))
        peer.wait()

    with serving(closes) as port, target(port).open() as session:
        with pytest.raises(kind, match=re.escape(told)) as lost:
            session.call("core.ping")
        assert str(code) in str(lost.value)
        assert str(lost.value).isprintable()


def test_a_connection_that_is_closed_without_a_code() -> None:
    def closes(peer: Peer) -> None:
        logs_in(peer)
        peer.take()
        peer.put(head(0, 8))
        peer.wait()

    with (
        serving(closes) as port,
        target(port).open() as session,
        pytest.raises(errors.ConnectionLost, match="without a reason"),
    ):
        session.call("core.ping")
