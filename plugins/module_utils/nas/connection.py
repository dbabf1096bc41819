# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task says which NAS it means and who logs in."""

from __future__ import annotations

import ipaddress
import itertools
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.api import generate_jittered_backoff, retry_with_delays_and_condition
from ansible.module_utils.basic import AnsibleFallbackNotFound

from ..errors import (
    AuthenticationError,
    ConnectionLost,
    InvalidInput,
    NotTLS,
    Problem,
    RateLimited,
    StandbyNode,
    TLSError,
    Unreachable,
)
from ..protocol.login import AUTO, KEY_FORM, MECHANISMS, PLAIN, Account
from ..providers.base import FIRST_VERSION
from ..redaction import placeholders
from ..timeouts import timeout_problems
from ..transport.session import Session
from ..transport.websocket import Address, Channel
from ..versions import Version
from ..versions import parse as parse_version


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
    "otp": {"type": "str", "no_log": True},
    "api_key_mechanism": {
        "type": "str",
        "choices": list(MECHANISMS),
        "default": AUTO,
        "fallback": _or_environment("TRUENAS_API_KEY_MECHANISM"),
    },
    "channel_binding": {"type": "bool", "default": True, "fallback": _or_environment("TRUENAS_CHANNEL_BINDING")},
    "validate_certs": {"type": "bool", "default": True, "fallback": _or_environment("TRUENAS_VALIDATE_CERTS")},
    "ca_path": {"type": "path", "fallback": _or_environment("TRUENAS_CA_PATH")},
    "allow_plaintext": {"type": "bool", "default": False, "fallback": _or_environment("TRUENAS_ALLOW_PLAINTEXT")},
    "api_version": {"type": "str", "fallback": _or_environment("TRUENAS_API_VERSION")},
    "timeout": {"type": "float", "default": 60, "fallback": _or_environment("TRUENAS_TIMEOUT")},
}
"""The argument spec of the connection; the doc fragment `connection` describes it. The secrets come from the environment only
if the task gives neither key nor password, and the one-time code only with a password, see `read`."""

_SECRETS = {"api_key": "TRUENAS_API_KEY", "password": "TRUENAS_PASSWORD"}
_OTP = "TRUENAS_OTP"
CURRENT = "current"
FIRST_WITH_SCRAM = (26, 0, 0)
"""The first version of the API that has logins with SCRAM (truenas-api/wire.md §2)."""
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

    @property
    def api_version(self) -> Version | None:
        """The version of the API that is spoken instead of the newest one, if any."""
        return None if self.address.api == CURRENT else parse_version(self.address.api)

    def open(self, waiting: Callable[[float], None] = lambda timeout: None) -> Session:
        """Connect and log in, again and again for up to `timeout` seconds if the NAS is busy or breaks the connection.

        `waiting` is called with that number before each new attempt.
        Raises Unreachable, TLSError, AuthenticationError or RateLimited.
        """
        deadline = time.monotonic() + self.timeout
        delays = itertools.takewhile(
            lambda delay: time.monotonic() + delay < deadline,
            generate_jittered_backoff(delay_base=SHORTEST_DELAY, delay_threshold=LONGEST_DELAY),
        )

        def may_pass(error: Exception) -> bool:
            """Tell whether trying again may help: too many logins, or a connection that broke before the login was done."""
            if not isinstance(error, (RateLimited, ConnectionLost)):
                return False
            waiting(self.timeout)
            return True

        attempt = retry_with_delays_and_condition(delays, may_pass)(self._open)
        session: Session = attempt(deadline)
        return session

    def _open(self, deadline: float) -> Session:
        try:
            return self._log_in(self.address, deadline, self.or_plaintext)
        except StandbyNode as standby:
            return self._follow(standby, deadline)

    def _follow(self, standby: StandbyNode, deadline: float) -> Session:
        """Log in to the active node of a pair, at the first of its addresses that can be reached. No node is asked twice."""
        failure: Exception = standby
        for url in standby.urls:
            address = self._moved(url)
            try:
                return self._log_in(address, deadline, or_plaintext=False)
            except StandbyNode:
                raise AuthenticationError(
                    f"{self.address.url} says that it is the standby node of a pair, and sends to {address.url}, which says "
                    "the same: wait until one of them is active."
                ) from None
            except (Unreachable, TLSError) as error:
                failure = type(error)(f"{self.address.url} is the standby node of a pair. {error}")
        raise failure

    def _moved(self, url: str) -> Address:
        """Return the address of the other node, trusted no further than this one. Raises AuthenticationError."""
        scheme, host, port = _split(url, self.address.port)
        plaintext = self.address.plaintext if not scheme else not _TLS.get(scheme, True)
        if any(_address_problems(scheme, host, port)) or (plaintext and not self.address.plaintext):
            raise AuthenticationError(
                f"{self.address.url} is the standby node of a pair, and sends to {url!r}, where this collection does not log "
                "in: it is no address, or has no TLS. Name the active node, or the pair's own address, as host."
            )
        return replace(self.address, host=host, port=port, plaintext=plaintext)

    def _log_in(self, address: Address, deadline: float, or_plaintext: bool) -> Session:
        timeout = max(deadline - time.monotonic(), 1)
        try:
            channel = Channel(address, timeout)
        except NotTLS:
            if not or_plaintext:
                raise
            channel = Channel(replace(address, plaintext=True), timeout)
        return Session(channel, self.account, self.timeout)


