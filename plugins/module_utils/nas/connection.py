# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options of a task: the NAS and the account."""

from __future__ import annotations

import ipaddress
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleFallbackNotFound

from ..arguments import CONNECTION, ENVIRONMENT
from ..errors import (
    AuthenticationError,
    ConnectionLost,
    InvalidInput,
    NoJsonRpc,
    NotTLS,
    Problem,
    RateLimited,
    StandbyNode,
    TLSError,
    Unreachable,
)
from ..protocol.ddp_login import needs_scram
from ..protocol.dialect import AUTO, DDP, DIALECTS, JSON_RPC
from ..protocol.login import Account
from ..timeouts import timeout_problems
from ..transport.session import Session
from ..transport.websocket import Address, Channel
from ..versions import FIRST_VERSION, Version
from ..versions import parse as parse_version
from . import account
from .waiting import Waiting


def _from_environment(name: str) -> str:
    """Return the value of an environment variable. An empty variable is treated as not set."""
    if not os.environ.get(name):
        raise AnsibleFallbackNotFound
    return os.environ[name]


def _or_environment(name: str) -> tuple[Any, list[str]]:
    return _from_environment, [name]


ARGUMENTS: dict[str, dict[str, Any]] = {
    name: {**argument, "fallback": _or_environment(ENVIRONMENT[name])}
    if name in ENVIRONMENT and not argument.get("no_log")
    else argument
    for name, argument in CONNECTION.items()
}
"""The argument spec of the connection: the options of its doc fragment, with the environment as a fallback. `account.read` adds
the secrets from the environment."""

CURRENT = "current"
HTTPS = 443

_TLS = {"": True, "wss": True, "https": True, "ws": False, "http": False}


@dataclass(frozen=True)
class Connection:
    """The address, the account, and the timeout of a call in seconds.

    `or_plaintext` allows a connection without TLS if the server does not use TLS, `or_ddp` allows DDP if it has no JSON-RPC.
    `connect_within` is a shorter timeout of the connection and the login alone.
    """

    address: Address
    account: Account
    timeout: float
    or_plaintext: bool = False
    connect_within: float | None = field(default=None, compare=False)
    or_ddp: bool = False

    @property
    def api_version(self) -> Version | None:
        """The API version to use, or None for the newest one."""
        return None if self.address.api == CURRENT else parse_version(self.address.api)

    def open(self, waiting: Callable[[str], None] = lambda line: None) -> Session:
        """Connect and log in. Retry for up to `timeout` seconds if the connection breaks.

        If the NAS limits logins, retry until it accepts them again, whatever `timeout` is, for up to `LONGEST_WAIT` seconds.
        `waiting` is called with a line of progress before each retry.
        Raises Unreachable, TLSError, AuthenticationError, or RateLimited.
        """
        attempt = self
        wait = Waiting(self.connect_within or self.timeout, time.monotonic())
        while True:
            try:
                return attempt._open(wait.deadline(time.monotonic()))
            except (RateLimited, ConnectionLost) as error:
                now = time.monotonic()
                delay = wait.delay(error, now)
                if delay is None:
                    raise
                if isinstance(error, RateLimited) and error.mechanism:
                    # The NAS counts the question for its mechanisms, too.
                    attempt = replace(self, account=replace(self.account, mechanism=error.mechanism))
            waiting(wait.line(now))
            time.sleep(delay)

    def again(self, within: float) -> Session:
        """Return a new session within so many seconds, with the same timeout of calls."""
        return replace(self, connect_within=within).open()

    def _open(self, deadline: float) -> Session:
        try:
            return self._log_in(self.address, deadline, self.or_plaintext)
        except StandbyNode as standby:
            return self._follow(standby, deadline)

    def _follow(self, standby: StandbyNode, deadline: float) -> Session:
        """Log in to the active node of a pair, at its first address that can be reached. Tries each address once."""
        failure: Exception = standby
        for url in standby.urls:
            if time.monotonic() >= deadline:
                break
            address = self._moved(url)
            try:
                return self._log_in(address, deadline, or_plaintext=False)
            except StandbyNode:
                raise AuthenticationError(
                    f"{self.address.url} and {address.url} both report that they are the standby node of the pair. Wait until "
                    "one of them is active, then run the task again."
                ) from None
            except (Unreachable, TLSError) as error:
                failure = type(error)(f"{self.address.url} is the standby node of a pair. {error}")
        raise failure

    def _moved(self, url: str) -> Address:
        """Return the address of the other node, with the same trust settings. Raises AuthenticationError if it is unsafe."""
        scheme, host, port = _split(url, self.address.port)
        plaintext = self.address.plaintext if not scheme else not _TLS.get(scheme, True)
        if any(_address_problems(scheme, host, port)) or (plaintext and not self.address.plaintext):
            raise AuthenticationError(
                f"{self.address.url} is the standby node of a pair and redirects to {url!r}, which is not a valid address or "
                "does not use TLS. Set host to the active node or to the address of the pair."
            )
        return replace(self.address, host=host, port=port, plaintext=plaintext)

    def _log_in(self, address: Address, deadline: float, or_plaintext: bool) -> Session:
        channel = self._channel(address, deadline, or_plaintext)
        return Session(channel, self.account, self.timeout, log_in_by=deadline, dialect=channel.dialect)

    def _channel(self, address: Address, deadline: float, or_plaintext: bool) -> Channel:
        """Return a connection, over which nothing has been sent."""
        try:
            return Channel(address, deadline - time.monotonic())
        except NotTLS:
            if not or_plaintext:
                raise
            return self._channel(replace(address, plaintext=True), deadline, or_plaintext=False)
        except NoJsonRpc as refused:
            if not self.or_ddp:
                raise
            return self._over_ddp(address, deadline, refused)

    def _over_ddp(self, address: Address, deadline: float, refused: NoJsonRpc) -> Channel:
        """Return a connection to a server that has no JSON-RPC. Raises `refused` if it has no DDP either."""
        try:
            channel = Channel(replace(address, dialect=DDP.name), deadline - time.monotonic())
        except (Unreachable, TLSError) as error:
            refused.note(f"TrueNAS before 25.04 was tried, too: {error}")
            raise refused from None
        if problem := needs_scram(self.account):
            channel.close()
            raise AuthenticationError(problem)
        return channel


