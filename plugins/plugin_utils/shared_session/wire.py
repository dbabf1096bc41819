# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's end of the socket to the broker, which a session uses in place of a connection to the NAS."""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from ansible_collections.nasops.truenas.plugins.module_utils.errors import ConnectionLost, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import DIALECTS, Dialect
from ansible_collections.nasops.truenas.plugins.module_utils.timeouts import MAX_TIMEOUT
from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel_errors import late, lost

from .frames import ABANDON, GO, HELLO, LOST, PROGRESS, REPLY, REQUEST, Reader, frame, unpack_error

AT_A_TIME = 1 << 18
"""Bytes to read at a time."""


class Hello(NamedTuple):
    """The broker's greeting: the roles of the login, the first ID for requests, and what the NAS speaks."""

    roles: frozenset[str] | None
    first_id: int
    dialect: Dialect


class BrokerGone(Exception):
    """The broker ended before it greeted: its login was interrupted, or the NAS ended the connection."""


class BrokerWire:
    """A connection to the NAS through the broker. `url` is the address of the NAS for messages."""

    def __init__(self, to_broker: socket.socket, url: str) -> None:
        self._socket = to_broker
        self._url = url
        self._reader = Reader()
        self._frames: deque[tuple[bytes, bytes]] = deque()
        self._replies: deque[str] = deque()

    def greet(self, deadline: float, show: Callable[[str], None] = lambda line: None) -> Hello:
        """Wait for the login, and show its progress. Raises its error, BrokerGone, or TimedOut at the deadline."""
        try:
            kind, body = self._next(deadline)
            while kind == PROGRESS:
                show(body.decode())
                kind, body = self._next(deadline)
        except ConnectionLost:
            raise BrokerGone from None
        if kind == LOST:
            raise unpack_error(body)
        if kind != HELLO:
            raise BrokerGone
        roles, first_id, dialect = json.loads(body)
        return Hello(None if roles is None else frozenset(roles), first_id, DIALECTS[dialect])

    def send(self, text: str) -> None:
        """Send one request, and wait until the broker has sent it to the NAS, which limits the calls of a session."""
        self._write(frame(REQUEST, text.encode()))
        deadline = time.monotonic() + MAX_TIMEOUT
        while True:
            kind, body = self._next(deadline)
            if kind == GO:
                return
            self._keep(kind, body)

    def receive(self, deadline: float) -> str:
        """Return the next message from the NAS. Raises TimedOut at the deadline."""
        while not self._replies:
            self._keep(*self._next(deadline))
        return self._replies.popleft()

    def abandon(self, number: int) -> None:
        """Stop waiting for the reply to the request with this ID."""
        with suppress(TrueNASError):
            # The next request reports a lost connection.
            self._write(frame(ABANDON, str(number).encode()))

    def answers(self) -> bool:
        """Return True: the broker pings a NAS that does not answer, and reports a lost connection."""
        return True

    def trust(self) -> None:
        """Do nothing: the broker reads from the NAS."""

    def binding(self) -> bytes | None:
        """Return None: the login is done."""
        return None

    def close(self) -> None:
        """Leave the broker, which keeps the login."""
        self._socket.close()

    def _keep(self, kind: bytes, body: bytes) -> None:
        if kind == LOST:
            raise unpack_error(body)
        if kind == REPLY:
            self._replies.append(body.decode())

    def _next(self, deadline: float) -> tuple[bytes, bytes]:
        while not self._frames:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise late(self._url)
            self._socket.settimeout(remaining)
            try:
                data = self._socket.recv(AT_A_TIME)
            except TimeoutError:
                continue
            except OSError:
                data = b""
            if not data:
                raise lost(self._url)
            self._frames.extend(self._reader.feed(data))
        return self._frames.popleft()

    def _write(self, data: bytes) -> None:
        self._socket.settimeout(MAX_TIMEOUT)
        try:
            self._socket.sendall(data)
        except OSError:
            # The broker reports the reason before it leaves.
            while True:
                self._keep(*self._next(time.monotonic() + 1))
