# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options of a task: the NAS and the account."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

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
from ..protocol.dialect import AUTO, DDP
from ..protocol.login import Account
from ..timeouts import timeout_problems
from ..transport.address import Address
from ..transport.channel import Channel
from ..transport.session import Session
from ..versions import Version
from ..versions import parse as parse_version
from . import account
from .place import TLS, address_problems, api_path, api_problems, api_version, dialects, split
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
        return api_version(self.address.api)

    def open(self, show: Callable[[str], None] = lambda line: None) -> Session:
        """Connect and log in. Retry for up to `timeout` seconds if the connection breaks.

        If the NAS limits logins, retry until it accepts them again, whatever `timeout` is, for up to `MAX_WAIT` seconds.
        `show` is called with a line of progress before each retry.
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
            show(wait.line(now))
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
        scheme, host, port = split(url, self.address.port)
        plaintext = self.address.plaintext if not scheme else not TLS.get(scheme, True)
        if any(address_problems(scheme, host, port)) or (plaintext and not self.address.plaintext):
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
    scheme, host, port = split(params["host"], params["port"])
    plaintext = not TLS.get(scheme, True)
    api = params.get("api_version")
    spoken = params.get("api") or AUTO
    api_mistakes = [*api_problems(spoken, api)]
    problems = [*address_problems(scheme, host, port), *api_mistakes]
    if params.get("ssh_socket") is not None:
        problems.append(Problem("ssh_socket", "requires via: ssh", "Set via, or remove ssh_socket."))
    problems += timeout_problems("timeout", params["timeout"])
    if plaintext and not params["allow_plaintext"]:
        problems.append(
            Problem(
                "host",
                "must not turn TLS off: the NAS permanently revokes an API key that it receives without TLS, and others can read "
                "a password",
                f"Remove {scheme}:// to use TLS, or set allow_plaintext: true if you accept both risks.",
            )
        )
    try:
        login = account.read(params, None if api is None or api_mistakes else parse_version(api))
    except InvalidInput as error:
        raise InvalidInput([*problems, *error.problems]) from None
    if problems:
        raise InvalidInput(problems)
    dialect, or_ddp = dialects(spoken, api)
    return Connection(
        Address(
            host,
            port,
            plaintext,
            params["validate_certs"],
            params["ca_path"],
            api_path(api),
            dialect,
        ),
        login,
        params["timeout"],
        or_plaintext=params["allow_plaintext"] and not scheme,
        or_ddp=or_ddp,
    )
