# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples for users: their files agree with each other and with the collection."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.nasops.truenas.plugins.plugin_utils.role_variables import PUBLIC

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "examples/event_driven"
MOLECULE = ROOT / "examples/molecule"


def read(path: Path) -> Any:
    """Return a YAML file."""
    return yaml.safe_load(path.read_text())


def test_a_failed_run_sends_an_event_that_starts_the_audit_of_its_nas() -> None:
    [ruleset] = read(EVENTS / "rulebook.yml")
    [source], [rule] = ruleset["sources"], ruleset["rules"]
    [sender] = [
        task["ansible.builtin.uri"]
        for play in read(EVENTS / "provision.yml")
        for block in play["tasks"]
        for task in block["rescue"]
        if "ansible.builtin.uri" in task
    ]
    assert f'"{sender["body"]["reason"]}"' in rule["condition"]
    path = source["filters"][0]["eda.builtin.insert_hosts_to_meta"]["host_path"]
    assert path == "payload.nas"
    assert sender["body"]["nas"] == "{{ inventory_hostname }}"
    assert rule["throttle"]["group_by_attributes"] == [f"event.{path}"]
    assert source["eda.builtin.webhook"]["token"] == "{{ webhook_token }}"
    assert sender["headers"]["Authorization"] == "Bearer {{ webhook_token }}"
    assert (EVENTS / rule["action"]["run_playbook"]["name"]).exists()
    arguments = re.findall(r"(?:--extra-vars|--header|-e|-H) .*", (EVENTS / "README.md").read_text())
    assert arguments
    assert not [line for line in arguments if "$" in line], "every user can see them"


@pytest.mark.parametrize(
    "path", sorted(EVENTS.glob("*.yml")) + sorted(MOLECULE.rglob("*.yml")), ids=lambda path: path.name
)
def test_what_examples_import_exists(path: Path) -> None:
    text = path.read_text()
    for playbook in re.findall(r"import_playbook: nasops\.truenas\.(\w+)", text):
        assert (ROOT / "playbooks" / f"{playbook}.yml").exists()
    for role in re.findall(r"name: nasops\.truenas\.(\w+)", text):
        assert (ROOT / "roles" / role).is_dir()
    for module in re.findall(r"(?m)^ +nasops\.truenas\.(\w+):", text):
        assert (ROOT / "plugins/modules" / f"{module}.py").exists()


def test_the_molecule_example_replaces_every_secret_and_every_address_of_its_inventory() -> None:
    simulated = read(MOLECULE / "molecule/default/vars/simulated.yml")
    variables = read(MOLECULE / "inventory/group_vars/nas.yml")
    used = {*re.findall(r"\{\{ (vault_\w+) \}\}", (MOLECULE / "inventory/group_vars/nas.yml").read_text())}
    assert used
    assert {*used, "nas_host", "nas_port", "nas_ca_path"} <= simulated.keys()
    assert {name for name in {*variables, *simulated} if name.startswith("nas_")} <= PUBLIC
    hosts = read(MOLECULE / "inventory/hosts.yml")["nas"]["hosts"]
    platforms = read(MOLECULE / "molecule/default/molecule.yml")["platforms"]
    assert [platform["name"] for platform in platforms] == [*hosts]
