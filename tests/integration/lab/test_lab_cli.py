# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers as a program of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lab import SERVERS


@contextmanager
def lab(*arguments: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "tests.lab", *arguments]
    env = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def children(pid: int) -> list[int]:
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]


def ended(group: int) -> bool:
    """Wait a while for the processes of a group to end, and tell whether they did."""
    for _attempt in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    with lab("--only", "http,ftp", folder=tmp_path) as (process, clients):
        assert [*clients] == ["http", "ftp"]
        process.send_signal(number)
        assert process.communicate(timeout=2) == ("", "")
        assert process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((clients["ftp"]["options"]["host"], clients["ftp"]["options"]["port"]), 5)


def test_all_servers_start_together_and_soon(tmp_path: Path) -> None:
    begin = time.monotonic()
    with lab(folder=tmp_path) as (process, clients):
        assert time.monotonic() - begin < 10
        assert [*clients] == [*SERVERS]
        assert all(client["options"] and client["url"] for client in clients.values())
        groups = children(process.pid)
        process.terminate()
        process.communicate(timeout=5)
        assert process.returncode == 0
    assert all(map(ended, groups))
    assert not [*tmp_path.iterdir()]


def test_its_servers_end_with_it_even_if_it_is_killed(tmp_path: Path) -> None:
    with lab("--only", "s3,storj_ix", folder=tmp_path) as (process, clients):
        assert [*clients] == ["s3", "storj_ix"]
        groups = children(process.pid)
        assert len(groups) == 2
        process.kill()
        process.wait()
    assert all(map(ended, groups))


def test_an_unknown_server_is_named() -> None:
    command = [sys.executable, "-m", "tests.lab", "--only", "gopher"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    assert done.returncode == 2
    assert "no such server: gopher; there are s3," in done.stderr
