# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's playbooks on a simulated fleet, described by an inventory as users have it."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.integration.running import Ansible, Run
from tests.simulator import Simulator


def closed_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


class Fleet:
    """Simulated NAS by host name; `down` names hosts of the inventory where nothing answers."""

    def __init__(self, ansible: Ansible, boxes: Mapping[str, Simulator], down: tuple[str, ...] = ()) -> None:
        self._ansible = ansible
        self._boxes = boxes
        self._down = {name: closed_port() for name in down}
        self.variables: dict[str, Any] = {"nas_api_key": Simulator.api_key, "nas_timeout": 10}
        self.host_variables: dict[str, dict[str, Any]] = {name: {} for name in (*boxes, *down)}
        self._runs = 0

    def play(self, playbook: str, *flags: str) -> Run:
        """Run a playbook of the collection by its name, as verbosely as can be."""
        self._runs += 1
        here = self._ansible.folder / f"fleet{self._runs}"
        here.mkdir(parents=True)
        hosts = {
            name: {"ansible_host": "127.0.0.1", **self._where(name), **own} for name, own in self.host_variables.items()
        }
        inventory = {"nas": {"hosts": hosts, "vars": self.variables}}
        (here / "hosts.yml").write_text(yaml.safe_dump(inventory, allow_unicode=True))
        arguments = ("-i", "hosts.yml", f"nasops.truenas.{playbook}", "-vvvv", *flags)
        return self._ansible.run("ansible-playbook", *arguments, here=here)

    @property
    def folder(self) -> Path:
        """Where the last run left its files."""
        return self._ansible.folder / f"fleet{self._runs}"

    def _where(self, name: str) -> dict[str, Any]:
        if name in self._down:
            return {"nas_port": self._down[name]}
        return {"nas_port": self._boxes[name].port, "nas_ca_path": self._boxes[name].ca_file}
