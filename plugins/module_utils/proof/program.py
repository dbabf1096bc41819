# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone and restic on the host that runs the task.

Nothing is written to a disk: what a program fetches comes through a pipe, and is read and forgotten. A program gets its
configuration and every secret by its environment, which only its user and root can read, and names of files by another pipe.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import IO, TypeVar, cast

from .causes import NO_PROGRAM, OUT_OF_TIME, Unproven

_T = TypeVar("_T")

_INHERITED = frozenset({"PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"})
"""The variables that a program inherits. Others, such as AWS_PROFILE or RCLONE_RETRIES, would change the result."""

_ENDS_WITH_US = """
exec 3<&0
"$@" 3<&- & program=$!
{ read -r line; kill -KILL $program; } <&3 >/dev/null 2>&1 & watcher=$!
exec 3<&-
wait $program; status=$?
kill -KILL $watcher
exit $status
"""
"""A shell that runs a program, and kills it when the standard input ends, as it does when this process ends, even by SIGKILL."""

_MAX_NOTES = 65536
"""Bytes of the standard error to keep."""

_INSTALL = (
    "Install {0} on the host that runs the task, for example with its package manager, or set {0}_path to the program."
)


class ProgramFailed(Exception):
    """A program ended with an error; the text is its standard error, which can contain secrets."""


@dataclass(frozen=True)
class Runner:
    """One program with its configuration, and a deadline by the monotonic clock for all of its runs."""

    path: str
    environment: Mapping[str, str]
    deadline: float

    def run(
        self, arguments: Sequence[str], take: Callable[[IO[bytes]], _T], names: Sequence[str] = ()
    ) -> tuple[_T, str]:
        """Return what `take` makes of the output, and the standard error.

        `{names}` in the arguments becomes the path of a file with the names as lines. Raises ProgramFailed, Unproven at the
        deadline, and what `take` raises. The program has ended then.
        """
        command = [self.path, *arguments]
        with (
            _lines(names) as file,
            _started(command, self.environment, file) as process,
            self._limited(process) as late,
        ):
            notes, output = _Notes(process.stderr), cast("IO[bytes]", process.stdout)
            try:
                result = take(output)
            except ValueError:
                # The output of a program that was killed or has failed ends anywhere.
                output.close()
                self._check(process.wait(), late, notes)
                raise
            self._check(process.wait(), late, notes)
            return result, notes.text()

    @contextmanager
    def _limited(self, process: subprocess.Popen[bytes]) -> Iterator[threading.Event]:
        """Kill the program at the deadline while the context lasts. Yield an event that is set then."""
        late = threading.Event()
        timer = threading.Timer(max(self.deadline - time.monotonic(), 0), _end, (process, late))
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()

    def _check(self, status: int, late: threading.Event, notes: _Notes) -> None:
        """Raise Unproven or ProgramFailed unless the program has succeeded."""
        program = os.path.basename(self.path)
        if late.is_set():
            raise Unproven(OUT_OF_TIME, f"{program} did not end within proof_timeout")
        if status:
            raise ProgramFailed(notes.text() or f"{program} ended with the status {status}")


def find(name: str, paths: Mapping[str, str]) -> str:
    """Return the path of rclone or restic. Raises Unproven if it is not installed."""
    given = paths.get(name)
    if found := shutil.which(given or name):
        return os.path.abspath(found)
    text = f"{given} is not a program" if given else f"{name} is not installed on the host that runs the task"
    raise Unproven(replace(NO_PROGRAM, hint=_INSTALL.format(name)), text)


class _Notes:
    """The beginning of a standard error, read by a thread: a full pipe would stop the program."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._kept = b""
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[bytes] | None) -> None:
        # The pipe can be closed by the other thread.
        with suppress(ValueError, OSError):
            for line in stream or ():
                self._kept += line[: _MAX_NOTES - len(self._kept)]

    def text(self) -> str:
        """Return the text after the end of the program."""
        self._thread.join(1)
        return self._kept.decode(errors="replace").strip()


@contextmanager
def _started(
    command: Sequence[str], environment: Mapping[str, str], names: int | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the context lasts. The process is the leader of a group with the program in it."""
    inherited = {name: value for name, value in os.environ.items() if name.upper() in _INHERITED}
    placed = [part.replace("{names}", f"/dev/fd/{names}") for part in command]
    # pylint: disable-next=ansible-bad-function  # run_command of a module keeps all output until the program ends
    process = subprocess.Popen(  # noqa: S603 - the shell is fixed, and the program is an argument that it does not interpret
        ["/bin/sh", "-c", _ENDS_WITH_US, "sh", *placed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={**inherited, **environment},
        pass_fds=() if names is None else (names,),
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes], late: threading.Event | None = None) -> None:
    """Kill a program and its shell, unless they have ended. `late` is set if they had not."""
    if process.returncode is None:
        if late:
            late.set()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def _lines(names: Sequence[str]) -> Iterator[int | None]:
    """Yield a pipe from which a program can read the names, one in a line, or None if there are none."""
    if not names:
        yield None
        return
    reading, writing = os.pipe()
    data = "".join(f"{name}\n" for name in names).encode(errors="surrogateescape")
    thread = threading.Thread(target=_write, args=(writing, data), daemon=True)
    thread.start()
    try:
        yield reading
    finally:
        os.close(reading)
        thread.join(1)


def _write(pipe: int, data: bytes) -> None:
    # A program that has ended does not read.
    with suppress(BrokenPipeError), open(pipe, "wb") as file:
        file.write(data)
