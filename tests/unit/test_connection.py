# SPDX-License-Identifier: GPL-3.0-or-later
"""Which NAS a task means, and what may not be asked of the connection."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import connection
from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    AuthenticationError,
    ConnectionLost,
    InvalidInput,
    RateLimited,
    TLSError,
    Unreachable,
)
from ansible_collections.nasops.truenas.plugins.module_utils.transport.websocket import Address


def options(**given: Any) -> dict[str, Any]:
    """Return connection options, the rest at Ansible's defaults."""
    return {
        "host": "nas.example",
        "port": 443,
        "username": "automation",
        "api_key": "1-key",
        "password": None,
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
        ({"host": ""}, "host: is not a host"),
        ({"host": "ftp://nas.example"}, "host: is not a host"),
        ({"host": "nas example"}, "host: is not a host"),
        ({"host": "nas/api"}, "host: is not a host"),
        ({"host": "https://nas.example:99999"}, "host: is not a host"),
        ({"host": "nas1:8443"}, "the port as port"),
        ({"host": "wss://u:secret@nas"}, "host: is not a host"),
        ({"host": "nas..example"}, "host: is not a host"),
        ({"host": "https://nas/ui"}, "host: is not a host"),
        ({"host": "https://nas:0"}, "port: is 0"),
        ({"username": ""}, "username: is empty"),
        ({"timeout": float("inf")}, "timeout: is not a time"),
        ({"timeout": float("nan")}, "timeout: is not a time"),
        ({"port": 0}, "port: is 0"),
        ({"port": 65536}, "port: is 65536"),
        ({"timeout": 0}, "timeout: is not a time"),
        ({"api_key": None}, "both missing"),
        ({"password": "p"}, "both given"),
        ({"api_key": ""}, "api_key: is empty"),
        ({"host": "ws://nas.example"}, "destroy an API key"),
        ({"host": "http://nas.example", "api_key": None, "password": "p"}, "allow_plaintext"),
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


def test_a_ca_path_that_is_no_certificate(tmp_path: Any) -> None:
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("nothing")
    for path in (nonsense, tmp_path / "missing.pem"):
        with pytest.raises(TLSError, match="cannot be read as certificates"):
            Address("h", 1, ca_path=str(path)).tls()
    assert Address("h", 1, ca_path=str(tmp_path)).tls() is not None
    assert Address("h", 1, plaintext=True).tls() is None


class Flaky:
    """Stands in for opening a session: fails as told, then succeeds; takes no time, but the clock goes on with each sleep."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *failures: Exception) -> None:
        self.failures = list(failures)
        self.attempts = 0
        self.clock = 0.0
        monkeypatch.setattr(connection.Connection, "_open", self.open)
        monkeypatch.setattr("time.sleep", self.sleep)
        monkeypatch.setattr("time.monotonic", lambda: self.clock)
        monkeypatch.setattr("secrets.randbelow", lambda limit: limit)

    def open(self, deadline: float) -> Any:
        """Fail or succeed."""
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)
        return "session"

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.clock += seconds


def test_a_busy_nas_and_a_broken_connection_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    flaky = Flaky(monkeypatch, RateLimited("busy"), ConnectionLost("reset"), RateLimited("busy"))
    opened: Any = connection.read(options()).open()
    assert opened == "session"
    assert (flaky.attempts, flaky.clock) == (4, 1 + 2 + 4)


def test_trying_again_ends_with_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    flaky = Flaky(monkeypatch, *[RateLimited("busy")] * 99)
    with pytest.raises(RateLimited):
        connection.read(options(timeout=10.0)).open()
    assert flaky.clock < 10
    assert flaky.attempts == 4


@pytest.mark.parametrize("error", [AuthenticationError("no"), Unreachable("refused"), TLSError("untrusted")])
def test_what_will_not_pass_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    flaky = Flaky(monkeypatch, error)
    with pytest.raises(type(error)):
        connection.read(options()).open()
    assert flaky.attempts == 1
