# SPDX-License-Identifier: GPL-3.0-or-later
"""A socket to the NAS whose every phase has a deadline, and whose messages have a largest size."""

from __future__ import annotations

import queue
import re
import selectors
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Any, cast

from .._websocket_client import get_proxy_info, tunnel
from ..errors import ServerFault

CONNECT_TIMEOUT = 10.0
"""Seconds for each step of a connection, as in the official client of the NAS (truenas-api/wire.md §1)."""

MAX_HEAD_SIZE = 64 << 10
"""Bytes of the answer to the upgrade."""
MAX_SIZE_BEFORE_LOGIN = 1 << 20
"""Bytes of a message from a server that has not proved who it is. The longest answer to a login has 47 kB, the list of methods of
an account with few rights (truenas-api/wire.md §2)."""
MAX_SIZE_AFTER_LOGIN = 32 << 20
"""Bytes of a message after the login. Thousands of credentials with their keys are 8 MB."""

MOMENT = 1.0
"""Seconds for the rest of a message that begins at its deadline, and for the answer to a ping."""

_STATUS = re.compile(rb"HTTP/1\.[01] ([2-5][0-9]{2})\b")


class ProxyUnreachable(Exception):
    """No connection to the proxy of the environment, with the reason."""

    def __init__(self, host: str, port: int, error: OSError | UnicodeError) -> None:
        if isinstance(error, (socket.gaierror, UnicodeError)):
            reason = "its name cannot be resolved"
        elif isinstance(error, TimeoutError):
            reason = "no answer in time"
        else:
            reason = error.strerror or type(error).__name__
        super().__init__(f"{host} port {port}: {reason}")


class Bounded:
    """A connected socket. `deadline` is that of the connection, on the clock of `time.monotonic`.

    Before `trust`, a message that has begun has to be complete by the deadline of the connection.
    """

    def __init__(self, wrapped: Any, deadline: float) -> None:
        self._wrapped = wrapped
        self.deadline = self.send_by = self._finish_by = deadline
        """Until when to wait for bytes, and for the other side to take bytes."""
        self.heard = time.monotonic()
        """When the last bytes arrived."""
        self._patience = CONNECT_TIMEOUT
        self._largest = MAX_HEAD_SIZE
        self._received = 0
        self._begun = 0.0
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes that have arrived.

        Raises TimeoutError at the deadline, ServerFault for a message that is too long.
        """
        remaining = min(self.deadline, self._due) - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._wrapped.settimeout(min(remaining, self._patience))
        received: bytes = self._wrapped.recv(size)
        self.heard = time.monotonic()
        self.send_by = max(self.send_by, self.heard + MOMENT)
        if not self._received:
            self._begun = self.heard
        self._received += len(received)
        if len(self._head) < len("HTTP/1.1 101 "):
            self._head += received
        if self._received > self._largest:
            raise ServerFault(
                f"The server sent a message of more than {self._largest >> 10} KiB. Check that host and port are those of a NAS."
            )
        return received

    def send(self, data: bytes) -> int:
        """Send some of the bytes and return their number. Raises TimeoutError at `send_by`."""
        remaining = self.send_by - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._wrapped.settimeout(remaining)
        sent: int = self._wrapped.send(data)
        return sent

    @property
    def _due(self) -> float:
        return max(self._finish_by, self._begun + MOMENT) if self._received else float("inf")

    @property
    def is_overdue(self) -> bool:
        """Whether the message that arrives takes too long."""
        return time.monotonic() >= self._due

    def end_of_message(self) -> None:
        """Note that a message is complete."""
        self._received = 0

    def opened(self) -> None:
        """Note that the upgrade is done: from now on, the other side can be silent until the deadline."""
        self._patience = float("inf")
        self._largest = MAX_SIZE_BEFORE_LOGIN
        self.end_of_message()

    def trust(self) -> None:
        """Accept long messages, which can take as long as the call that they answer."""
        self._largest = MAX_SIZE_AFTER_LOGIN
        self._finish_by = float("inf")

    @property
    def status(self) -> int:
        """The status of an HTTP answer that is not an upgrade, or 0."""
        match = _STATUS.match(self._head)
        return int(match[1]) if match else 0

    def arrives(self, seconds: float) -> bool:
        """Return whether the other side sends or closes within so many seconds."""
        if self.has_data():
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self._wrapped, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def has_data(self) -> bool:
        """Return whether decrypted data is waiting."""
        return isinstance(self._wrapped, ssl.SSLSocket) and self._wrapped.pending() > 0

    def certificate(self) -> bytes | None:
        """Return the server's certificate in DER form, or None without TLS."""
        return self._wrapped.getpeercert(binary_form=True) if isinstance(self._wrapped, ssl.SSLSocket) else None


def connect(host: str, port: int, tls: ssl.SSLContext | None, deadline: float) -> Bounded:
    """Return a connection, through the proxy of the environment if there is one.

    Raises OSError, ssl.SSLError, ProxyUnreachable, and the exceptions of websocket-client.
    """
    # The library reads the variables and speaks to the proxy. Its own connection does not have a deadline for all phases.
    proxy, proxy_port, login = get_proxy_info(host.lower(), tls is not None)
    try:
        plain = _reached(proxy or host, (proxy_port or 80) if proxy else port, deadline)
    except (OSError, UnicodeError) as error:
        raise (ProxyUnreachable(proxy, proxy_port or 80, error) if proxy else error) from None
    try:
        if proxy:
            tunnel(cast("socket.socket", Bounded(plain, deadline)), host, port, login)
        if tls is None:
            return Bounded(plain, deadline)
        plain.settimeout(_left(deadline))
        return Bounded(tls.wrap_socket(plain, server_hostname=host), deadline)
    except BaseException:
        plain.close()
        raise


def _reached(host: str, port: int, deadline: float) -> socket.socket:
    """Return a connection to the first address of a host that accepts one."""
    failure: OSError = TimeoutError()
    for family, kind, protocol, _name, address in _addresses(host, port, deadline):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(_left(deadline))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


def _addresses(host: str, port: int, deadline: float) -> list[Any]:
    """Return the addresses of a host. Raises socket.gaierror, also at the deadline, and UnicodeError.

    The resolver of the system has its own limits, often 10 seconds for each name server, and cannot be interrupted. It runs
    in a thread that nobody waits for any longer after the deadline.
    """
    with suppress(OSError):
        return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=_left(deadline))
    except queue.Empty:
        raise socket.gaierror(socket.EAI_AGAIN, "no answer in time") from None
    if isinstance(answer, Exception):
        raise answer
    return cast("list[Any]", answer)


def _left(deadline: float) -> float:
    """Return the seconds that one step of the connection has. Raises TimeoutError after the deadline."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return min(remaining, CONNECT_TIMEOUT)
