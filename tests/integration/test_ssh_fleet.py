# SPDX-License-Identifier: GPL-3.0-or-later
"""NAS systems without an API key: a real sshd stands in for theirs, and their socket is that of the simulated NAS."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import yaml

from tests import keys
from tests.examples import ROOT, of_page
from tests.integration.rack import Rack, until
from tests.integration.running import CANARY, secret
from tests.lab.nas_shell import NasShell

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
            with rack.started(CREDENTIALS, variables={"declared": DECLARED[:1]}) as playbook:
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
