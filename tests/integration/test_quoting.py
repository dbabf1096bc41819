# SPDX-License-Identifier: GPL-3.0-or-later
"""Files without quotes, read by Ansible itself: what YAML and templates change is refused before a NAS is asked for anything."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet import Fleet
from tests.integration.running import Ansible
from tests.simulator import Simulator

PASSWORD = "for the vault"

PLAY = """\
- hosts: all
  gather_facts: false
  module_defaults:
    group/nasops.truenas.all:
      host: "{{ nas.host }}"
      port: "{{ nas.port }}"
      username: "{{ nas.username }}"
      api_key: "{{ nas.api_key }}"
      ca_path: "{{ nas.ca_path }}"
  vars:
    digits: 01234567
    record: {id: 12:30, text: "0123"}
    vaulted: !vault |
VAULTED
  tasks:
    - name: one
      nasops.truenas.cloud_credential:
        name: no
        openstack_swift:
          user: 00412345670001
          key: 01234567
          auth: yes
          auth_version: 3
          tenant: 1.10
          region_name: 2024-01-01
          application_credential_id: 0x1F
          password: 12:30
      ignore_errors: true
ENVIRONMENT

    - name: many
      nasops.truenas.cloud_credentials:
        credentials:
          - name: offsite
            s3:
              access_key_id: 1_000
              secret_access_key: "{{ digits }}"
              region: "{{ record.id }}"
          - name: 2024
            ftp: {host: h, username: yes, password: "{{ record.text }}"}
        purge_keep: no
      ignore_errors: true
ENVIRONMENT

    - name: quoted
      nasops.truenas.cloud_credential:
        name: "no"
        openstack_swift:
          user: "00412345670001"
          key: "{{ vaulted }}"
          auth: https://keystone.example.net/v3
          auth_version: 3
          tenant: "{{ lookup('ansible.builtin.env', 'DIGITS') }}"
          region: "{{ digits | string }}"
          tenant_id: "{{ record.text }}"
          domain: "12:30"
ENVIRONMENT

    - name: again
      nasops.truenas.cloud_credential:
        name: "no"
        openstack_swift: {user: "00412345670001", key: "0123456", tenant: "0777", domain: "12:30", tenant_id: "0123"}
ENVIRONMENT
"""


def vaulted(ansible: Ansible, folder: Path, text: str) -> str:
    """Return the text as Ansible Vault encrypts it, indented as a block below a variable."""
    secret, password = folder / "secret", folder / "password"
    secret.write_text(text)
    password.write_text(PASSWORD)
    ansible.run("ansible-vault", "encrypt", "secret", "--vault-password-file", "password", here=folder)
    return "\n".join(f"      {line}" for line in secret.read_text().splitlines())


@pytest.mark.parametrize("environment", ["", "      environment: {WHICH_WAY: module}"], ids=["worker", "module"])
def test_a_file_without_quotes_is_refused_and_one_with_them_is_stored(
    ansible: Ansible, nas: Simulator, environment: str
) -> None:
    here = ansible.folder / "quoting"
    here.mkdir(parents=True)
    play = PLAY.replace("VAULTED", vaulted(ansible, here, "0123456")).replace("ENVIRONMENT", environment)
    (here / "play.yml").write_text(play)
    host = {"host": nas.host, "port": nas.port, "username": nas.user, "api_key": nas.api_key, "ca_path": nas.ca_file}
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "nas": host}
    (here / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"nas1": local}}}))
    flags = ("-i", "hosts.yml", "play.yml", "--vault-password-file", "password")
    run = ansible.run("ansible-playbook", *flags, here=here, extra={"DIGITS": "0777"})

    assert run.code == 0, run.output[-3000:]
    one = {problem["field"]: problem["reason"] for problem in run.named("one")["problems"]}
    assert one == {
        "name": "must be text, but is a boolean (false)",
        "openstack_swift.user": "must be text, but is a whole number (35762171905)",
        "openstack_swift.key": "must be text, but is a whole number",
        "openstack_swift.auth": "must be text, but is a boolean (true)",
        "openstack_swift.tenant": "must be text, but is a decimal number (1.1)",
        "openstack_swift.region_name": "must be text, but is a date (2024-01-01)",
        "openstack_swift.application_credential_id": "must be text, but is a whole number (31)",
        "openstack_swift.password": "must be text, but is a whole number",
    }
    many = {problem["field"]: problem["reason"] for problem in run.named("many")["problems"]}
    assert many == {
        "credentials[0] (offsite).s3.access_key_id": "must be text, but is a whole number (1000)",
        "credentials[0] (offsite).s3.secret_access_key": "must be text, but is a whole number",
        "credentials[0] (offsite).s3.region": "must be text, but is a whole number (750)",
        "credentials[1].name": "must be text, but is a whole number (2024)",
        "credentials[1].ftp.username": "must be text, but is a boolean (true)",
        "purge_keep": "must be text, but is a boolean (false)",
    }
    shown = run.named("quoted")["credential"]["openstack_swift"]
    kept = {"user": "00412345670001", "tenant": "0777", "region": "342391", "tenant_id": "0123", "domain": "12:30"}
    assert {name: shown[name] for name in kept} == kept
    assert run.named("quoted")["credential"]["name"] == "no"
    assert run.named("again")["changed"] is False, "the vaulted digits are stored as they are"


@pytest.fixture
def fleet(ansible: Ansible, nas: Simulator) -> Fleet:
    """A fleet of one NAS."""
    return Fleet(ansible, {"nas1": nas})


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"nas_cloud_credentials": [{"name": False, "b2": {"account": "a", "key": "k"}}]}, "[0].name"),
    "secret": ({"nas_cloud_credentials": [{"name": "a", "b2": {"account": "a", "key": 342391}}]}, "[0] (a).b2.key"),
    "on top": (
        {"nas_cloud_credentials_host": [{"name": "a", "b2": {"application_key": 750}}]},
        "[0] (a).b2.application_key",
    ),
    "API key": ({"nas_api_key": 35762171905}, "api_key"),
    "keep": ({"nas_purge_keep": [2024]}, "purge_keep[0]"),
    "keypair": ({"nas_ssh_keypairs": [{"name": 2024, "generate": True}]}, "name"),
    "private key": ({"nas_ssh_keypairs": [{"name": "a", "private_key": 342391}]}, "private_key"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_variable_of_a_role_without_quotes_is_refused(fleet: Fleet, nas: Simulator, mistake: str) -> None:
    variables, where = MISTAKES[mistake]
    fleet.variables |= variables
    run = fleet.play("provision")
    assert run.code == 2, run.output[-3000:]
    output = " ".join(run.output.split())
    assert f"{where}: must be text, but is a" in output
    assert "in quotes" in output
    assert not {"342391", "35762171905"} & {*output.replace('"', " ").replace(",", " ").split()}
    assert not [call for call in nas.journal() if call["method"].endswith((".create", ".update"))]
