# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenSSH's server in the part of a NAS: it runs commands, as the sshd of TrueNAS does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .sshd import Sshd

COMMANDS = """
SetEnv HOME={folder}/home TMPDIR={folder}/tmp
MaxStartups 100
MaxSessions 100
"""
ADDRESSES = 12


class NasShell(Sshd):
    """Lets the current user run commands. One server is enough for `ADDRESSES` NAS systems, each with its own address.

    `home` and `tmp` are the home directory and the temporary folder of the user, `sockets` is a folder for the sockets of NAS
    systems. Their paths are short: that of a Unix socket has at most 107 bytes.
    """

    hosts = tuple(f"127.0.0.{number}" for number in range(1, ADDRESSES + 1))
    more = COMMANDS

    @property
    def home(self) -> Path:
        """The home directory."""
        return self.folder / "home"

    @property
    def tmp(self) -> Path:
        """The temporary folder."""
        return self.folder / "tmp"

    @property
    def sockets(self) -> Path:
        """The folder for the sockets of NAS systems."""
        return self.folder / "run"

    def variables(self, number: int = 0) -> dict[str, Any]:
        """Return the variables of an Ansible host that is the NAS at the address of this number."""
        trusted = f"-o UserKnownHostsFile={self.folder / 'known_hosts'} -o StrictHostKeyChecking=yes"
        return {
            "ansible_host": self.hosts[number],
            "ansible_port": self.port,
            "ansible_user": self.user,
            "ansible_ssh_private_key_file": str(self.folder / "user_key"),
            "ansible_ssh_common_args": f"-F none -o IdentitiesOnly=yes {trusted}",
            "ansible_control_path_dir": str(self.folder / "c"),
        }

    def sessions(self) -> list[int]:
        """Return the server's processes of open connections, a connection each."""
        [server, *_others] = _children(self.pid)
        return _children(server)

    def processes(self) -> list[int]:
        """Return the running processes that commands of clients have started, also those with another parent by now."""
        marked = f"HOME={self.home}".encode()
        found = []
        for folder in Path("/proc").iterdir():
            # A process that ends meanwhile is none, nor is one of another user.
            with suppress(OSError):
                if folder.name.isdigit() and marked in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found

    def left(self) -> list[str]:
        """Return the files in the home directory, the temporary folder, and the folder of sockets."""
        folders = (self.home, self.tmp, self.sockets)
        return sorted(str(file.relative_to(self.folder)) for folder in folders for file in folder.rglob("*"))

    @contextmanager
    def _serving(self) -> Iterator[None]:
        for folder in (self.home, self.tmp, self.sockets, self.folder / "c"):
            folder.mkdir(mode=0o700)
        with super()._serving():
            lines = [f"[{host}]:{self.port} {self.host_key}\n" for host in self.hosts]
            (self.folder / "known_hosts").write_text("".join(lines))
            yield


def _children(pid: int) -> list[int]:
    """Return the children of a process, none for one that has ended."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
