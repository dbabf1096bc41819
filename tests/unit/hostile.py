# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that do not behave as a NAS: they send what a test wants, and as slowly as it wants."""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from tests.unit.tasks import defaults

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Peer:
    """The server's end of one connection. Sending and waiting end when the test ends."""

    def __init__(self, taken: socket.socket, stop: threading.Event) -> None:
        self._socket = taken
        self._stop = stop

    def take(self) -> bytes:
        """Return some bytes from the client."""
        return self._socket.recv(1 << 16)

    def put(self, data: bytes) -> None:
        """Send bytes at once."""
        self._socket.sendall(data)

    def trickle(self, data: bytes, pause: float = 0.1) -> None:
        """Send a byte at a time."""
        for number in range(len(data)):
            if self._stop.wait(pause):
                return
            self.put(data[number : number + 1])

    def flood(self, data: bytes) -> None:
        """Send bytes over and over."""
        while not self._stop.is_set():
            self.put(data)

    def wait(self) -> None:
        """Say nothing until the end of the test."""
        self._stop.wait()

    def upgrade(self) -> None:
        """Accept a WebSocket."""
        request = self.take().decode()
        [key] = [
            line.partition(": ")[2] for line in request.split("\r\n") if line.lower().startswith("sec-websocket-key:")
        ]
        accept = base64.b64encode(hashlib.sha1(f"{key}{GUID}".encode()).digest()).decode()
        self.put(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )


def text(message: str) -> bytes:
    """Return a message as a frame."""
    return head(len(message.encode())) + message.encode()


def head(length: int, opcode: int = 1) -> bytes:
    """Return the head of a frame that announces a length."""
    if length < 126:
        return struct.pack("!BB", 0x80 | opcode, length)
    return struct.pack("!BBQ", 0x80 | opcode, 127, length)


def closing(code: int, reason: str) -> bytes:
    """Return a close frame."""
    body = struct.pack("!H", code) + reason.encode()
    return head(len(body), 8) + body


@contextmanager
def serving(behave: Callable[[Peer], None]) -> Iterator[int]:
    """Have every connection to a port, which is yielded, treated like this."""
    stop = threading.Event()
    threads = []

    def treat(taken: socket.socket) -> None:
        with taken, suppress(OSError):
            behave(Peer(taken, stop))

    def listen() -> None:
        with suppress(OSError):
            while True:
                threads.append(threading.Thread(target=treat, args=(listener.accept()[0],)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listening = threading.Thread(target=listen)
        listening.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)
            for thread in [listening, *threads]:
                thread.join(10)


def target(port: int, timeout: float = 1, scheme: str = "ws://") -> connection.Connection:
    """Return a connection to a port of this host."""
    options = {"host": f"{scheme}127.0.0.1", "port": port, "username": "automation", "api_key": "1-hush-canary"}
    return connection.read(
        {**defaults(connection.ARGUMENTS), **options, "allow_plaintext": scheme == "ws://", "timeout": timeout}
    )
