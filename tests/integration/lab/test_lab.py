# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers let the right clients in and the wrong ones not, and stop without a trace."""

from __future__ import annotations

import ftplib
import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.integration.lab.conftest import Rclone
from tests.lab import Lab
from tests.lab.base import CONTENT, FILE
from tests.lab.ftp import PASSIVE_PORTS, Ftp
from tests.lab.stand_in import StandIn

FILES = ("s3", "storj_ix", "sftp", "ftp", "webdav", "http")
FOLDER = {"s3": "lab-bucket/", "storj_ix": "lab-bucket/"}
SECRET = {"s3": "secret_access_key", "storj_ix": "secret_access_key", "http": "url"}
REFUSAL = {
    "s3": "SignatureDoesNotMatch",
    "storj_ix": "SignatureDoesNotMatch",
    "sftp": "unable to authenticate",
    "ftp": "530",
    "webdav": "401",
    "http": "401",
}


def options(lab: Lab, key: str) -> dict[str, Any]:
    return lab.servers[key].options


def trust(lab: Lab, key: str) -> list[str]:
    return ["--ca-cert", str(lab.storj_ix.ca_file)] if key == "storj_ix" else []


@pytest.mark.parametrize("key", FILES)
def test_good_credentials_list_the_file(lab: Lab, rclone: Rclone, key: str) -> None:
    done = rclone(key, options(lab, key), "lsjson", f"remote:{FOLDER.get(key, '')}", *trust(lab, key))
    assert done.returncode == 0, done.stderr
    assert [(item["Name"], item["Size"]) for item in json.loads(done.stdout)] == [(FILE, len(CONTENT))]


@pytest.mark.parametrize("key", FILES)
def test_wrong_secret_is_refused(lab: Lab, rclone: Rclone, key: str) -> None:
    good = options(lab, key)
    secret = SECRET.get(key, "pass")
    bad = good | {secret: good[secret].replace(lab.servers[key].password, "wrong" * 8)}
    done = rclone(key, bad, "lsjson", "remote:", *trust(lab, key))
    assert done.returncode == 1
    assert REFUSAL[key] in done.stderr


@pytest.mark.parametrize("key", [key for key in FILES if key != "http"])
def test_files_can_be_written(lab: Lab, rclone: Rclone, key: str) -> None:
    path = f"remote:{FOLDER.get(key, '')}new/a file+ü.txt"
    done = rclone(key, options(lab, key), "rcat", path, *trust(lab, key), text="new")
    assert done.returncode == 0, done.stderr
    done = rclone(key, options(lab, key), "cat", path, *trust(lab, key))
    assert done.stdout == "new"
    done = rclone(key, options(lab, key), "deletefile", path, *trust(lab, key))
    assert done.returncode == 0, done.stderr
    rclone(key, options(lab, key), "rmdir", f"remote:{FOLDER.get(key, '')}new", *trust(lab, key))


@pytest.mark.parametrize("key", ["s3", "storj_ix"])
def test_unknown_access_key_is_refused(lab: Lab, rclone: Rclone, key: str) -> None:
    stranger = options(lab, key) | {"access_key_id": "AKIA0000000000000000"}
    done = rclone(key, stranger, "lsjson", "remote:", *trust(lab, key))
    assert done.returncode == 1
    assert "InvalidAccessKeyId" in done.stderr


class TestScopedKey:
    @pytest.fixture
    def scoped(self, lab: Lab) -> dict[str, Any]:
        scoped: dict[str, Any] = lab.s3.client()["scoped_options"]
        return scoped

    def test_the_owner_sees_both_buckets(self, lab: Lab, rclone: Rclone) -> None:
        done = rclone("s3", options(lab, "s3"), "lsf", "remote:")
        assert done.stdout.split() == ["lab-bucket/", "other-bucket/"]

    def test_its_bucket_can_be_listed_and_written(self, scoped: dict[str, Any], rclone: Rclone) -> None:
        assert rclone("s3", scoped, "lsf", "remote:lab-bucket").stdout.split() == [FILE]
        done = rclone("s3", scoped, "rcat", "remote:lab-bucket/guest", text="x")
        assert done.returncode == 0, done.stderr
        assert rclone("s3", scoped, "deletefile", "remote:lab-bucket/guest").returncode == 0

    @pytest.mark.parametrize("path", ["", "other-bucket"])
    def test_nothing_else_can_be_listed(self, scoped: dict[str, Any], rclone: Rclone, path: str) -> None:
        done = rclone("s3", scoped, "lsjson", f"remote:{path}")
        assert done.returncode == 1
        assert "AccessDenied" in done.stderr

    def test_nothing_else_can_be_written(self, scoped: dict[str, Any], rclone: Rclone) -> None:
        assert rclone("s3", scoped, "rcat", "remote:other-bucket/guest", text="x").returncode != 0


