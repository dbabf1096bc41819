# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written for rclone, and real checks and listings against `rclone serve` (truenas-api/wire.md §3 verify, §7b)."""

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
from tests.simulator.rclone import excerpt, options, render

from .samples import sent, stored
from .wire import Wire, triple

VERIFY = "cloudsync.credentials.verify"
RCLONE = Path(sys.executable).parent / "rclone"
# Outer blanks, quotes and every letter that could end a line or a value early.
PASSWORD = " p\"a's`s;#=$%é\\ "
GOOD = {"valid": True, "error": None, "excerpt": None}


def test_fields_become_options_under_their_names() -> None:
    assert options(stored("SFTP")) == {"type": "sftp", "host": "h", "port": 22, "user": "u"}
    assert options(stored("B2")) == {"type": "b2", "account": "a", "key": "k"}


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        ("S3", {"provider": ""}, {"provider": "Other", "max_upload_parts": 10000}),
        ("S3", {"provider": "Minio", "endpoint": "https://s3.fr-par.scw.cloud/"}, {"max_upload_parts": 1000}),
        ("S3", {"endpoint": "https://s3.scw.cloud/", "max_upload_parts": 9}, {"max_upload_parts": 9}),
        ("STORJ_IX", {}, {"type": "s3", "provider": "Other", "endpoint": "https://gateway.storjshare.io/"}),
        ("GOOGLE_DRIVE", {}, {"type": "drive", "root_folder_id": "root"}),
        ("GOOGLE_DRIVE", {"team_drive": "t"}, {"team_drive": "t", "root_folder_id": None}),
        ("WEBDAV", {}, {"vendor": "OTHER"}),
        ("ONEDRIVE", {}, {"drive_type": "BUSINESS"}),
        ("OPENSTACK_SWIFT", {}, {"auth_version": None, "domain": ""}),
        (
            "GOOGLE_CLOUD_STORAGE",
            {"service_account_credentials": '{"project_id": "p"}'},
            {"type": "google cloud storage", "project_number": "p"},
        ),
    ],
)
def test_mapping(kind: str, change: dict[str, Any], expected: dict[str, Any]) -> None:
    found = options({**stored(kind), **change})
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("kind", "task", "expected"),
    [
        ("WEBDAV", {}, {"vendor": "other"}),
        ("ONEDRIVE", {}, {"drive_type": "business", "checkers": "1"}),
        ("S3", {}, {"region": "us-east-1", "skip_region": None, "signatures_v2": None}),
        ("B2", {}, {"chunk_size": "96M"}),
        ("STORJ_IX", {}, {"chunk_size": "64M", "disable_http2": "true"}),
    ],
)
def test_mapping_of_tasks(kind: str, task: dict[str, Any], expected: dict[str, Any]) -> None:
    found = options(stored(kind), {"folder": "", **task})
    assert {key: found.get(key) for key in expected} == expected


def test_text_of_the_configuration() -> None:
    text = render({"type": "x", "on": True, "off": False, "number": 1, "lines": "a\r\nb\n", "blank": " a ", "none": ""})
    assert text == '[remote]\ntype = x\non = true\noff = false\nnumber = 1\nlines = ab\nblank = " a "\nnone = \n'


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ('2026/01/02 03:04:05 Failed to create file system for "remote:": no\nmore\n', "no"),
        ("2026/01/02 03:04:05 ERROR : : error listing: denied\n", "denied"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_excerpt(stderr: str, expected: str) -> None:
    assert excerpt(stderr) == expected


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
def wire(nas: Simulator) -> Iterator[Wire]:
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


@pytest.mark.parametrize(
    ("provider", "number", "reason"),
    [
        (sent("MEGA"), 22, "'MEGA'"),
        ({**sent("SFTP"), "private_key": 9999}, 2, "[ENOENT] Credential does not exist"),
        ({**sent("GOOGLE_CLOUD_STORAGE"), "service_account_credentials": "{}"}, 22, "'project_id'"),
        (sent("GOOGLE_CLOUD_STORAGE"), 22, "Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_checks_that_cannot_run(wire: Wire, provider: dict[str, Any], number: int, reason: str) -> None:
    error = wire.error(VERIFY, provider)
    assert (error["code"], error["data"]["error"], error["data"]["reason"]) == (-32001, number, reason)


def test_key_of_the_wrong_type(wire: Wire) -> None:
    attributes = {"host": "h", "private_key": 1, "remote_host_key": "k"}
    entry = {"name": "no pair", "type": "SSH_CREDENTIALS", "attributes": attributes}
    created = wire.call("keychaincredential.create", entry)
    data = wire.error(VERIFY, {**sent("SFTP"), "private_key": created["id"]})["data"]
    assert (data["error"], data["reason"]) == (22, "[EINVAL] Credential is not of type SSH_KEY_PAIR")


def test_verify_checks_its_parameter(wire: Wire) -> None:
    prefix = "cloud_sync_credentials_create"
    assert wire.extra(VERIFY, {"type": "B2", "key": "k"}) == [triple(f"{prefix}.B2.account", "Field required")]
    assert wire.extra(VERIFY, {}) == [triple(f"{prefix}.type", "Field required")]
