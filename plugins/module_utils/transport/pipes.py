# SPDX-License-Identifier: GPL-3.0-or-later
"""The standard streams of a process, such as ssh, in the form of a socket."""

from __future__ import annotations

import os
import select
import time
from contextlib import suppress
from subprocess import TimeoutExpired
from typing import Protocol

MAX_NOTES = 16384
"""Bytes of the standard error to keep: the last ones, because a banner comes first."""
MAX_GREETING_SIZE = 65536
"""Bytes before the first line of the program on the NAS, for example of a login script."""
ENDING = 2.0
"""Seconds that the process has to end by itself when its streams are closed."""


class Process(Protocol):
    """The methods of `subprocess.Popen` that end a process."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status. Raises subprocess.TimeoutExpired."""

    def poll(self) -> int | None:
        """Return the exit status, or None."""

    def terminate(self) -> None:
        """Ask the process to end."""

    def kill(self) -> None:
        """End the process."""


class NoGreeting(Exception):
    """The process has closed its output, or sent too much, before the first marked line."""


class Pipes:
    """A process with pipes, with the methods of a socket. Owns the descriptors.

    While `lent` is true, `close` does nothing, because the connection is used again.
    """

    def __init__(self, process: Process, stdin: int, stdout: int, stderr: int) -> None:
        self._process = process
        self._stdin, self._stdout, self._stderr = stdin, stdout, stderr
        self._timeout: float | None = None
        self._left = b""
        self._mark = b""
        self._notes = b""
        self._has_notes = True
        self.lent = False
        for descriptor in (stdin, stdout, stderr):
            os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        """Return the descriptor to read from."""
        return self._stdout

    def settimeout(self, seconds: float | None) -> None:
        """Set the seconds that `recv` and `send` wait."""
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        """Return the seconds that `recv` and `send` wait."""
        return self._timeout

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end. Raises TimeoutError."""
        if self._mark:
            mark, self._mark = self._mark, b""
            with suppress(NoGreeting):
                self.greeting(mark)
        if self._left:
            data, self._left = self._left[:size], self._left[size:]
            return data
        self._wait(self._stdout, select.POLLIN)
        return os.read(self._stdout, size)

    def send(self, data: bytes) -> int:
        """Send some of the bytes, and return their number. Raises TimeoutError and BrokenPipeError."""
        self._wait(self._stdin, select.POLLOUT)
        try:
            return os.write(self._stdin, data)
        except BlockingIOError:
            return 0

    def greeting(self, mark: bytes) -> bytes:
        """Return the next line with this mark, without it, and skip what comes before. Raises TimeoutError and NoGreeting.

        What follows the line is for `recv`.
        """
        text = self._left
        self._left = b""
        end = None if self._timeout is None else time.monotonic() + self._timeout
        while True:
            _before, found, after = text.partition(mark)
            line, is_whole, rest = after.partition(b"\n")
            if found and is_whole:
                self._left = rest
                return line
            self._wait(self._stdout, select.POLLIN, end)
            data = os.read(self._stdout, MAX_GREETING_SIZE)
            if not data or len(text) > MAX_GREETING_SIZE:
                raise NoGreeting
            text += data

    def renew(self, mark: bytes) -> None:
        """Skip the rest of the previous answer, up to the next line with this mark, when something is received."""
        self._mark = mark

    def shutdown(self, how: int = 0) -> None:
        """Close both directions."""
        self.close()

    def close(self) -> None:
        """Close the streams, and end the process if it does not end by itself. Does nothing the second time."""
        if self.lent or self._stdin < 0:
            return
        # At the end of its input, the program on the NAS ends, and ssh with it.
        for descriptor in (self._stdin, self._stdout):
            os.close(descriptor)
        self._stdin = self._stdout = -1
        self._end()
        os.close(self._stderr)

    def ended(self, seconds: float) -> tuple[int | None, str]:
        """Return the exit status of the process, None if it does not end within so many seconds, and its standard error."""
        end = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < end:
            self._drain()
            time.sleep(0.01)
        self._drain()
        return self._process.poll(), self._notes.decode(errors="replace")

    def _end(self) -> None:
        with suppress(TimeoutExpired):
            self._process.wait(ENDING)
            return
        self._process.terminate()
        with suppress(TimeoutExpired):
            self._process.wait(ENDING)
            return
        self._process.kill()
        self._process.wait()

    def _wait(self, descriptor: int, event: int, end: float | None = None) -> None:
        """Wait until the descriptor is ready, and read the standard error meanwhile. Raises TimeoutError at the `end`."""
        if end is None and self._timeout is not None:
            end = time.monotonic() + self._timeout
        while True:
            poller = select.poll()
            poller.register(descriptor, event)
            if self._has_notes:
                poller.register(self._stderr, select.POLLIN)
            remaining = None if end is None else max(end - time.monotonic(), 0) * 1000
            ready = dict(poller.poll(remaining))
            if self._stderr in ready:
                self._drain()
            if descriptor in ready:
                return
            if end is not None and time.monotonic() >= end:
                raise TimeoutError

    def _drain(self) -> None:
        """Read the standard error: a full pipe would stop the process."""
        while self._has_notes:
            try:
                data = os.read(self._stderr, MAX_NOTES)
            except BlockingIOError:
                return
            self._has_notes = bool(data)
            self._notes = (self._notes + data)[-MAX_NOTES:]
