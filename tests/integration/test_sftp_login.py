# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe logs in to SFTP servers of every kind as rclone on the NAS does: by the same ways, in the same order."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import paramiko  # type: ignore[import-untyped]  # it has no types
import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import sftp
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import ProbeRefused, ProbeTarget
from ansible_collections.nasops.truenas.plugins.module_utils.obscure import obscure
from tests.keys import FOLDER, public, read
from tests.lab.running import thread

RCLONE = Path(sys.executable).with_name("rclone")
KNOWN, UNKNOWN = "ed25519", "ecdsa"


class Gate(asyncssh.SSHServer):
    """Lets in by the `ways` it has, a user who has the right password or key; `tried` lists what clients tried."""

    ways: frozenset[str] = frozenset()
    tried: list[str]

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return "password" in self.ways

    def validate_password(self, username: str, password: str) -> bool:
        self.tried.append(f"password {password}")
        return password == "right"

    def public_key_auth_supported(self) -> bool:
        return "key" in self.ways

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = key.export_public_key().decode().split()[:2] == public(KNOWN).split()
        # Some clients ask first whether it makes sense to sign.
        if self.tried[-1:] != [f"key {known}"]:
            self.tried.append(f"key {known}")
        return known

    def kbdint_auth_supported(self) -> bool:
        return "dialog" in self.ways

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Who goes there?", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        self.tried.append(f"dialog {','.join(responses)}")
        return list(responses) == ["right"]


