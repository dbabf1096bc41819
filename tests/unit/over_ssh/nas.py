# SPDX-License-Identifier: GPL-3.0-or-later
"""A NAS without a network: its socket, in a thread, and programs that stand in for ssh and sudo."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import become_loader, connection_loader
from ansible.template import Templar

from ansible_collections.nasops.truenas.plugins.action import cloud_credential, cloud_credential_info
from tests.simulator.server import Running, run
from tests.unit.simulator.test_local_socket import settings

PASSWORD = "hush-canary-become"

SSH = r"""#!/bin/sh
# Runs the last argument, as sshd does. The command takes the place of ssh, so both end together.
printf '%s\n' "$*" >> {folder}/ssh.log
for command; do :; done
{before}
eval "exec $command"
"""

SUDO = r"""#!/bin/sh
# Asks for a password if -p gives a prompt, and refuses otherwise if there is a file no-nopasswd.
while [ $# -gt 0 ]; do
    case "$1" in
        -p) prompt=$2; shift 2 ;;
        -u) shift 2 ;;
        -*) shift ;;
        *) break ;;
    esac
done
if [ -n "$prompt" ]; then
    printf '%s' "$prompt" >&2
    read -r given
    if [ "$given" != {password} ]; then
        echo 'Sorry, try again.' >&2
        printf '%s' "$prompt" >&2
        read -r given
        exit 1
    fi
elif [ -e {folder}/no-nopasswd ]; then
    echo 'sudo: a password is required' >&2
    exit 1
fi
echo "$*" >> {folder}/sudo.log
exec "$@"
"""


class Local:
    """A simulated NAS with its socket at `folder/s`, and a host whose ssh runs commands here."""

    def __init__(self, folder: Path, version: str = "v25.10.0", account: str | None = None, **changes: Any) -> None:
        self.folder = folder
        self.version = version
        self._settings = settings(version, folder, account, **changes)
        self._started, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.running: Running
        self.ssh()
        (folder / "sudo").write_text(SUDO.format(folder=folder, password=PASSWORD))
        (folder / "sudo").chmod(0o755)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(20)

    def _serve(self) -> None:
        async def serve() -> None:
            async with run(self._settings) as self.running:
                self._started.set()
                while not self._stop.is_set():
                    await asyncio.sleep(0.02)

        asyncio.run(serve())

    def ssh(self, before: str = "") -> None:
        """Write the program that stands in for ssh; it runs the lines `before` the command."""
        program = self.folder / "ssh"
        program.write_text(SSH.format(folder=self.folder, before=before))
        program.chmod(0o755)

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the host."""
        return {
            "inventory_hostname": "nas1",
            "ansible_host": "nas1.example.net",
            "ansible_user": "admin",
            "ansible_ssh_executable": str(self.folder / "ssh"),
            "ansible_ssh_args": "",
            "ansible_become_exe": str(self.folder / "sudo"),
            "ansible_truenas_via": "ssh",
            "ansible_truenas_ssh_socket": str(self.folder / "s"),
        }

    @property
    def starts(self) -> list[str]:
        """The arguments of each start of ssh."""
        log = self.folder / "ssh.log"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def calls(self) -> list[str]:
        """The methods that the NAS was called with."""
        journal = self.folder / "state" / "journal.jsonl"
        lines = journal.read_text().splitlines() if journal.exists() else []
        return [found["method"] for found in map(json.loads, lines) if "method" in found]


def task(
    variables: Mapping[str, Any],
    options: Mapping[str, Any],
    module: str = "cloud_credential_info",
    transport: str = "local",
    become: bool = False,
    **keywords: Any,
) -> dict[str, Any]:
    """Return the result of a task in this process, on a host with these variables, as Ansible's worker runs it."""
    plugin = {"cloud_credential": cloud_credential, "cloud_credential_info": cloud_credential_info}[module]
    loaded = Task.load({"action": f"nasops.truenas.{module}"})
    loaded.args = dict(options)
    for name, value in keywords.items():
        setattr(loaded, name, value)
    context = PlayContext()
    context.remote_addr = variables.get("ansible_host", variables.get("inventory_hostname"))
    context.become = become
    loader = DataLoader()
    connection = _connection(transport, context, variables)
    if become:
        become_plugin = become_loader.get("sudo")
        become_plugin.set_options(task_keys={"become_user": "root"}, var_options=dict(variables))
        connection.become = become_plugin
    action = plugin.ActionModule(loaded, connection, context, loader, Templar(loader, variables=dict(variables)), None)
    action._remove_tmp_path = lambda path: None
    return dict(action.run(task_vars=dict(variables)))


def _connection(transport: str, context: PlayContext, variables: Mapping[str, Any]) -> Any:
    if transport != "ssh":
        return SimpleNamespace(transport=transport, become=None, _shell=SimpleNamespace(tmpdir=None))
    connection = connection_loader.get("ssh", context)
    connection.set_options(var_options=dict(variables))
    return connection


def children() -> set[int]:
    """Return the processes that this one has started and that have not been taken note of."""
    return {int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}
