# SPDX-License-Identifier: GPL-3.0-or-later
"""The program on the NAS: what it copies, what it reports, and when it ends."""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.transport import over_ssh
from ansible_collections.nasops.truenas.plugins.module_utils.transport.over_ssh import Report
from ansible_collections.nasops.truenas.plugins.module_utils.transport.pipes import NoGreeting, Pipes

MARK = "mark 0123 "
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"
PYENV = Path.home() / ".pyenv/versions"


@contextmanager
def listening(folder: Path) -> Iterator[socket.socket]:
    """Yield a socket that listens at a path, its name."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        listener.listen()
        listener.settimeout(10)
        yield listener


@contextmanager
def started(path: str | None, python: str = "", before: str = "") -> Iterator[tuple[Pipes, subprocess.Popen[bytes]]]:
    """Yield the streams of the program, which has its text but has not been listened to."""
    command = before + over_ssh.COMMAND.replace("python3", python or sys.executable)
    given: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(["/bin/sh", "-c", command], env={"PATH": os.environ["PATH"]}, **given) as process:
        pipes = Pipes(
            process, *(os.dup(stream.fileno()) for stream in (process.stdin, process.stdout, process.stderr) if stream)
        )
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
        pipes.settimeout(10)
        with suppress(BrokenPipeError):
            pipes.send(over_ssh.start(MARK, path))
        try:
            yield pipes, process
        finally:
            pipes.close()


def greeting(pipes: Pipes) -> Report | None:
    """Return the next report."""
    return over_ssh.report(pipes.greeting(MARK.encode()))


def read(stream: Any, size: int) -> bytes:
    """Return so many bytes of a socket or pipes."""
    data = b""
    while len(data) < size:
        found = stream.recv(65536)
        assert found
        data += found
    return data


def pythons() -> list[str]:
    """Return the oldest and the newest Python of this machine that a NAS can have, or only that of the tests."""
    found = {version: shutil.which(f"{PYENV}/{version}/bin/python3") for version in ("3.6.15", "3.9.18", "3.13.0")}
    return [path for path in found.values() if path] or [sys.executable]


@pytest.mark.parametrize("python", pythons())
def test_bytes_pass_in_both_directions_until_the_nas_closes(python: str, tmp_path: Path) -> None:
    with (
        listening(tmp_path) as listener,
        started(listener.getsockname(), python, "echo a banner; echo; ") as (pipes, process),
    ):
        found = greeting(pipes)
        assert found == Report(user=found.user if found else "", socket=listener.getsockname())
        nas, _address = listener.accept()
        with nas:
            pipes.send(b"GET /\r\n\r\n")
            assert read(nas, 9) == b"GET /\r\n\r\n"
            nas.sendall(SWITCHED)
            assert read(pipes, len(SWITCHED)) == SWITCHED
            large = os.urandom(1 << 20)
            back = threading.Thread(target=nas.sendall, args=(large,))
            back.start()
            assert read(pipes, len(large)) == large
            back.join()
            text = large
            forth: list[bytes] = []
            reader = threading.Thread(target=lambda: forth.append(read(nas, len(large))))
            reader.start()
            while text:
                text = text[pipes.send(text) :]
            reader.join()
            assert forth == [large]
        assert pipes.recv(10) == b""
        assert process.wait(10) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["s"]


def test_the_program_ends_with_its_input_and_so_with_ssh(tmp_path: Path) -> None:
    with listening(tmp_path) as listener, started(listener.getsockname()) as (pipes, process):
        greeting(pipes)
        nas, _address = listener.accept()
        with nas:
            pipes.close()
            assert process.wait(10) == 0
            assert nas.recv(1) == b""


@pytest.mark.parametrize("closes", [False, True])
def test_after_an_answer_that_is_no_upgrade_the_next_bytes_get_a_new_connection(closes: bool, tmp_path: Path) -> None:
    with listening(tmp_path) as listener, started(listener.getsockname()) as (pipes, _process):
        greeting(pipes)
        first, _address = listener.accept()
        with first:
            pipes.send(b"first")
            assert read(first, 5) == b"first"
            first.sendall(REFUSED)
            assert read(pipes, 12).startswith(REFUSED[:12])
            if closes:
                first.close()
            pipes.renew(MARK.encode())
            pipes.send(b"second")
            second, _address = listener.accept()
            with second:
                assert read(second, 6) == b"second"
                second.sendall(SWITCHED)
                assert read(pipes, len(SWITCHED)) == SWITCHED


@pytest.mark.parametrize(
    ("kind", "name"), [("missing", "ENOENT"), ("file", "ECONNREFUSED"), ("long", "AF_UNIX path too long")]
)
def test_a_path_without_a_socket_is_reported_with_the_name_of_its_error(kind: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = str(tmp_path / (kind if kind != "long" else "x" * 200))
    with started(path) as (pipes, process):
        found = greeting(pipes)
        assert found is not None
        assert (found.socket, found.refused) == ("", {path: name})
        assert pipes.recv(1) == b""
        assert process.wait(10) == 0


def test_the_text_of_the_program_has_no_syntax_that_is_newer_than_3_6() -> None:
    ast.parse(over_ssh.program(), feature_version=(3, 6))
    assert "annotations" not in over_ssh.program()
    assert '"""' not in over_ssh.program()
    # Shells other than sh get it in single quotes.
    assert not {"'", "!", "\n"} & {*over_ssh.COMMAND}


def test_what_is_sent_is_one_line_of_ascii() -> None:
    line = over_ssh.start("märk", "/tmp/sö\n'\"")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert ast.literal_eval(line.partition(b";main")[2].decode()) == ("märk", ["/tmp/sö\n'\""])
    assert over_ssh.start("m", None).endswith(f",{[*over_ssh.PATHS]})\n".encode())


@pytest.mark.parametrize("line", [b"", b"root", b"\t/s", b"root\t\t/s"])
def test_any_other_line_is_no_report(line: bytes) -> None:
    assert over_ssh.report(line) is None


def test_a_program_that_sends_no_mark_is_given_up() -> None:
    with started(None, before="yes | head -c 300000; exit 3; ") as (pipes, process), pytest.raises(NoGreeting):
        greeting(pipes)
    assert process.returncode is not None
    with started(None, before="echo no program >&2; exit 3; ") as (pipes, process):
        with pytest.raises((NoGreeting, BrokenPipeError)):
            greeting(pipes)
        assert pipes.ended(5) == (3, "no program\n")


def test_a_full_standard_error_stops_nothing(tmp_path: Path) -> None:
    noisy = "(yes debug1: noise | head -c 500000 >&2); "
    with listening(tmp_path) as listener, started(listener.getsockname(), before=noisy) as (pipes, _process):
        found = greeting(pipes)
        assert found is not None
        assert found.socket == listener.getsockname()