class TestSftp:
    @staticmethod
    def by_key(lab: Lab, text: str, tmp_path: Path) -> dict[str, Any]:
        file = tmp_path / "key"
        file.touch(mode=0o600)
        file.write_text(text)
        return {name: lab.sftp.options[name] for name in ("host", "port", "user")} | {"key_file": file}

    def test_the_key_lets_in(self, lab: Lab, rclone: Rclone, tmp_path: Path) -> None:
        done = rclone("sftp", self.by_key(lab, lab.sftp.private_key, tmp_path), "lsf", "remote:")
        assert done.stdout.split() == [FILE], done.stderr

    def test_another_key_does_not(self, lab: Lab, rclone: Rclone, tmp_path: Path) -> None:
        other = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        done = rclone("sftp", self.by_key(lab, other, tmp_path), "lsf", "remote:")
        assert done.returncode == 1
        assert "unable to authenticate" in done.stderr

    def test_the_host_key_is_the_servers(self, lab: Lab, rclone: Rclone, tmp_path: Path) -> None:
        known = tmp_path / "known_hosts"
        known.write_text(f"[{lab.sftp.host}]:{lab.sftp.port} {lab.sftp.host_key}\n")
        assert rclone("sftp", lab.sftp.options | {"known_hosts_file": known}, "lsf", "remote:").returncode == 0
        known.write_text(f"[{lab.sftp.host}]:{lab.sftp.port} {lab.sftp.public_key}\n")
        assert "key mismatch" in rclone("sftp", lab.sftp.options | {"known_hosts_file": known}, "lsf", "remote:").stderr

    def test_the_folder_is_all_there_is(self, lab: Lab, rclone: Rclone) -> None:
        assert rclone("sftp", lab.sftp.options, "lsf", "remote:/../..").stdout.split() == [FILE]
        assert "directory not found" in rclone("sftp", lab.sftp.options, "lsf", "remote:/etc").stderr


def test_storj_is_not_trusted_without_its_certificate(lab: Lab, rclone: Rclone) -> None:
    done = rclone("storj_ix", lab.storj_ix.options, "lsjson", "remote:", "--low-level-retries", "1")
    assert done.returncode == 1
    assert "certificate" in done.stderr


def test_ftp_transfers_use_the_passive_ports(lab: Lab) -> None:
    with ftplib.FTP() as client:
        client.connect(lab.ftp.host, lab.ftp.port, timeout=5)
        client.login(lab.ftp.user, lab.ftp.password)
        assert client.makepasv()[1] in PASSIVE_PORTS


def test_stopping_is_quick_and_leaves_nothing_behind() -> None:
    threads = set(threading.enumerate())
    with Lab() as lab:
        for server in lab.servers.values():
            if isinstance(server, StandIn):
                # The gate listens for it.
                continue
            # A client that stays connected must not delay the end.
            with socket.create_connection((server.host, server.port), 5):
                begin = time.monotonic()
                server.__exit__(None, None, None)
                assert time.monotonic() - begin < 2, server.url
            assert not server.folder.exists()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((server.host, server.port), 5)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((lab.gate.host, lab.gate.port), 5)
    assert not lab.ca_file.exists()
    for pid in (lab.s3.pid, lab.storj_ix.pid, lab.azureblob.pid, lab.sshd.pid):
        with pytest.raises(ProcessLookupError):
            os.killpg(pid, 0)
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= threads


def test_a_failing_start_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = []

    def fail(server: Ftp) -> None:
        folders.append(server.folder)
        raise RuntimeError("no answer")

    monkeypatch.setattr(Ftp, "_probe", fail)
    threads = set(threading.enumerate())
    with pytest.raises(RuntimeError, match="no answer"), Lab(["http", "ftp"]):
        pass
    assert not folders[0].exists()
    assert set(threading.enumerate()) <= threads


def test_only_what_is_asked_for_is_started() -> None:
    with Lab(["http"]) as lab:
        assert [*lab.clients()] == ["http"]
        assert not hasattr(lab, "ftp")


def test_an_unknown_server_is_refused() -> None:
    with pytest.raises(ValueError, match="gopher"):
        Lab(["http", "gopher"])
