# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of a cell: create, again, change, and delete, on each TrueNAS version, in the worker, as modules, and over SSH."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.integration.running import IN_A_PROCESS, Ansible, assert_no_secret, secret
from tests.lab import Lab
from tests.lab.nas_shell import NasShell
from tests.simulator import Simulator

KEYPAIR, CREDENTIAL, SYNC_TASK, CREDENTIALS, INFO = (
    f"nasops.truenas.{name}"
    for name in ("ssh_keypair", "cloud_credential", "cloud_sync_task", "cloud_credentials", "cloud_credential_info")
)
FORMS: Mapping[str, Mapping[str, Any]] = {"worker": {}, "module": {"environment": IN_A_PROCESS}}
"""The keywords of the tasks that log in with a key, by how they run."""
SSH = "ssh"
"""The form that has no key: in the worker, over Ansible's own SSH."""
PROBED = {
    "s3": "boto3",
    "sftp": "paramiko",
    "webdav": "requests",
    "azureblob": "azure-storage-blob",
    "google_cloud_storage": "google-auth",
    "openstack_swift": "keystoneauth1",
}
"""The libraries with which the controller verifies, each by a provider that uses it."""
NEWEST = "26.0.0"
"""The TrueNAS version for what concerns the controller only."""


@dataclass(frozen=True)
class Step:
    """One task, and whether it must report a change."""

    name: str
    module: str
    options: Mapping[str, Any]
    changes: bool


def steps(form: str) -> list[Step]:
    """Return the tasks of a form. The last ones delete what the first ones have made."""
    name = f"matrix {form}"
    credential = {"name": name, "s3": {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "{{ secret }}"}}
    changed = {"name": name, "s3": {"region": "eu-west-1"}}
    task = {
        **{"description": name, "credential": name, "bucket": "backups", "folder": "nas1", "path": "/mnt/tank/data"},
        **{"direction": "PUSH", "transfer_mode": "COPY", "schedule": {"minute": "30", "hour": "3"}},
    }
    absent = {"state": "absent"}
    return [
        Step("create the keypair", KEYPAIR, {"name": name, "generate": True}, True),
        Step("create the keypair again", KEYPAIR, {"name": name, "generate": True}, False),
        Step("rename the keypair", KEYPAIR, {"name": name, "new_name": f"{name} renamed"}, True),
        Step("create the credential", CREDENTIAL, credential, True),
        Step("create the credential again", CREDENTIAL, credential, False),
        Step("change the credential", CREDENTIAL, changed, True),
        Step("create the task", SYNC_TASK, task, True),
        Step("create the task again", SYNC_TASK, task, False),
        Step("change the task", SYNC_TASK, {**task, "schedule": {"minute": "45", "hour": "4"}}, True),
        Step("delete the task", SYNC_TASK, {"description": name, **absent}, True),
        Step("delete the credential", CREDENTIAL, {"name": name, **absent}, True),
        Step("delete the keypair", KEYPAIR, {"name": f"{name} renamed", **absent}, True),
    ]


def playbook() -> list[dict[str, Any]]:
    """Return the plays of a cell, for all NAS systems: with a key, and over SSH."""
    over_ssh = {"ansible_connection": "ssh", "ansible_truenas_via": "ssh"}
    with_key = [task for form, more in FORMS.items() for task in _tasks(form, more)]
    return [{"tasks": with_key}, {"tasks": [*_tasks(SSH, {})], "module_defaults": {}, "vars": over_ssh}]


