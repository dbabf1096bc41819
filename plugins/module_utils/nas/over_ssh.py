# SPDX-License-Identifier: GPL-3.0-or-later
"""A session over SSH with the local socket of a NAS, which needs no API key (truenas-api/older.md §4)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from ..errors import AuthenticationError, InvalidInput, NoJsonRpc, Problem, TrueNASError, Unreachable
from ..protocol.dialect import AUTO, DDP
from ..timeouts import timeout_problems
from ..transport.address import Address
from ..transport.channel import Channel
from ..transport.over_ssh import Report
from ..transport.pipes import Pipes
from ..transport.session import Session
from ..versions import Version
from .place import address_problems, api_path, api_problems, api_version, dialects, split

NETWORK, SSH = "network", "ssh"
"""The values of the option `via`."""

OPTIONS = frozenset({"via", "ssh_socket", "host", "api", "api_version", "timeout"})
"""The options of the connection that have a meaning over SSH."""

MAX_PATH_LENGTH = 103
"""Bytes of the path of a socket: the limit of FreeBSD, that of Linux is 107."""


@dataclass(frozen=True)
class OverSsh:
    """The NAS, the path of its socket if it is declared, and the timeout of a call in seconds.

    `or_ddp` allows DDP if the NAS has no JSON-RPC. Only Ansible's own process can open sessions; it has the settings for SSH.
    """

    address: Address
    socket: str | None
    timeout: float
    or_ddp: bool

    @property
    def api_version(self) -> Version | None:
        """The API version to use, or None for the newest one."""
        return api_version(self.address.api)

    def open(self, show: Callable[[str], None] = lambda line: None) -> NoReturn:
        """Raise InvalidInput: this process is not Ansible's own."""
        raise InvalidInput([ELSEWHERE])

    def again(self, within: float) -> NoReturn:
        """Raise InvalidInput, as `open` does."""
        self.open()


ELSEWHERE = Problem(
    "via",
    "must not be ssh in a task whose module runs in a process of its own",
    "Remove async and environment from the task, or set via: network and an API key.",
)


def read(params: Mapping[str, Any]) -> OverSsh:
    """Return the connection for the options. Raises InvalidInput before anything is sent."""
    scheme, host, _port = split(params["host"], 0)
    api, spoken = params.get("api_version"), params.get("api") or AUTO
    problems = [*_host_problems(scheme, host), *api_problems(spoken, api), *_socket_problems(params.get("ssh_socket"))]
    problems += timeout_problems("timeout", params["timeout"])
    if problems:
        raise InvalidInput(problems)
    dialect, or_ddp = dialects(spoken, api)
    address = Address(host, 0, plaintext=True, api=api_path(api), dialect=dialect, over_ssh=True)
    return OverSsh(address, params.get("ssh_socket"), params["timeout"], or_ddp)


def conflicts(given: Mapping[str, Any], names: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each option of a task that has no meaning over SSH. `names` are the options of the connection."""
    return [
        Problem(name, "cannot be combined with via: ssh, which needs no login", f"Remove {name}, or set via: network.")
        for name in names
        if name in given and name not in OPTIONS
    ]


def session(target: OverSsh, pipes: Pipes, mark: bytes, deadline: float, user: str) -> Session:
    """Return a session over the streams of the program on the NAS, which runs as `user`. Owns the streams, even if it fails.

    `mark` begins the program's reports. Raises AuthenticationError and the errors of a connection.
    """
    try:
        channel = _channel(target, pipes, mark, deadline)
        return Session(channel, None, target.timeout, log_in_by=deadline, dialect=channel.dialect, local=True)
    except AuthenticationError:
        raise AuthenticationError(_NO_ACCOUNT.format(name=target.address.name, user=user)) from None


def refusal(target: OverSsh, report: Report) -> TrueNASError:
    """Return the error for a report without a socket."""
    name = target.address.name
    for path, reason in report.refused.items():
        if reason in ("EACCES", "EPERM"):
            return AuthenticationError(
                f"{name}: the user {report.user!r} is not permitted to use {path}. On TrueNAS CORE, only root is. Set become: "
                "true, or ansible_user: root."
            )
    for path, reason in report.refused.items():
        if reason != "ENOENT":
            return Unreachable(
                f"{name}: {path} refuses connections ({reason}). Check that the middleware of the NAS runs."
            )
    return Unreachable(
        f"{name}: the host has no socket of TrueNAS ({', '.join(report.refused)}). Check that ansible_host is a NAS and that its "
        "middleware runs, or set ssh_socket."
    )


_NO_ACCOUNT = (
    "{name}: the NAS has no session for the user {user!r}, because the user has no privilege. Add the user to a group with a "
    "privilege, or set become: true or ansible_user to another user."
)


def _channel(target: OverSsh, pipes: Pipes, mark: bytes, deadline: float) -> Channel:
    pipes.lent = True
    try:
        try:
            return Channel(target.address, deadline - time.monotonic(), pipes)
        except NoJsonRpc as refused:
            if not target.or_ddp:
                raise
            return _older_channel(target, pipes, mark, deadline, refused)
    except BaseException:
        pipes.lent = False
        pipes.close()
        raise
    finally:
        pipes.lent = False


def _older_channel(target: OverSsh, pipes: Pipes, mark: bytes, deadline: float, refused: NoJsonRpc) -> Channel:
    """Return a connection with DDP. Raises `refused` if the NAS has no DDP either."""
    # The program connects again for the next bytes, and reports that before the answer to them.
    pipes.renew(mark)
    try:
        return Channel(replace(target.address, dialect=DDP.name), deadline - time.monotonic(), pipes)
    except Unreachable as error:
        refused.note(f"DDP was tried, too: {error}")
        raise refused from None


def _host_problems(scheme: str, host: str) -> Iterator[Problem]:
    if scheme or any(address_problems(scheme, host, 22)):
        yield Problem(
            "host",
            "must be a host name or an address with via: ssh",
            "Remove host to use ansible_host, and set the port of SSH as ansible_port.",
        )


def _socket_problems(path: str | None) -> Iterator[Problem]:
    if path is None:
        return
    is_short = len(path.encode(errors="replace")) <= MAX_PATH_LENGTH
    if not (re.fullmatch(r"/[^\x00-\x1f\x7f]+", path) and is_short):
        yield Problem(
            "ssh_socket",
            f"must be an absolute path of up to {MAX_PATH_LENGTH} bytes",
            "Remove it: the paths of all supported versions are known.",
        )