async def listen() -> asyncssh.SSHAcceptor:
    """Return a server on any free port."""
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    return await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host_key], server_factory=Gate, sftp_factory=asyncssh.SFTPServer
    )


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server whose gate can be changed."""
    with asyncio.Runner() as runner:
        listener = runner.run(listen())
        loop = runner.get_loop()
        with thread(loop.run_forever, lambda: loop.call_soon_threadsafe(loop.stop)):
            yield listener.get_port()
        listener.close()


def by_rclone(port: int, password: str | None, key: str | None, folder: Path) -> bool:
    """Return whether rclone logs in."""
    options = {"host": "127.0.0.1", "port": port, "user": "u"}
    if password:
        options["pass"] = obscure(password)
    if key:
        file = folder / "key"
        file.write_text(read(f"{key}.key"))
        options["key_file"] = str(file)
    config = folder / "rclone.conf"
    config.write_text("[far]\ntype = sftp\n" + "".join(f"{name} = {value}\n" for name, value in options.items()))
    command = [str(RCLONE), "--config", str(config), "--retries", "1", "--low-level-retries", "1", "lsf", "far:"]
    done = subprocess.run(command, capture_output=True, check=False, env={"HOME": str(folder)}, timeout=60)
    return done.returncode == 0


def by_the_probe(port: int, password: str | None, key: str | None) -> bool:
    """Return whether the controller logs in."""
    values = {"host": "127.0.0.1", "port": port, "user": "u", "pass": password, "private_key": 1 if key else None}
    try:
        sftp.probe(values, ProbeTarget(timeout=10, private_key=read(f"{key}.key") if key else None))
    except ProbeRefused:
        return False
    return True


@pytest.mark.parametrize("ways", ["password key dialog", "password key", "key dialog", "dialog", "password", "key"])
@pytest.mark.parametrize(
    ("password", "key"),
    [
        *(("right", None), ("wrong", None), ("right", KNOWN), ("right", UNKNOWN), ("wrong", KNOWN)),
        *((None, KNOWN), (None, UNKNOWN), ("wrong", UNKNOWN)),
    ],
)
def test_the_probe_tries_what_rclone_tries(
    ways: str, password: str | None, key: str | None, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "ways", frozenset(ways.split()))
    monkeypatch.setattr(Gate, "tried", [], raising=False)
    by_the_nas = (by_rclone(port, password, key, tmp_path), Gate.tried)
    monkeypatch.setattr(Gate, "tried", [])
    assert (by_the_probe(port, password, key), Gate.tried) == by_the_nas
    may = (password == "right" and ways != "key") or (key == KNOWN and "key" in ways.split())
    assert by_the_nas[0] == may


class TwoFactors(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko has no types
    """Lets in whoever has the key and, after that, the right password."""

    def __init__(self) -> None:
        self.has_key = False

    def get_allowed_auths(self, username: str) -> str:
        return "password" if self.has_key else "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> Any:
        self.has_key = f"{key.get_name()} {key.get_base64()}" == public(KNOWN)
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL if self.has_key else paramiko.AUTH_FAILED

    def check_auth_password(self, username: str, password: str) -> Any:
        return paramiko.AUTH_SUCCESSFUL if self.has_key and password == "right" else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> Any:
        return paramiko.OPEN_SUCCEEDED


class Folder(paramiko.SFTPServerInterface):  # type: ignore[misc]  # paramiko has no types
    """An empty folder."""

    def list_folder(self, path: str) -> list[Any]:
        return []

    def stat(self, path: str) -> Any:
        attributes = paramiko.SFTPAttributes()
        attributes.st_mode, attributes.st_size = 0o40755, 0
        return attributes

    lstat = stat


@pytest.fixture(scope="module")
def strict() -> Iterator[int]:
    """The port of a server that wants two factors."""
    host_key = paramiko.RSAKey.from_private_key_file(str(FOLDER / "rsa.key"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        running = True

        def serve() -> None:
            while running:
                try:
                    client, _address = listener.accept()
                except TimeoutError:
                    continue
                transport = paramiko.Transport(client)
                transport.add_server_key(host_key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Folder)
                # Without the event, it waits for the client, and raises if that gives up.
                transport.start_server(threading.Event(), TwoFactors())

        def stop() -> None:
            nonlocal running
            running = False

        with thread(serve, stop):
            yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("password", "key", "may"),
    [
        ("right", KNOWN, True),
        ("wrong", KNOWN, False),
        ("right", UNKNOWN, False),
        ("right", None, False),
        (None, KNOWN, False),
    ],
)
def test_a_second_factor_follows_the_first(
    password: str | None, key: str | None, may: bool, strict: int, tmp_path: Path
) -> None:
    assert (by_rclone(strict, password, key, tmp_path), by_the_probe(strict, password, key)) == (may, may)


def test_a_reply_that_is_faster_than_paramiko_is_seen(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    send = paramiko.Transport._send_message

    def send_and_rest(transport: paramiko.Transport, message: paramiko.Message) -> None:
        send(transport, message)
        if message.asbytes()[:1] == paramiko.common.cMSG_USERAUTH_REQUEST:
            time.sleep(0.3)

    monkeypatch.setattr(paramiko.Transport, "_send_message", send_and_rest)
    monkeypatch.setattr(Gate, "ways", frozenset({"password"}))
    monkeypatch.setattr(Gate, "tried", [], raising=False)
    began = time.monotonic()
    assert by_the_probe(port, "right", None)
    assert not by_the_probe(port, "wrong", None)
    assert time.monotonic() - began < 5, "the timeout is 10 s"


class Leaves(paramiko.Transport):  # type: ignore[misc]  # paramiko has no types
    """Ends the connection when the client requests the login service."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        handlers: dict[int, Any] = self._handler_table
        handlers[paramiko.common.MSG_SERVICE_REQUEST] = lambda *_: self.close()


def test_a_server_that_leaves_before_the_login_is_no_endless_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            transport = Leaves(listener.accept()[0])
            transport.add_server_key(paramiko.RSAKey.from_private_key_file(str(FOLDER / "rsa.key")))
            transport.start_server(server=TwoFactors())

        with thread(serve, lambda: None), pytest.raises(ProbeRefused, match="closed the connection before the login"):
            sftp.probe(
                {"host": "127.0.0.1", "port": listener.getsockname()[1], "user": "u", "pass": "p", "private_key": None},
                ProbeTarget(timeout=10),
            )
