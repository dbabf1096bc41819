# SPDX-License-Identifier: GPL-3.0-or-later
"""An SFTP server: AsyncSSH. OpenSSH's own, for keys, is in `sshd.py`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh

from .base import CLOSED, CONTENT, FILE, NO_SUCH_HOST, PATIENCE, WRONG, Server
from .running import thread


class Sftp(Server):
    """Lets a user in by password or by key; the folder is the user's whole world.

    `private_key` is the user's, `public_key` belongs to it, and `host_key` is the server's public key, each as OpenSSH
    writes it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._user_key = asyncssh.generate_private_key("ssh-ed25519")
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.private_key = self._user_key.export_private_key().decode()
        self.public_key = self._user_key.export_public_key().decode().strip()
        self.host_key = self._host_key.export_public_key().decode().strip()

    @property
    def url(self) -> str:
        return f"sftp://{self.host}:{self.port}/"

    @property
    def options(self) -> dict[str, Any]:
        return {"host": self.host, "port": self.port, "user": self.user, "pass": self.password}

    def refused(self) -> dict[str, dict[str, Any]]:
        good = self.options
        return {
            "wrong_secret": good | {"pass": WRONG},
            "unknown_user": good | {"user": "nobody"},
            "no_secret": {name: value for name, value in good.items() if name != "pass"},
            "unreachable": good | {"port": CLOSED},
            "no_such_host": good | {"host": NO_SUCH_HOST},
        }

    def client(self) -> dict[str, Any]:
        return super().client() | {
            "private_key": self.private_key,
            "public_key": self.public_key,
            "host_key": self.host_key,
        }

    @contextmanager
    def _serving(self) -> Iterator[None]:
        (self.folder / FILE).write_bytes(CONTENT)
        with asyncio.Runner() as runner:
            gate = _Gate(self.user, self.password, self._user_key.convert_to_public())
            listener = runner.run(self._listen(gate))
            self.port = listener.get_port()
            loop = runner.get_loop()
            with thread(loop.run_forever, lambda: loop.call_soon_threadsafe(loop.stop)):
                yield
            listener.close()

    async def _listen(self, gate: _Gate) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            self.host,
            0,
            server_host_keys=[self._host_key],
            server_factory=lambda: gate,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=bytes(self.folder)),
        )

    def _probe(self) -> None:
        with socket.create_connection((self.host, self.port), PATIENCE) as client, client.makefile("rwb") as stream:
            stream.write(b"SSH-2.0-lab\r\n")
            stream.flush()
            if not stream.readline().startswith(b"SSH-2.0-AsyncSSH"):
                raise RuntimeError(f"{self.url} is not this server")


class _Gate(asyncssh.SSHServer):
    """Decides who can log in; it keeps no state, so that all connections share one."""

    def __init__(self, user: str, password: str, key: asyncssh.SSHKey) -> None:
        self._user, self._password, self._key = user, password, key

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (self._user, self._password)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return (username, key) == (self._user, self._key)
