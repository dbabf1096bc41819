# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task says which NAS it means and who logs in."""

from __future__ import annotations

import ipaddress
import itertools
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.api import generate_jittered_backoff, retry_with_delays_and_condition
from ansible.module_utils.basic import AnsibleFallbackNotFound

from .credential.spec import LONGEST_TIMEOUT
from .errors import ConnectionLost, InvalidInput, NotTLS, Problem, RateLimited
from .protocol.login import Account
from .transport.session import Session
from .transport.websocket import Address, Channel


def _from_environment(name: str) -> str:
    """Return a variable's value; an empty one counts as not set."""
    if not os.environ.get(name):
        raise AnsibleFallbackNotFound
    return os.environ[name]


def _or_environment(name: str) -> tuple[Any, list[str]]:
    return _from_environment, [name]


ARGUMENTS: dict[str, dict[str, Any]] = {
    "host": {"type": "str", "required": True, "fallback": _or_environment("TRUENAS_HOST")},
    "port": {"type": "int", "default": 443, "fallback": _or_environment("TRUENAS_PORT")},
    "username": {"type": "str", "required": True, "fallback": _or_environment("TRUENAS_USERNAME")},
    "api_key": {"type": "str", "no_log": True},
    "password": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True, "fallback": _or_environment("TRUENAS_VALIDATE_CERTS")},
    "ca_path": {"type": "path", "fallback": _or_environment("TRUENAS_CA_PATH")},
    "allow_plaintext": {"type": "bool", "default": False, "fallback": _or_environment("TRUENAS_ALLOW_PLAINTEXT")},
    "timeout": {"type": "float", "default": 60, "fallback": _or_environment("TRUENAS_TIMEOUT")},
}
"""The argument spec of the connection; the doc fragment `connection` describes it. The two secrets come from the environment
only if the task gives neither, see `read`."""

_SECRETS = {"api_key": "TRUENAS_API_KEY", "password": "TRUENAS_PASSWORD"}
HTTPS = 443
SHORTEST_DELAY = 1
LONGEST_DELAY = 20
"""Seconds between two attempts to log in; the NAS counts logins by the minute (truenas-api/wire.md §1, Limits)."""

_TLS = {"": True, "wss": True, "https": True, "ws": False, "http": False}


@dataclass(frozen=True)
class Connection:
    """Where to connect, who logs in, and the seconds that a call may take.

    `or_plaintext` allows to go on without TLS where none is spoken.
    """

    address: Address
    account: Account
    timeout: float
    or_plaintext: bool = False

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
        return Session(self._channel(max(deadline - time.monotonic(), 1)), self.account, self.timeout)

    def _channel(self, timeout: float) -> Channel:
        try:
            return Channel(self.address, timeout)
        except NotTLS:
            if not self.or_plaintext:
                raise
            return Channel(replace(self.address, plaintext=True), timeout)


def _is_passing(error: Exception) -> bool:
    """Tell whether trying again may help: too many logins, or a connection that broke before the login was done."""
    return isinstance(error, (RateLimited, ConnectionLost))


def read(params: Mapping[str, Any]) -> Connection:
    """Return the connection that the options describe. Raises InvalidInput before anything is sent."""
    scheme, host, port = _split(params["host"], params["port"])
    plaintext = not _TLS.get(scheme, True)
    secrets = {name: params[name] for name in _SECRETS if params[name] is not None} or {
        name: os.environ[variable] for name, variable in _SECRETS.items() if os.environ.get(variable)
    }
    problems = [*_address_problems(scheme, host, port), *_login_problems(params["username"], secrets)]
    if not 0 < params["timeout"] <= LONGEST_TIMEOUT:
        problems.append(Problem("timeout", "is not a time", f"Give seconds, more than 0 and up to {LONGEST_TIMEOUT}."))
    if plaintext and not params["allow_plaintext"]:
        problems.append(
            Problem(
                "host",
                "asks for no TLS; the NAS would destroy an API key that comes without, by revoking it for good, and a password "
                "could be read",
                "Leave out ws:// to use TLS, or set allow_plaintext to true if you know that neither can happen.",
            )
        )
    if problems:
        raise InvalidInput(problems)
    return Connection(
        Address(host, port, plaintext, params["validate_certs"], params["ca_path"]),
        Account(params["username"], **secrets),
        params["timeout"],
        or_plaintext=params["allow_plaintext"] and not scheme,
    )


def _split(host: str, port: int) -> tuple[str, str, int]:
    """Return scheme, bare host and port of what `host` says, a name, an address or a URL; no host if it is neither."""
    if "://" not in host:
        return "", host.strip("[]"), port
    try:
        url = urlsplit(host)
        given = url.port
    except ValueError:
        return "", "", port
    if url.username is not None or url.path.strip("/") or url.query or url.fragment:
        return url.scheme, "", port
    default = 80 if not _TLS.get(url.scheme, True) and port == HTTPS else port
    return url.scheme, url.hostname or "", default if given is None else given


def _address_problems(scheme: str, host: str, port: int) -> Iterator[Problem]:
    is_name = re.fullmatch(r"(?!.*\.\.)[\w.-]{1,253}", host) is not None
    if scheme not in _TLS or not (is_name or _is_address(host)):
        yield Problem(
            "host", "is not a host", "Give a name or an address such as nas1.example.net, and the port as port."
        )
    if not 1 <= port <= 65535:
        yield Problem("port", f"is {port}", "Give a number from 1 to 65535.")


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _login_problems(username: str, secrets: Mapping[str, str]) -> Iterator[Problem]:
    if not username:
        yield Problem("username", "is empty", "Give the name of the user that the API key or the password belongs to.")
    if len(secrets) != 1:
        how = "are both given" if secrets else "are both missing"
        yield Problem("api_key, password", how, "Log in with exactly one of them.")
    for option, value in secrets.items():
        if not value:
            yield Problem(option, "is empty", "Give the real value.")
