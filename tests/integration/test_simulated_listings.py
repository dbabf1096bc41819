# SPDX-License-Identifier: GPL-3.0-or-later
"""Real checks and listings of the simulated NAS against `rclone serve` (truenas-api/wire.md §3 verify, §7b)."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.unit.simulator.samples import sent
from tests.unit.simulator.wire import Wire, triple

VERIFY = "cloudsync.credentials.verify"
RCLONE = Path(sys.executable).parent / "rclone"


# Outer blanks, quotes and every letter that could end a line or a value early.
PASSWORD = " p\"a's`s;#=$%é\\ "


GOOD = {"valid": True, "error": None, "excerpt": None}


@contextlib.contextmanager
def serve(kind: str, *arguments: str, root: Path) -> Iterator[int]:
    """A storage server on a free port over `root`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"HOME": str(root), "PATH": os.defpath, "RCLONE_CONFIG": os.devnull}
    command = [str(RCLONE), "serve", kind, str(root / "data"), "--addr", f"127.0.0.1:{port}", *arguments]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert time.monotonic() < deadline, f"rclone serve {kind} did not start"
            time.sleep(0.02)
        yield port
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("served")
    (directory / "data" / "bucket" / "folder").mkdir(parents=True)
    (directory / "data" / "bucket" / "file.txt").write_text("text")
    return directory


@pytest.fixture(scope="module")
def nas() -> Iterator[Simulator]:
    """A 26.0 for all tests."""
    with Simulator(version="26.0.0") as running:
        yield running


@pytest.fixture(scope="module")
def wire(nas: Simulator) -> Iterator[Wire]:
    """A connection that may do everything."""
    with Wire(nas) as connection:
        yield connection.login()


def check(wire: Wire, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert wire.call(VERIFY, good) == GOOD
    failed = wire.call(VERIFY, {**good, **bad})
    assert failed["valid"] is False
    assert failed["excerpt"]
    first, _first, _rest = failed["error"].partition("\n")
    assert first.endswith(failed["excerpt"].rpartition(": ")[2])
    assert not failed["excerpt"].startswith(first[:10])


def test_ftp(wire: Wire, root: Path) -> None:
    with serve("ftp", "--user", "u", "--pass", PASSWORD, root=root) as port:
        good = {"type": "FTP", "host": "127.0.0.1", "port": port, "user": "u", "pass": PASSWORD}
        check(wire, good, {"pass": PASSWORD.strip()})


def test_webdav(wire: Wire, root: Path) -> None:
    with serve("webdav", "--user", "u", "--pass", PASSWORD, root=root) as port:
        good = {"type": "WEBDAV", "url": f"http://127.0.0.1:{port}", "vendor": "OTHER", "user": "u", "pass": PASSWORD}
        check(wire, good, {"pass": "wrong"})


def test_http(wire: Wire, root: Path) -> None:
    with serve("http", root=root) as port:
        check(wire, {"type": "HTTP", "url": f"http://127.0.0.1:{port}"}, {"url": f"http://127.0.0.1:{port}/absent/"})


def test_sftp_by_password_and_key(wire: Wire, nas: Simulator, root: Path) -> None:
    pair = wire.call("keychaincredential.generate_ssh_key_pair")
    key = wire.call("keychaincredential.create", {"name": "sftp", "type": "SSH_KEY_PAIR", "attributes": pair})
    (root / "authorized").write_text(pair["public_key"])
    by_key = {"type": "SFTP", "host": "127.0.0.1", "user": "u", "private_key": key["id"]}
    with serve("sftp", "--user", "u", "--pass", PASSWORD, root=root) as port:
        good = {"type": "SFTP", "host": "127.0.0.1", "port": port, "user": "u", "pass": PASSWORD}
        check(wire, good, {"pass": "wrong"})
        keys = wire.call("keychaincredential.remote_ssh_host_key_scan", {"host": "127.0.0.1", "port": port})
        assert {line.split()[0] for line in keys.split("\n")} & {"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"}
    with serve("sftp", "--authorized-keys", str(root / "authorized"), root=root) as port:
        assert wire.call(VERIFY, {**by_key, "port": port}) == GOOD
        created = wire.call("cloudsync.credentials.create", {"name": "sftp", "provider": {**by_key, "port": port}})
        listing = {"credentials": created["id"], "attributes": {"folder": "/bucket/"}}
        found = wire.call("cloudsync.list_directory", listing)
        assert {item["Name"]: item["IsDir"] for item in found} == {"file.txt": False, "folder": True}


def test_s3_with_buckets_and_directories(wire: Wire, root: Path) -> None:
    with serve("s3", "--auth-key", "access,secret", root=root) as port:
        good = {
            **sent("S3"),
            "endpoint": f"http://127.0.0.1:{port}",
            "access_key_id": "access",
            "secret_access_key": "secret",
        }
        assert wire.call(VERIFY, good) == GOOD
        created = wire.call("cloudsync.credentials.create", {"name": "served s3", "provider": good})
        (bucket,) = wire.call("cloudsync.list_buckets", created["id"])
        assert bucket["Name"] == "bucket"
        assert (bucket["IsDir"], bucket["IsBucket"], bucket["Enabled"]) == (True, True, True)
        listing = {"credentials": created["id"], "attributes": {"bucket": "bucket", "folder": "/"}}
        found = wire.call("cloudsync.list_directory", listing)
        assert {item["Name"] for item in found} == {"file.txt", "folder"}
        pull = {
            "path": "/mnt/tank",
            "credentials": created["id"],
            "direction": "PULL",
            "transfer_mode": "COPY",
            "attributes": {"bucket": "bucket", "folder": "folder"},
        }
        assert wire.call("cloudsync.create", pull)["direction"] == "PULL"
        absent = {**pull, "attributes": {"bucket": "bucket", "folder": "absent"}}
        assert wire.extra("cloudsync.create", absent) == [
            triple("cloud_sync_create.attributes.folder", "Directory does not exist")
        ]


def test_failed_listing_is_an_error(wire: Wire) -> None:
    provider = {"type": "HTTP", "url": "http://127.0.0.1:9/"}
    created = wire.call("cloudsync.credentials.create", {"name": "nobody there", "provider": provider})
    error = wire.error("cloudsync.list_directory", {"credentials": created["id"], "attributes": {"folder": ""}})
    assert error["code"] == -32001
    assert error["data"]["errname"] == "EFAULT"
    first, *rest = error["data"]["reason"].splitlines()
    assert first.startswith("[EFAULT] ")
    assert "connection refused" in first
    assert rest, "rclone says more than a line"
    assert first.endswith(error["data"]["extra"]["excerpt"])
