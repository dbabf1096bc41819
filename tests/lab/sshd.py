# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH's server, for login by key.

Passwords are left to `sftp.py`: sshd asks the system about them, and the lab neither creates users nor knows the password of
the user who runs it.
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from .base import CLOSED, CONTENT, FILE, HOST, PATIENCE, WRONG, Server
from .install import sshd
from .running import program

CONFIG = """
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""
SFTP_ONLY = """
Subsystem sftp internal-sftp -d {folder}/files
ForceCommand internal-sftp -d {folder}/files
"""

# sshd does not mind the end of its standard input, the shell does. Processes for clients that stay connected are killed, too,
# and have no hold on the shell's output, whose end would otherwise have to wait for them.
UNTIL_END_OF_INPUT = """
log=$1; count=$2; shift 2
"$@" >/dev/null 2>&1 &
until [ "$(grep -c "Server listening" "$log" 2>/dev/null)" = "$count" ]; do
    kill -0 $! || { cat "$log"; exit 1; }; sleep 0.02
done
grep "Server listening" "$log"
cat
kill -KILL $(cat /proc/$!/task/$!/children) $!
wait
"""


class Sshd(Server):
    """Lets the current user in by the keys that were given to `authorize`, and by `private_key`. SFTP only.

    `host_key` is the server's public key. It starts in `files`, and sees the whole machine as the user does. `hosts` are the
    addresses where it listens, and `more` is what else is in its configuration.
    """

    wire_type = "SFTP"
    hosts: tuple[str, ...] = (HOST,)
    more = SFTP_ONLY
    pid: int
    host_key: str
    private_key: str

    def __init__(self) -> None:
        super().__init__()
        self.user = getpass.getuser()

    @property
    def url(self) -> str:
        return f"sftp://{self.host}:{self.port}/"

    @property
    def options(self) -> dict[str, Any]:
        # The id of the key that belongs to it is the NAS's to give: see `private_key`.
        return {"host": self.host, "port": self.port, "user": self.user, "private_key": 1}

    def client(self) -> dict[str, Any]:
        return super().client() | {"private_key": self.private_key, "host_key": self.host_key}

    def authorize(self, public_key: str) -> None:
        """Let clients with the private key log in; takes a line as OpenSSH writes it."""
        with (self.folder / "authorized_keys").open("a") as file:
            file.write(f"{public_key.strip()}\n")

    def refused(self) -> dict[str, dict[str, Any]]:
        return {
            "wrong_key": self.options,
            "password_not_taken": self.options | {"pass": WRONG, "private_key": None},
            "unreachable": self.options | {"port": CLOSED},
        }

    @contextmanager
    def _serving(self) -> Iterator[None]:
        files = self.folder / "files"
        files.mkdir()
        (files / FILE).write_bytes(CONTENT)
        _private, self.host_key = self._make_key("host_key")
        self.private_key, public_key = self._make_key("user_key")
        self.authorize(public_key)
        # sshd cannot be asked for any free port.
        with socket.socket() as free:
            free.bind((HOST, 0))
            self.port = free.getsockname()[1]
        config = self.folder / "sshd_config"
        listening = [f"ListenAddress {host}:{self.port}\n" for host in self.hosts]
        config.write_text("".join([*listening, (CONFIG + self.more).format(folder=self.folder)]))
        if os.getuid() == 0:
            # Debian's start script would make it.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        log = str(self.folder / "log")
        count = str(len(self.hosts))
        command = ["sh", "-c", UNTIL_END_OF_INPUT, "sh", log, count, str(sshd()), "-D", "-E", log, "-f", str(config)]
        with program(command, rf"Server listening on {HOST} port {self.port}\.") as (process, _line):
            self.pid = process.pid
            yield

    def _make_key(self, name: str) -> tuple[str, str]:
        key, file = asyncssh.generate_private_key("ssh-ed25519"), self.folder / name
        file.touch(mode=0o600)
        file.write_bytes(key.export_private_key())
        return file.read_text(), key.export_public_key().decode().strip()

    def _probe(self) -> None:
        with socket.create_connection((self.host, self.port), PATIENCE) as client, client.makefile("rb") as stream:
            if not stream.readline().startswith(b"SSH-2.0-OpenSSH"):
                raise RuntimeError(f"{self.url} is not this server")