def read(params: Mapping[str, Any]) -> Connection:
    """Return the connection that the options describe. Raises InvalidInput before anything is sent."""
    scheme, host, port = _split(params["host"], params["port"])
    plaintext = not _TLS.get(scheme, True)
    secrets = {name: params[name] for name in _SECRETS if params[name] is not None} or {
        name: os.environ[variable] for name, variable in _SECRETS.items() if os.environ.get(variable)
    }
    otp = params["otp"]
    if otp is None and "password" in secrets:
        otp = os.environ.get(_OTP) or None
    problems = [*_address_problems(scheme, host, port), *_login_problems(params["username"], secrets, otp)]
    problems += timeout_problems("timeout", params["timeout"])
    if plaintext and not params["allow_plaintext"]:
        problems.append(
            Problem(
                "host",
                "asks for no TLS; the NAS would destroy an API key that comes without, by revoking it for good, and a password "
                "could be read",
                "Leave out ws:// to use TLS, or set allow_plaintext to true if you know that neither can happen.",
            )
        )
    api = params.get("api_version")
    problems += _api_problems(api)
    if problems:
        raise InvalidInput(problems)
    return Connection(
        Address(
            host,
            port,
            plaintext,
            params["validate_certs"],
            params["ca_path"],
            CURRENT if api is None else f"v{api.removeprefix('v')}",
        ),
        Account(
            params["username"],
            **secrets,
            otp=otp,
            mechanism=_mechanism(params["api_key_mechanism"], api),
            bind_channel=params["channel_binding"],
        ),
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


def _api_problems(api: str | None) -> Iterator[Problem]:
    if api is None:
        return
    if not re.fullmatch(r"v?\d{2}\.\d{2}\.\d{1,2}|v?\d{2}\.\d\.\d{1,2}", api) or parse_version(api) < FIRST_VERSION:
        yield Problem(
            "api_version",
            "is not a version of the API that this collection speaks",
            "Write it as v25.10.0, one that https://HOST/api/versions lists, from v25.04.0 on. Leave it out for the newest.",
        )


def _mechanism(given: str, api: str | None) -> str:
    """Return how to log in: the words of an older version have no SCRAM, whatever the NAS itself offers."""
    return PLAIN if given == AUTO and api is not None and parse_version(api) < FIRST_WITH_SCRAM else given


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _login_problems(username: str, secrets: Mapping[str, str], otp: str | None) -> Iterator[Problem]:
    if not username:
        yield Problem("username", "is empty", "Give the name of the user that the API key or the password belongs to.")
    if len(secrets) != 1:
        how = "are both given" if secrets else "are both missing"
        yield Problem("api_key, password", how, "Log in with exactly one of them.")
    for option, value in secrets.items():
        if not value:
            yield Problem(option, "is empty", "Give the real value.")
    not_real = [*placeholders.problems({**secrets, "otp": otp})]
    yield from not_real
    if not_real:
        return
    key = secrets.get("api_key")
    if key and not re.fullmatch(r"[0-9]+-\S+", key):
        yield Problem(
            "api_key",
            "is not an API key, which is a number, a dash and the key itself, without spaces and line breaks",
            "Give it exactly as the NAS showed it when it was made.",
        )
    if re.fullmatch(KEY_FORM, secrets.get("password", "").strip()):
        yield Problem(
            "password", "must be the password of the user, but looks like an API key", "Set it as api_key instead."
        )
    if otp is not None and "password" not in secrets:
        yield Problem("otp", "goes with a password only", "Leave it out: an API key needs no one-time code.")
    if otp is not None and not re.fullmatch("[0-9]{6,8}", otp):
        yield Problem(
            "otp",
            "is not a one-time code",
            "Give its digits, six as a rule, in quotes: YAML reads 012345 as another number.",
        )
