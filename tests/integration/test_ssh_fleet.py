# SPDX-License-Identifier: GPL-3.0-or-later
"""NAS systems without an API key: a real sshd stands in for theirs, and their socket is that of the simulated NAS."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import keys
from tests.examples import ROOT, of_page
from tests.integration.running import CANARY, Ansible, Run, secret
from tests.lab.nas_shell import NasShell
from tests.simulator import Simulator

FLEET = {"core": "13.3", "goldeye": "25.10.0"}
"""A NAS for each protocol."""
STATUS = {"ansible-playbook": -signal.SIGKILL, "workers": 1, "connections": 2}
"""The exit status of Ansible when something is killed."""
KEYPAIR = {"name": "keypair", "nasops.truenas.ssh_keypair": {"name": "shared", "private_key": "{{ key }}"}}
CREDENTIALS = {"nasops.truenas.cloud_credentials": {"credentials": "{{ declared }}", "purge": True}}
CLOUD_TASK = {
    "nasops.truenas.cloud_sync_task": {
        "description": "nightly",
        "credential": "s3 0",
        "bucket": "backups",
        "folder": "nas",
        "path": "/mnt/tank/data",
        "direction": "PUSH",
        "transfer_mode": "COPY",
    }
}
DECLARED = [
    {"name": f"s3 {number}", "s3": {"access_key_id": "AKIA", "secret_access_key": secret(number), "region": "eu-1"}}
    for number in range(5)
] + [{"name": "sftp", "sftp": {"host": "h.example.net", "user": "u", "private_key_name": "shared"}}]
SLOW = 2500
"""Milliseconds that a NAS takes for each answer, so that there is time to end something meanwhile."""


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
    def started(self, *tasks: Mapping[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
        """Start a playbook that is not waited for, in a session of its own."""
        here = self.write(*tasks, variables={"declared": DECLARED[:1]})
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


@pytest.fixture(scope="module")
def shell() -> Iterator[NasShell]:
    """The sshd of all NAS systems."""
    with NasShell() as server:
        yield server


@pytest.fixture
def rack(shell: NasShell, tmp_path: Path) -> Iterator[Rack]:
    """A rack whose NAS systems have to be clean in the end."""
    rack = Rack(shell, tmp_path / "ansible")
    yield rack
    until(lambda: shell.processes() == [])
    assert shell.left() == []


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is true. Raises AssertionError."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_one_playbook_for_both_protocols(rack: Rack) -> None:
    variables = {"declared": DECLARED, "key": keys.read("rsa3072.key")}
    tasks = [KEYPAIR, {"name": "credentials", **CREDENTIALS}, {"name": "task", **CLOUD_TASK}]
    with rack.running(FLEET):
        first = rack.play(*tasks, variables=variables)
        assert first.code == 0, first.output[-3000:]
        for name in FLEET:
            assert first.named("credentials", name)["counts"]["created"] == len(DECLARED)
        assert rack.shell.processes() == []
        assert rack.shell.left() == sorted(f"run/{name}" for name in FLEET)
        for nas in rack.fleet.values():
            nas.clear_journal()
        second = rack.play(*tasks, variables=variables)
        assert second.code == 0, second.output[-3000:]
        assert [line["host"] for line in second.results if line["result"]["changed"]] == []
        methods = {call["method"] for nas in rack.fleet.values() for call in nas.journal()}
        assert not {method for method in methods if "login" in method}, "no key, no login"


def test_the_page_needs_no_key(rack: Rack) -> None:
    connection, [play] = [example.content for example in of_page(ROOT / "docs/over_ssh.md")]
    with rack.running({"nas3": "25.10.0"}):
        for flags, changed in ((("--check",), 1), ((), 1), ((), 0)):
            here = rack.write(*play["tasks"], variables={"vault_offsite_secret": secret(1)})
            inventory = yaml.safe_load((here / "hosts.yml").read_text())
            # The reader's own address and user; this sshd belongs to the user of the test, who needs no sudo.
            own = {**connection, **inventory["all"]["hosts"]["nas3"], "ansible_become": False}
            (here / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"nas3": own}}}))
            run = rack.ansible.run("ansible-playbook", "-i", "hosts.yml", "play.yml", *flags, here=here)
            assert run.code == 0, run.output[-3000:]
            assert sum(line["result"]["changed"] for line in run.results) == changed


def test_nothing_is_left_when_something_is_killed(rack: Rack) -> None:
    shell = rack.shell

    def at_work() -> bool:
        # The first call has gone out, and its answer takes a while.
        return all(nas.journal() for nas in rack.fleet.values()) and len(relays(shell)) == len(FLEET)

    with rack.running(FLEET, latency_ms=SLOW):
        left = [f"run/{name}" for name in sorted(FLEET)]
        for killed in ("ansible-playbook", "workers", "connections"):
            for nas in rack.fleet.values():
                nas.clear_journal()
            with rack.started(CREDENTIALS) as playbook:
                until(at_work)
                for number in relays(shell):
                    shown = Path(f"/proc/{number}/cmdline").read_bytes() + Path(f"/proc/{number}/environ").read_bytes()
                    assert CANARY.encode() not in shown
                    assert "ansible" not in shown.decode()
                targets = {
                    "ansible-playbook": [playbook.pid],
                    "workers": children(playbook.pid),
                    "connections": shell.sessions(),
                }[killed]
                assert targets
                for number in targets:
                    os.kill(number, signal.SIGKILL)
                status = playbook.wait(30)
                until(lambda: shell.processes() == [])
                assert shell.left() == left, killed
            assert status == STATUS[killed]
        output = (rack.ansible.folder / "run3/output").read_text()
        assert output.count("over SSH was lost. Check that the NAS runs") == 2 * len(FLEET), (
            "as an error and in its result"
        )


def relays(shell: NasShell) -> list[int]:
    """Return the processes of the programs on the NAS systems."""
    return [number for number in shell.processes() if b"python3" in Path(f"/proc/{number}/cmdline").read_bytes()]


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
