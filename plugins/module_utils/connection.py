# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task says which NAS it means and who logs in."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.api import generate_jittered_backoff, retry_with_delays_and_condition
from ansible.module_utils.basic import env_fallback

from .errors import ConnectionLost, InvalidInput, Problem, RateLimited
from .protocol.login import Account
from .transport.session import Session
from .transport.websocket import Address, Channel

ARGUMENTS: dict[str, dict[str, Any]] = {
    "host": {"type": "str", "required": True, "fallback": (env_fallback, ["TRUENAS_HOST"])},
    "port": {"type": "int", "default": 443, "fallback": (env_fallback, ["TRUENAS_PORT"])},
    "username": {"type": "str", "required": True, "fallback": (env_fallback, ["TRUENAS_USERNAME"])},
    "api_key": {"type": "str", "no_log": True, "fallback": (env_fallback, ["TRUENAS_API_KEY"])},
    "password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["TRUENAS_PASSWORD"])},
    "validate_certs": {"type": "bool", "default": True, "fallback": (env_fallback, ["TRUENAS_VALIDATE_CERTS"])},
    "ca_path": {"type": "path", "fallback": (env_fallback, ["TRUENAS_CA_PATH"])},
    "allow_plaintext": {"type": "bool", "default": False, "fallback": (env_fallback, ["TRUENAS_ALLOW_PLAINTEXT"])},
    "timeout": {"type": "float", "default": 60, "fallback": (env_fallback, ["TRUENAS_TIMEOUT"])},
}
"""The argument spec of the connection; the doc fragment `connection` describes it."""

SHORTEST_DELAY = 1
LONGEST_DELAY = 20
"""Seconds between two attempts to log in; the NAS counts logins by the minute (truenas-api/wire.md §1, Limits)."""

_TLS = {"": None, "wss": True, "https": True, "ws": False, "http": False}


@dataclass(frozen=True)
class Connection:
    """Where to connect, who logs in, and the seconds that a call may take."""

    address: Address
    account: Account
    timeout: float

    def open(self) -> Session:
        """Connect and log in, again and again for up to `timeout` seconds if the NAS is busy or breaks the connection.

        Raises Unreachable, TLSError, AuthenticationError or RateLimited.
        """
        deadline = time.monotonic() + self.timeout
        delays = itertools.takewhile(
            lambda delay: time.monotonic() + delay < deadline,
            generate_jittered_backoff(delay_base=SHORTEST_DELAY, delay_threshold=LONGEST_DELAY),
        )
        attempt = retry_with_delays_and_condition(delays, _is_passing)(self._open)
        session: Session = attempt(deadline)
        return session

    def _open(self, deadline: float) -> Session:
        left = max(deadline - time.monotonic(), 1)
        return Session(Channel(self.address, left), self.account, self.timeout)


def _is_passing(error: Exception) -> bool:
    """Tell whether trying again may help: too many logins, or a connection that broke before the login was done."""
    return isinstance(error, (RateLimited, ConnectionLost))


def read(params: Mapping[str, Any]) -> Connection:
    """Return the connection that the options describe. Raises InvalidInput before anything is sent."""
    scheme, host, port = _split(params["host"], params["port"])
    tls = _TLS.get(scheme)
    plaintext = params["allow_plaintext"] if tls is None else not tls
    if problems := [*_problems(params, scheme, host, port, plaintext)]:
        raise InvalidInput(problems)
    return Connection(
        Address(host, port, plaintext, params["validate_certs"], params["ca_path"]),
        Account(params["username"], params["api_key"], params["password"]),
        params["timeout"],
    )


def _split(host: str, port: int) -> tuple[str, str, int]:
    """Return scheme, bare host and port of what `host` says: a name, an address or a URL."""
    if "://" not in host:
        return "", host.strip("[]"), port
    try:
        url = urlsplit(host)
        bare = url.hostname or ""
        return url.scheme, bare, url.port or (80 if not _TLS.get(url.scheme, True) and port == 443 else port)
    except ValueError:
        return "", "", port


def _problems(params: Mapping[str, Any], scheme: str, host: str, port: int, plaintext: bool) -> Iterator[Problem]:
    if not host or scheme not in _TLS or any(sign in host for sign in " /@?#"):
        yield Problem("host", "is not a host", "Give a name or an address such as nas1.example.net.")
    if not 1 <= port <= 65535:
        yield Problem("port", f"is {port}", "Give a number from 1 to 65535.")
    if params["timeout"] <= 0:
        yield Problem("timeout", f"is {params['timeout']:g}", "Give a number of seconds above 0.")
    given = [option for option in ("api_key", "password") if params[option] is not None]
    if len(given) != 1:
        how = "are both given" if given else "are both missing"
        yield Problem("api_key, password", how, "Log in with exactly one of them.")
    for option in given:
        if not params[option]:
            yield Problem(option, "is empty", "Give the real value.")
    if plaintext and not params["allow_plaintext"]:
        yield Problem(
            "host",
            "asks for no TLS; the NAS would revoke an API key for good that comes without, and a password could be read",
            "Leave out ws:// to use TLS, or set allow_plaintext to true if you know that neither can happen.",
        )
