# SPDX-License-Identifier: GPL-3.0-or-later
"""NAS systems that playbooks reach over SSH, without an API key."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.integration.running import Ansible, Run
from tests.lab.nas_shell import NasShell
from tests.simulator import Simulator


class Rack:
    """NAS systems behind one sshd, and playbooks for them, which have no key."""

    def __init__(self, shell: NasShell, folder: Path) -> None:
        self.shell = shell
        self.ansible = Ansible(folder)
        self.fleet: dict[str, Simulator] = {}

    @contextmanager
    def running(self, versions: Mapping[str, str], **options: Any) -> Iterator[None]:
        """Have these NAS systems, by the names of their hosts, while the context lasts."""
        with ExitStack() as stack:
            for name, version in versions.items():
                box = Simulator(version=version, socket=self.shell.sockets / name, **options)
                self.fleet[name] = stack.enter_context(box)
            yield
        self.fleet.clear()

    def write(self, *tasks: Mapping[str, Any], variables: Mapping[str, Any] | None = None) -> Path:
        """Write a playbook with its inventory, and return their folder."""
        here = self.ansible.write([{"tasks": [*tasks], "module_defaults": {}}], self.fleet, variables)
        hosts = {
            name: {
                **self.shell.variables(number),
                "ansible_truenas_via": "ssh",
                "ansible_truenas_ssh_socket": str(self.shell.sockets / name),
            }
            for number, name in enumerate(self.fleet)
        }
        (here / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
        return here

    def play(self, *tasks: Mapping[str, Any], variables: Mapping[str, Any] | None = None) -> Run:
        """Run tasks on all NAS systems."""
        here = self.write(*tasks, variables=variables)
        return self.ansible.run("ansible-playbook", "-i", "hosts.yml", "play.yml", "-vvvv", "--diff", here=here)

    @contextmanager
    def started(
        self, *tasks: Mapping[str, Any], variables: Mapping[str, Any] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a playbook that is not waited for, in a session of its own."""
        here = self.write(*tasks, variables=variables)
        with (here / "output").open("wb") as output:
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", "play.yml"],
                cwd=here,
                env=self.ansible.environment(here, {}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                process.kill()
                process.wait()


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is true. Raises AssertionError."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
