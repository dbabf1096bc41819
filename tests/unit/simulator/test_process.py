# SPDX-License-Identifier: GPL-3.0-or-later
"""The child process: start, ready line, journal, persistence, end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.simulator import API_KEY, PASSWORD, READ_ONLY_API_KEY, USER, Simulator

from .samples import sent
from .wire import Wire

SECRET = "secret-that-no-log-may-hold"


def children(pid: int) -> list[int]:
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_cleanly_while_a_check_runs(tmp_path: Path, number: int) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    options = ["--user", USER, "--api-key", API_KEY, "--state", str(tmp_path / "state"), "--version", "26.0.0"]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.simulator", *options],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    ready = json.loads(child.stdout.readline())
    assert set(ready) == {"url", "ca_file", "journal", "mnt", "pid", "socket"}
    assert ready["pid"] == child.pid
    address = Simulator.__new__(Simulator)
    address.host, address.port = "127.0.0.1", urlsplit(ready["url"]).port or 0
    address.ca_file = ready["ca_file"]
    # Connections to the mute server open, and then nothing is said on them.
    with Wire(address) as wire, socket.create_server(("127.0.0.1", 0)) as mute:
        wire.login()
        provider = {"type": "FTP", "host": "127.0.0.1", "port": mute.getsockname()[1], "user": "u", "pass": SECRET}
        assert wire.call("cloudsync.credentials.verify", {"type": "HTTP", "url": "http://127.0.0.1:9"})["error"]
        assert files(temporary) == [], "the finished check left nothing"
        wire.send("cloudsync.credentials.verify", provider)
        mute.settimeout(10)
        mute.accept()
        running = children(child.pid)
        (configuration,) = files(temporary)
        assert configuration.stat().st_mode & 0o077 == 0
        assert SECRET not in configuration.read_text()
        child.send_signal(number)
        _rest, stderr = child.communicate(timeout=10)
    assert child.returncode == 0
    assert SECRET not in stderr
    assert running
    assert not [pid for pid in running if Path(f"/proc/{pid}").exists()]
    assert list(temporary.iterdir()) == []


def test_failure_to_start_is_reported_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    bad = tmp_path / "state"
    bad.write_text("a file where a directory should be")
    with pytest.raises(RuntimeError, match="cannot start"):
        Simulator(state=bad).start()
    with pytest.raises(RuntimeError, match="unknown in a seed: nonsense"):
        Simulator(seed={"nonsense": []}).start()
    assert list(temporary.iterdir()) == []


def test_state_survives_a_restart(tmp_path: Path) -> None:
    seed: dict[str, Any] = {
        "credentials": [{"id": 1, "name": "seeded", "provider": sent("B2")}],
        "keypairs": [{"id": 6, "name": "pair", "private_key": "p", "public_key": "q"}],
        "cloud_sync": [{"id": 2, "description": "task", "credentials": 1}],
    }
    methods = ("cloudsync.credentials.query", "keychaincredential.query", "cloudsync.query")
    with Simulator(state=tmp_path, seed=seed) as nas, Wire(nas) as wire:
        wire.login()
        wire.call("cloudsync.credentials.create", {"name": "made", "provider": sent("SFTP")})
        wire.call("cloudsync.credentials.update", 1, {"name": "renamed"})
        before = [wire.call(method) for method in methods]
        assert [len(rows) for rows in before] == [2, 1, 1]
        assert (tmp_path / "nas.sqlite").stat().st_mode & 0o077 == 0, "secrets are the owner's only"
        assert nas.stop() == 0
    with Simulator(state=tmp_path, seed=seed) as nas, Wire(nas) as wire:
        wire.login()
        assert [wire.call(method) for method in methods] == before


def test_journal_has_a_line_per_call_and_no_secret(tmp_path: Path) -> None:
    with Simulator(state=tmp_path) as nas:
        with Wire(nas) as wire:
            wire.login()
            wire.call("auth.login", USER, PASSWORD)
            created = wire.call(
                "cloudsync.credentials.create", {"name": "n", "provider": {**sent("B2"), "key": SECRET}}
            )
            wire.error("cloudsync.credentials.create", {"name": "n", "provider": {**sent("B2"), "key": SECRET}})
            wire.error("cloudsync.credentials.create", {"name": "m", "provider": {"type": "B2", SECRET: SECRET}})
            wire.error(SECRET)
            wire.error("secretwithoutdots")
            # What was selected as a name is none, and a count is no id.
            selected = {"get": True, "select": [["provider.key", "name"]]}
            assert wire.call("cloudsync.credentials.query", [], selected) == {"name": SECRET}
            assert wire.call("cloudsync.credentials.query", [], {"count": True}) == 1
            wire.error("cloudsync.credentials.verify", {"type": "B2", "name": SECRET})
            wire.call("cloudsync.credentials.delete", created["id"])
        with Wire(nas, "/api/v25.10.0") as wire:
            wire.call("core.ping")
        lines = nas.journal()
        kept = [(line["method"], line["ok"], line.get("code"), line.get("name"), line.get("id")) for line in lines]
        create = "cloudsync.credentials.create"
        assert kept == [
            ("auth.login_ex", True, None, None, None),
            ("auth.login", True, None, None, None),
            (create, True, None, "n", created["id"]),
            (create, False, -32602, "n", None),
            (create, False, -32602, "m", None),
            ("<invalid>", False, -32601, None, None),
            ("<invalid>", False, -32601, None, None),
            ("cloudsync.credentials.query", True, None, None, None),
            ("cloudsync.credentials.query", True, None, None, None),
            ("cloudsync.credentials.verify", False, -32602, None, None),
            ("cloudsync.credentials.delete", True, None, None, created["id"]),
            ("core.ping", True, None, None, None),
        ]
        assert len({line["session"] for line in lines}) == 2
        assert [line["version"] for line in lines] == ["v26.0.0"] * 11 + ["v25.10.0"]
        assert all(abs(line["time"] - time.time()) < 60 for line in lines)
        text = (tmp_path / "journal.jsonl").read_text() + nas.stderr()
        for secret in (SECRET, API_KEY, READ_ONLY_API_KEY, PASSWORD):
            assert secret not in text
        nas.clear_journal()
        with Wire(nas) as wire:
            wire.call("core.ping")
        assert [line["method"] for line in nas.journal()] == ["core.ping"]


def test_pools_and_datasets_of_the_command_line(tmp_path: Path) -> None:
    options = [
        *("--user", "u", "--api-key", "1-key", "--state", str(tmp_path / "state"), "--mnt", str(tmp_path / "mnt")),
        *("--pool", "fast", "--dataset", "fast/a:locked:readonly", "--zvol", "fast/v:vm"),
        *("--directory", "/mnt/fast/b/c", "--dataset", "fast/d"),
    ]
    command = [sys.executable, "-m", "tests.simulator", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["mnt"] == str(tmp_path / "mnt")
        process.terminate()
    folders = {str(folder.relative_to(tmp_path / "mnt")) for folder in (tmp_path / "mnt").rglob("*")}
    assert folders == {"fast", "fast/a", "fast/b", "fast/b/c", "fast/d"}
