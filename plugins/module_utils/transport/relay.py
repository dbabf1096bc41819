# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that runs on the NAS over SSH: it copies bytes between its standard streams and a local socket.

`over_ssh.start` sends it without annotations. It imports only the standard library, and runs on Python 3.6 and later
(truenas-api/older.md §4). It writes no file, and ends when either side closes. It does not know the protocol, except that any
answer but `101 Switching Protocols` ends the use of a connection: what the client sends next goes over a new one.
"""

from __future__ import annotations

# The part of `socket` in C, because the rest takes as long as the start of Python. So do `json` and `contextlib`.
import _socket
import errno
import os
import pwd
import select
from typing import Any

CHUNK = 65536
"""Bytes that wait in one direction at most before the program stops reading from the other side."""
STATUS = len(b"HTTP/1.1 101")


class Relay:
    """The copies in both directions. `mark` begins each line of the program, `paths` are tried in their order."""

    def __init__(self, mark: str, paths: list[str]) -> None:
        self.mark = mark
        self.paths = paths
        self.peer: _socket.socket | None = None
        self.to_peer = b""
        self.to_client = b""
        self.status = b""

    def connect(self) -> bool:
        """Connect to the first path with a socket. Report that, or why there is none, and return whether there is one."""
        refused: list[str] = []
        self.status = b""
        for path in self.paths:
            peer = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
            try:
                peer.connect(path)
            except OSError as error:
                peer.close()
                # The numbers differ between Linux and FreeBSD, the names do not.
                refused += [path, errno.errorcode.get(error.errno or 0, str(error))]
                continue
            peer.setblocking(False)
            self.peer = peer
            self.report(path)
            return True
        self.report("", *refused)
        return False

    def report(self, *facts: str) -> None:
        """Put a line with the user and these facts into the output."""
        try:
            user = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            user = str(os.getuid())
        line = self.mark + "\t".join([user, *facts]) + "\n"
        self.to_client += line.encode("ascii", "backslashreplace")

    def is_useless(self) -> bool:
        """Return whether the NAS has refused the upgrade, so this connection can carry nothing more."""
        return len(self.status) == STATUS and not self.status.endswith(b" 101")

    def run(self) -> None:
        """Copy until a side closes."""
        os.set_blocking(0, False)
        os.set_blocking(1, False)
        if not self.connect():
            self.finish()
            return
        while self.step():
            pass
        self.finish()

    def step(self) -> bool:
        """Wait for bytes and copy them. Return whether to go on."""
        reading: list[Any] = [0] if len(self.to_peer) < CHUNK else []
        writing: list[Any] = [1] if self.to_client else []
        if self.peer is not None and len(self.to_client) < CHUNK:
            reading.append(self.peer)
        if self.peer is not None and self.to_peer:
            writing.append(self.peer)
        readable, writable, _failed = select.select(reading, writing, [])
        if 1 in writable:
            self.to_client = self.to_client[os.write(1, self.to_client) :]
        if 0 in readable and not self.take():
            return False
        if self.peer in readable and not self.give():
            return False
        if self.peer in writable and self.to_peer and self.peer is not None:
            self.to_peer = self.to_peer[self.peer.send(self.to_peer) :]
        return True

    def take(self) -> bool:
        """Read what the client sends. Return whether the connection goes on."""
        data = os.read(0, CHUNK)
        if not data:
            return False
        if self.is_useless():
            if self.peer is not None:
                self.peer.close()
            self.peer = None
            if not self.connect():
                return False
        self.to_peer += data
        return True

    def give(self) -> bool:
        """Read what the NAS sends. Return whether the connection goes on."""
        if self.peer is None:
            return True
        data = self.peer.recv(CHUNK)
        self.status = (self.status + data[:STATUS])[:STATUS]
        self.to_client += data
        if data:
            return True
        self.peer.close()
        self.peer = None
        return self.is_useless()

    def finish(self) -> None:
        """Write the rest of the output."""
        os.set_blocking(1, True)
        while self.to_client:
            self.to_client = self.to_client[os.write(1, self.to_client) :]


def main(mark: str, paths: list[str]) -> None:
    """Run until a side closes."""
    try:  # noqa: SIM105 - contextlib takes time to import on the NAS
        Relay(mark, paths).run()
    except OSError:
        # A side has closed while it was written to, and there is nobody to report that to.
        pass
