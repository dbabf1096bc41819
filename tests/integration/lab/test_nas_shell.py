# SPDX-License-Identifier: GPL-3.0-or-later
"""The sshd that stands in for a NAS's own: it runs commands, and shows what they leave."""

from __future__ import annotations

import subprocess
import time

from tests.lab.nas_shell import ADDRESSES, NasShell


def command(server: NasShell, number: int, text: str) -> list[str]:
    """Return the command line that runs a command at an address of the server."""
    found = server.variables(number)
    key, port = found["ansible_ssh_private_key_file"], str(found["ansible_port"])
    where = f"{found['ansible_user']}@{found['ansible_host']}"
    return ["ssh", *found["ansible_ssh_common_args"].split(), "-i", key, "-p", port, where, text]


def test_commands_run_at_home_and_are_seen_until_they_end() -> None:
    with NasShell() as server:
        for number in (0, ADDRESSES - 1):
            done = subprocess.run(
                command(server, number, 'cat; echo "$HOME" "$TMPDIR"; touch "$HOME/left"'),
                input="by stdin ",
                capture_output=True,
                text=True,
                check=True,
            )
            assert done.stdout == f"by stdin {server.home} {server.tmp}\n"
            assert server.left() == ["home/left"]
        with subprocess.Popen(command(server, 1, "exec sleep 60"), stdin=subprocess.DEVNULL) as client:
            while not server.processes():
                time.sleep(0.02)
            [running] = server.processes()
            assert len(server.sessions()) == 1
            subprocess.run(["kill", str(running)], check=True)
            assert client.wait(10) != 0
        assert server.processes() == []
