# SPDX-License-Identifier: GPL-3.0-or-later
"""The WebSocket to the NAS. Everything that the collection sends to a NAS goes through this file."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from .. import _websocket_client
from .._websocket_client import ABNF, WebSocket
from ..errors import TimedOut
from ..protocol.dialect import DIALECTS
from ..protocol.scram import end_point
from .address import Address
from .bounded import CONNECT_TIMEOUT, MOMENT, Bounded, connect
from .channel_errors import REDIRECTS, of_close, of_exception, of_status

PING_AFTER = 25.0
"""Seconds of silence after which a ping is sent. nginx on the NAS ends a connection on which the NAS has sent nothing for 60
seconds, even while a call runs (truenas-api/wire.md §1, Connection)."""


class Channel:
    """An open WebSocket for text messages. Raises Unreachable, TLSError, or the error for a close code.

    `stream` is a connection that exists already, with the methods of a socket.
    """

    def __init__(self, address: Address, timeout: float = CONNECT_TIMEOUT, stream: Any = None) -> None:
        _websocket_client.require()
        self._address = address
        self.dialect = DIALECTS[address.dialect]
        """The dialect of the messages."""
        self._patience = min(timeout, CONNECT_TIMEOUT)
        tls = address.tls()
        # The library's check runs over every byte in Python, and `receive` decodes the text anyway.
        self._socket = WebSocket(enable_multithread=False, skip_utf8_validation=True)
        try:
            deadline = time.monotonic() + timeout
            self._bounded = Bounded(stream, deadline) if stream else connect(address.host, address.port, tls, deadline)
        except Exception as error:
            raise of_exception(error, address) from None
        try:
            self._socket.connect(address.url, redirect_limit=0, socket=self._bounded)
            self._refuse_redirect()
        except Exception as error:
            self._bounded.close()
            self._refuse_redirect()
            # An answer that is not an upgrade can be too long or too slow to be read.
            status = self._bounded.status
            raise (of_status(status, address) if status else of_exception(error, address)) from None
        self._bounded.opened()
        self._sent = 0.0
        self.pinged = 0.0
        """When the last ping was sent, on the clock of `time.monotonic`."""

    def binding(self) -> bytes | None:
        """Return the hash of the server's certificate to bind a login to, or None without TLS.

        Raises the errors of `end_point`.
        """
        certificate = self._bounded.certificate()
        return None if certificate is None else end_point(certificate)

    def send(self, text: str) -> None:
        """Send one message."""
        self._sent = time.monotonic()
        try:
            self._bounded.send_by = self._sent + self._patience
            self._socket.send(text)
        except Exception as error:
            raise of_exception(error, self._address) from None

    def receive(self, deadline: float) -> str:
        """Return the next message. Raises TimedOut at the `deadline`, on the clock of `time.monotonic`.

        Sends pings during long silences.
        """
        while True:
            self._bounded.deadline = min(deadline, self._next_ping)
            try:
                opcode, data = self._socket.recv_data_frame()
                break
            except Exception as error:
                explained = of_exception(error, self._address)
                is_late = time.monotonic() >= deadline or self._bounded.is_overdue
                if is_late or not isinstance(explained, TimedOut):
                    raise explained from None
            self.keep_alive()
        self._bounded.end_of_message()
        if opcode == ABNF.OPCODE_CLOSE:
            raise of_close(data.data, self._address.name)
        return bytes(data.data).decode(errors="replace")

    def trust(self) -> None:
        """Accept long messages: the login has succeeded."""
        self._bounded.trust()

    def abandon(self, request_id: int) -> None:
        """Ignore the request: the NAS cannot cancel a single call, and its late reply is skipped."""

    def answers(self) -> bool:
        """Return whether the NAS has sent anything since the last message to it, or answers a ping within a moment."""
        if self._bounded.heard >= self._sent:
            return True
        self.ping()
        return self._bounded.arrives(MOMENT)

    @property
    def heard(self) -> float:
        """When the NAS last sent something, on the clock of `time.monotonic`."""
        return self._bounded.heard

    @property
    def _next_ping(self) -> float:
        return max(self._bounded.heard, self.pinged) + PING_AFTER

    def keep_alive(self) -> None:
        """Send a ping if neither side has sent anything for `PING_AFTER` seconds."""
        if time.monotonic() >= self._next_ping:
            self.ping()

    def ping(self) -> None:
        """Send a ping, which the NAS answers."""
        self.pinged = time.monotonic()
        try:
            self._bounded.send_by = self.pinged + self._patience
            self._socket.ping()
        except Exception as error:
            raise of_exception(error, self._address) from None

    def fileno(self) -> int:
        """Return the descriptor of the socket, to wait for data."""
        number: int = self._bounded.fileno()
        return number

    def has_data(self) -> bool:
        """Return whether data has arrived that the socket does not report, because TLS has decrypted it already."""
        return self._bounded.has_data()

    def close(self) -> None:
        """Close the connection, which ends the session on the NAS."""
        self._bounded.deadline = time.monotonic() + 1
        # If that fails, the connection is not needed, so the error does not matter.
        with suppress(Exception):
            self._socket.close(timeout=1)
        # The library closes nothing that is not a socket (websocket-client 1.9.2).
        self._bounded.close()

    def _refuse_redirect(self) -> None:
        """Raise Unreachable for a redirect.

        websocket-client 1.8 treats a redirect as a connection. 1.9 raises an error without its status and address.
        """
        answer = self._socket.handshake_response
        if answer is not None and answer.status in REDIRECTS:
            self._socket.shutdown()
            raise of_status(answer.status, self._address, answer.headers.get("location", "")) from None