def read(params: Mapping[str, Any]) -> Connection:
    """Return the connection for the options. Raises InvalidInput before anything is sent."""
    scheme, host, port = _split(params["host"], params["port"])
    plaintext = not _TLS.get(scheme, True)
    api = params.get("api_version")
    api_problems = [*_api_problems(api)]
    spoken = params.get("api") or AUTO
    if spoken == DDP.name and api is not None:
        api_problems.append(Problem("api_version", "cannot be combined with api: ddp", "Remove one of them."))
    problems = [*_address_problems(scheme, host, port), *api_problems]
    problems += timeout_problems("timeout", params["timeout"])
    if plaintext and not params["allow_plaintext"]:
        problems.append(
            Problem(
                "host",
                "must not turn TLS off: the NAS permanently revokes an API key that it receives without TLS, and others can read "
                "a password",
                "Remove ws:// to use TLS, or set allow_plaintext: true if you accept both risks.",
            )
        )
    try:
        login = account.read(params, None if api is None or api_problems else parse_version(api))
    except InvalidInput as error:
        raise InvalidInput([*problems, *error.problems]) from None
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
            JSON_RPC.name if spoken == AUTO else DIALECTS[spoken].name,
        ),
        login,
        params["timeout"],
        or_plaintext=params["allow_plaintext"] and not scheme,
        # Before 25.04, the API does not have versions.
        or_ddp=spoken == AUTO and api is None,
    )


def _split(host: str, port: int) -> tuple[str, str, int]:
    """Return the scheme, the bare host, and the port of a name, an address, or a URL. The host is empty if it is invalid."""
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
            "host",
            "must be a host name, an address, or a URL without a path",
            "Set it to a value such as nas1.example.net, and use port for the port.",
        )
    if not 1 <= port <= 65535:
        yield Problem("port", "must be a number from 1 to 65535", "Set the port of the NAS web interface, usually 443.")


def _api_problems(api: str | None) -> Iterator[Problem]:
    if api is None:
        return
    if not re.fullmatch(r"v?\d{2}\.\d{2}\.\d{1,2}|v?\d{2}\.\d\.\d{1,2}", api) or parse_version(api) < FIRST_VERSION:
        yield Problem(
            "api_version",
            "must be an API version from v25.04.0 on, such as v25.10.0",
            "Set a version that https://HOST/api/versions lists, or remove the option to use the newest one.",
        )


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
