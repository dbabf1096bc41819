# SPDX-License-Identifier: GPL-3.0-or-later
"""A key that was precomputed with the salt of a NAS: written to a vault, and logged in with."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet import Fleet
from tests.integration.running import IN_A_PROCESS, Ansible, Run
from tests.simulator import Simulator

WRITE = "Write the precomputed key of the host"
APPLY = "nasops.truenas.cloud_credentials : Apply the cloud credentials"


@pytest.fixture
def newer() -> Iterator[Simulator]:
    """A NAS with SCRAM, at its real limit on logins."""
    with Simulator() as box:
        yield box


class Precomputing:
    """One NAS, an inventory with a folder for its host, and the password of a vault."""

    def __init__(self, ansible: Ansible, box: Simulator, folder: Path) -> None:
        self.fleet = Fleet(ansible, {"nas1": box})
        self.inventory = folder / "inventory.yml"
        self.inventory.write_text(yaml.safe_dump({"nas": {"hosts": {"nas1": {}}}}))
        self.password = folder / "password"
        self.password.write_text("of the vault")
        self.file = folder / "host_vars" / "nas1" / "nas_api_key.yml"
        self.fleet.variables["nas_key_dest"] = str(folder / "host_vars")

    def run(self, *flags: str, vault: bool = True, **variables: Any) -> Run:
        """Run the playbook."""
        self.fleet.variables |= variables
        return self.fleet.play("precompute_key", *flags, *(self.unlocking if vault else ()))

    @property
    def unlocking(self) -> tuple[str, str]:
        """The flags that open the vault."""
        return "--vault-password-file", str(self.password)


@pytest.fixture
def precomputing(ansible: Ansible, newer: Simulator, tmp_path: Path) -> Precomputing:
    """The playbook's surroundings."""
    return Precomputing(ansible, newer, tmp_path)


def hidden(box: Simulator, text: str) -> bool:
    """Return whether a text has no secret of the NAS."""
    parts = [part for part in box.precomputed_key().values() if isinstance(part, str)]
    return not [secret for secret in (box.api_key, box.api_key.partition("-")[2], *parts) if secret in text]


def test_a_key_is_written_to_a_vault_and_logs_in(precomputing: Precomputing, newer: Simulator) -> None:
    plan = precomputing.run("--check")
    assert plan.named(WRITE)["changed"] is True, plan.output[-3000:]
    assert not precomputing.file.parent.exists()
    run = precomputing.run()
    assert run.named(WRITE)["changed"] is True
    assert {*run.named(WRITE)} >= {"dest", "variable"}
    assert precomputing.run().named(WRITE)["changed"] is False

    text = precomputing.file.read_text()
    assert text.startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    assert stat.S_IMODE(precomputing.file.stat().st_mode) == 0o600
    assert [path.name for path in precomputing.file.parent.iterdir()] == ["nas_api_key.yml"]
    assert hidden(newer, text)
    assert hidden(newer, plan.output + run.output)

    newer.clear_journal()
    fleet = precomputing.fleet
    del fleet.variables["nas_api_key"]
    fleet.variables["nas_cloud_credentials"] = []
    done = fleet.play("provision", "-i", str(precomputing.inventory), *precomputing.unlocking)
    assert done.code == 0, done.output[-3000:]
    assert hidden(newer, done.output)
    calls = [call["method"] for call in newer.journal()]
    assert calls[:2] == ["auth.login_ex"] * 2
    assert "auth.mechanism_choices" not in calls, "asked with a raw key only"


def test_the_role_takes_the_file_of_a_key(precomputing: Precomputing, newer: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(newer.precomputed_key()))
    variables = precomputing.fleet.variables
    del variables["nas_api_key"]
    variables |= {"nas_api_key_file": str(file), "nas_cloud_credentials": []}
    done = precomputing.fleet.play("provision")
    assert done.code == 0, done.output[-3000:]
    assert [call["method"] for call in newer.journal()][:2] == ["auth.login_ex"] * 2
    assert hidden(newer, done.output)


def test_another_file_is_replaced_on_demand_alone(precomputing: Precomputing, newer: Simulator) -> None:
    precomputing.file.parent.mkdir(parents=True)
    precomputing.file.write_text("nas_api_key: another\n")
    refused = precomputing.run()
    assert "dest: is " in refused.named(WRITE)["msg"]
    assert "Set force: true to replace the file; in the playbook, nas_key_force" in refused.named(WRITE)["msg"]
    assert precomputing.file.read_text() == "nas_api_key: another\n"
    assert precomputing.run(nas_key_force=True).named(WRITE)["changed"] is True
    assert precomputing.file.read_text().startswith("$ANSIBLE_VAULT")
    assert hidden(newer, refused.output)


def test_without_a_vault_secret_nothing_is_sent(precomputing: Precomputing, newer: Simulator) -> None:
    assert "vault_id: requires a vault secret" in precomputing.run(vault=False).named(WRITE)["msg"]
    assert newer.journal() == []


def test_what_cannot_be_precomputed_is_said(precomputing: Precomputing, newer: Simulator) -> None:
    already = precomputing.run(nas_api_key=newer.precomputed_key()).named(WRITE)
    assert "api_key: must be the raw key, but is precomputed already" in already["msg"]
    assert newer.journal() == []
    assert "api_key is wrong" in precomputing.run(nas_api_key="1-wrong").named(WRITE)["msg"]
    assert "variable: must be a valid variable name" in precomputing.run(nas_key_variable="a-b").named(WRITE)["msg"]
    assert not precomputing.file.exists()


def test_a_nas_without_scram_and_a_password_have_none(ansible: Ansible, tmp_path: Path) -> None:
    with Simulator(version="25.10.0") as older:
        here = Precomputing(ansible, older, tmp_path)
        assert "does not support SCRAM" in here.run().named(WRITE)["msg"]
        task = {"nasops.truenas.precomputed_key": {"dest": "x", "api_key": None, "password": "{{ word }}"}}
        variables = {"word": older.password}
        run = ansible.play([{"name": "p", **task}], older, *here.unlocking, variables=variables)
        assert "api_key: is missing. Set the raw key: a password cannot be precomputed" in run.named("p")["msg"]
    assert not here.file.exists()


def test_it_runs_on_the_controller_wherever_the_task_would(ansible: Ansible, newer: Simulator, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("of the vault")
    dest = tmp_path / "key.yml"
    task = {"nasops.truenas.precomputed_key": {"dest": str(dest), "variable": "v"}, "environment": IN_A_PROCESS}
    run = ansible.play([{"name": "p", **task}], newer, "--vault-password-file", str(password))
    assert run.named("p")["changed"] is True, run.output[-2000:]
    assert dest.read_text().startswith("$ANSIBLE_VAULT")
