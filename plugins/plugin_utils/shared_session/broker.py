# SPDX-License-Identifier: GPL-3.0-or-later
"""One login for all workers that need it: passes requests and replies between them and the NAS."""

from __future__ import annotations

import json
import queue
import selectors
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    ConnectionLost,
    SessionEnded,
    TimedOut,
    TrueNASError,
)
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import JSON_RPC, Dialect

from .desk import SPAN, Desk
from .frames import ABANDON, GO, HELLO, LOST, REPLY, REQUEST, Reader, frame, pack_error
from .wire import AT_A_TIME

SLICE = 0.05
"""Seconds to wait for the rest of a message before other sockets get their turn."""

PAUSE = 5.0
"""Seconds between two looks at the connection while nothing happens."""

PATIENCE = 10.0
"""Seconds that the NAS has to answer a ping."""

MAX_BACKLOG_SIZE = 256 << 20
"""Bytes that wait for a worker that does not read, before it is cut off."""


class Line(Protocol):
    """The methods of a connection to the NAS that the broker uses; `transport.channel.Channel` has them."""

    @property
    def heard(self) -> float:
        """When the NAS last sent something, on the clock of `time.monotonic`."""

    @property
    def pinged(self) -> float:
        """When the last ping was sent, on the same clock."""

    def send(self, text: str) -> None:
        """Send one message."""

    def receive(self, deadline: float) -> str:
        """Return the next message. Raises TimedOut at the deadline; a part of a message is kept."""

    def fileno(self) -> int:
        """Return the descriptor of the socket."""

    def has_data(self) -> bool:
        """Return whether data has arrived that the socket does not report."""

    def keep_alive(self) -> None:
        """Send a ping if the connection was silent for long."""

    def ping(self) -> None:
        """Send a ping."""


@dataclass(eq=False)
class _Worker:
    """A worker that has joined: its socket, its number, and the bytes that it has not read."""

    socket: socket.socket
    number: int
    reader: Reader = field(default_factory=Reader)
    unread: bytearray = field(default_factory=bytearray)


class Broker:
    """Passes requests and replies between workers and one NAS.

    `roles` are those of the login, and `dialect` is that of the NAS. Runs in a thread of its own; `add` can be called from
    others.
    """

    def __init__(self, line: Line, roles: frozenset[str] | None, dialect: Dialect = JSON_RPC) -> None:
        self._line = line
        self._roles = roles
        self._dialect = dialect
        self._new: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
        self._wake, self._wakened = socket.socketpair()
        self._desk = Desk()
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()
        self._asked_at = 0.0

    def add(self, worker: socket.socket) -> None:
        """Serve a worker, too."""
        self._new.put(worker)
        self._wake.send(b".")

    def run(self) -> NoReturn:
        """Serve until the connection to the NAS is lost. Raises the error of the connection."""
        self._selector.register(self._wakened, selectors.EVENT_READ, self._welcome)
        self._selector.register(self._line.fileno(), selectors.EVENT_READ, self._deliver)
        while True:
            for key, events in self._selector.select(0 if self._line.has_data() else PAUSE):
                if isinstance(key.data, _Worker):
                    self._exchange(key.data, events)
                else:
                    key.data()
            if self._line.has_data():
                self._deliver()
            self._send_due()
            self._check_line()

    def tell(self, error: TrueNASError) -> None:
        """Report to all workers why their requests fail."""
        message = frame(LOST, pack_error(error))
        late = [_Worker(self._new.get(), 0) for _index in range(self._new.qsize())]
        for worker in (*self._workers.values(), *late):
            with worker.socket, suppress(OSError):
                worker.socket.settimeout(1)
                worker.socket.sendall(bytes(worker.unread) + message)
        for end in (self._selector, self._wake, self._wakened):
            end.close()

    def _welcome(self) -> None:
        self._wakened.recv(1)
        connection = self._new.get()
        connection.setblocking(False)
        worker = _Worker(connection, self._desk.join())
        self._workers[worker.number] = worker
        self._selector.register(connection, selectors.EVENT_READ, worker)
        roles = None if self._roles is None else sorted(self._roles)
        self._write(worker, frame(HELLO, json.dumps([roles, worker.number * SPAN, self._dialect.name]).encode()))

    def _exchange(self, worker: _Worker, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._flush(worker)
        if not events & selectors.EVENT_READ or worker.number not in self._workers:
            return
        try:
            data = worker.socket.recv(AT_A_TIME)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        try:
            for kind, body in worker.reader.feed(data):
                self._take(worker, kind, body)
        except (ValueError, KeyError, TypeError):
            # Workers of this collection do not send such messages.
            data = b""
        if not data:
            self._drop(worker)

    def _take(self, worker: _Worker, kind: bytes, body: bytes) -> None:
        if kind == REQUEST:
            text = body.decode()
            number, subscriptions = self._dialect.asked(text)
            # The NAS sends the first events of a subscription before its reply, and to workers without a call, too.
            self._desk.subscribed(worker.number, subscriptions)
            if number is None:
                self._line.send(text)
                self._write(worker, frame(GO))
            else:
                self._desk.ask(worker.number, number, text)
        elif kind == ABANDON:
            self._desk.abandon(int(body))
            if self._line.heard < self._asked_at:
                # Either the call is slow, or the NAS has gone. The answer to a ping shows which.
                self._line.ping()

    def _send_due(self) -> None:
        for number, text in self._desk.due():
            self._line.send(text)
            self._asked_at = time.monotonic()
            self._write(self._workers[number], frame(GO))

    def _deliver(self) -> None:
        """Pass on what the NAS has sent: a reply to its worker, anything else to all workers that wait for something."""
        try:
            text = self._line.receive(time.monotonic() + SLICE)
        except TimedOut:
            return
        number, has_ended = self._dialect.answered(text)
        receivers = self._desk.waiting if number is None else {self._desk.answered(number)}
        for receiver in receivers:
            if receiver in self._workers:
                self._write(self._workers[receiver], frame(REPLY, text.encode()))
        if has_ended:
            raise SessionEnded("The NAS has ended the session. Run the task again to log in again.")

    def _check_line(self) -> None:
        self._line.keep_alive()
        if self._desk.is_stuck:
            raise ConnectionLost(
                "The NAS still runs calls that timed out. The connection is closed to end them. Run the task again later."
            )
        if self._pinged_in_vain():
            raise ConnectionLost("The NAS no longer answers. Check that the NAS runs.")

    def _pinged_in_vain(self) -> bool:
        return self._line.heard < self._line.pinged < time.monotonic() - PATIENCE

    def _write(self, worker: _Worker, data: bytes) -> None:
        worker.unread += data
        self._flush(worker)

    def _flush(self, worker: _Worker) -> None:
        try:
            sent = worker.socket.send(worker.unread)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(worker)
            return
        del worker.unread[:sent]
        if len(worker.unread) > MAX_BACKLOG_SIZE:
            self._drop(worker)
            return
        writing = selectors.EVENT_WRITE if worker.unread else 0
        self._selector.modify(worker.socket, selectors.EVENT_READ | writing, worker)

    def _drop(self, worker: _Worker) -> None:
        if self._workers.pop(worker.number, None):
            self._selector.unregister(worker.socket)
            worker.socket.close()
            self._desk.leave(worker.number)