def _tasks(form: str, more: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for step in steps(form):
        yield {"name": f"{form}: {step.name}", step.module: dict(step.options), **more}


def expected() -> dict[str, bool]:
    """Return whether each task of the playbook must report a change, by name, in order."""
    return {f"{form}: {step.name}": step.changes for form in (*FORMS, SSH) for step in steps(form)}


def differences(recorded: Iterable[Mapping[str, Any]], hosts: Iterable[str]) -> Iterator[str]:
    """Yield a line for each task that failed, did not run, or reported another change than it must, by host."""
    found = {(line["host"], line["task"]): line for line in recorded}
    for host in hosts:
        for name, changes in expected().items():
            line = found.get((host, name))
            if line is None:
                yield f"TrueNAS {host}: {name} did not run"
            elif line["failed"]:
                yield f"TrueNAS {host}: {name} failed: {str(line['result'].get('msg', ''))[:200]}"
            elif line["result"]["changed"] is not changes:
                yield f"TrueNAS {host}: {name} reported changed={line['result']['changed']}"


class Job:
    """The fleet, its sshd, and the storage servers that all cells share."""

    def __init__(self, fleet: Mapping[str, Simulator], shell: NasShell, lab: Lab, folder: Path) -> None:
        self._fleet, self._shell, self._lab, self._folder = fleet, shell, lab, folder

    def run(self, environment: Path) -> list[str]:
        """Run the playbook with the programs of an environment; return what went wrong."""
        for nas in self._fleet.values():
            nas.clear_journal()
        recorded, output = self._play(environment, playbook(), self._fleet, {"secret": secret(1)}, {})
        found = [*differences(recorded, self._fleet)]
        # The tasks in the worker share a login, each task in a process of its own has one, and SSH needs none.
        logins = {
            name: len({call["session"] for call in nas.journal() if "login" in call["method"]})
            for name, nas in self._fleet.items()
        }
        processes = len(steps("module"))
        if not found and {*logins.values()} != {1 + processes}:
            found.append(f"1 + {processes} logins were expected: {logins}")
        return [*found, *_warnings(output)]

    def verify(self, environment: Path) -> tuple[list[str], list[str]]:
        """Verify from the controller, with each library; return those that gave both right answers, and what went wrong."""
        items: list[dict[str, Any]] = []
        for provider in PROBED:
            server = self._lab.servers[provider]
            items.append({"name": f"{provider} good", provider: server.options})
            items.append({"name": f"{provider} wrong", provider: server.refused()["wrong_secret"]})
        options = {"credentials": "{{ items }}", "verify": "always", "verify_by": "controller"}
        task = {"name": "verify", CREDENTIALS: options, "check_mode": True, "ignore_errors": True}
        one = {NEWEST: self._fleet[NEWEST]}
        recorded, output = self._play(
            environment, [{"tasks": [task]}], one, {"items": items}, self._lab.gate.environment
        )
        result: dict[str, Any] = recorded[-1]["result"] if recorded else {"msg": output[-300:]}
        states = {item["name"]: item["verification"]["state"] for item in result.get("credentials", [])}
        right = [
            provider
            for provider in PROBED
            if (states.get(f"{provider} good"), states.get(f"{provider} wrong")) == ("valid", "invalid")
        ]
        wrong = sorted(PROBED.keys() - {*right})
        return right, [f"{provider}: {states or result.get('msg')}" for provider in wrong] + _warnings(output)

    def _play(
        self,
        environment: Path,
        plays: Sequence[Mapping[str, Any]],
        fleet: Mapping[str, Simulator],
        variables: Mapping[str, Any],
        settings: Mapping[str, str],
    ) -> tuple[list[dict[str, Any]], str]:
        ansible = Ansible(self._folder / environment.name)
        here = ansible.write(plays, fleet, variables)
        hosts = yaml.safe_load((here / "hosts.yml").read_text())
        for number, (name, host) in enumerate(hosts["all"]["hosts"].items()):
            host.update(self._shell.variables(number))
            host["ansible_truenas_ssh_socket"] = str(self._shell.sockets / name)
            host["ansible_python_interpreter"] = str(environment / "bin/python")
        (here / "hosts.yml").write_text(yaml.safe_dump(hosts))
        record = here / "results.jsonl"
        record.unlink(missing_ok=True)
        done = subprocess.run(
            [str(environment / "bin/ansible-playbook"), "-i", "hosts.yml", "play.yml", "--diff"],
            cwd=here,
            env=ansible.environment(here, settings),
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert_no_secret(output, f"the output of {environment.name}")
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else [], output


def _warnings(output: str) -> list[str]:
    at = output.find("[DEPRECATION WARNING]")
    return [] if at < 0 else [output[at : at + 300]]
