# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways in which a server runs: in a thread, or as a program of its own."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from signal import SIGKILL
from subprocess import PIPE, STDOUT, Popen, TimeoutExpired
from threading import Thread, Timer

from .base import PATIENCE


@contextmanager
def thread(serve: Callable[[], object], stop: Callable[[], object]) -> Iterator[None]:
    """Run `serve` in a thread while the context lasts; `stop` makes it return."""
    worker = Thread(target=serve, daemon=True)
    worker.start()
    try:
        yield
    finally:
        stop()
        worker.join(PATIENCE)
        if worker.is_alive():
            raise RuntimeError(f"{serve} does not stop")


@contextmanager
def program(
    command: Sequence[str], ready: str, env: Mapping[str, str] | None = None
) -> Iterator[tuple[Popen[str], re.Match[str]]]:
    """Run a program while the context lasts: yield it, and the match of `ready` in a line that it wrote.

    It has to end when its standard input does, which happens when this process ends, however that comes about. Raises
    RuntimeError with what it wrote if it does not get ready.
    """
    # A session of its own keeps a terminal's Ctrl-C from it, and makes it and its children a group that can be killed.
    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=STDOUT, text=True, env=env, start_new_session=True) as process:
        assert process.stdin
        try:
            match = _wait(process, re.compile(ready))
            # A full pipe would stop the program.
            Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
            yield process, match
        finally:
            process.stdin.close()
            try:
                process.wait(1)
            except TimeoutExpired:
                os.killpg(process.pid, SIGKILL)


def _wait(process: Popen[str], ready: re.Pattern[str]) -> re.Match[str]:
    assert process.stdout
    lines = []
    limit = Timer(PATIENCE, os.killpg, (process.pid, SIGKILL))
    limit.start()
    try:
        for line in process.stdout:
            if match := ready.search(line):
                return match
            lines.append(line)
    finally:
        limit.cancel()
    raise RuntimeError(f"{process.args!r} did not start:\n{''.join(lines)}")
