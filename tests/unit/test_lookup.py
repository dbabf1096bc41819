# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup of a credential's public facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.nasops.truenas.plugins.doc_fragments import api_connection
from ansible_collections.nasops.truenas.plugins.lookup import cloud_credential
from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.plugin_utils import lookup_facts, worker_sessions
from tests.unit.fake_nas import FakeNas

NAME = "nasops.truenas.cloud_credential"
OPTIONS = yaml.safe_load(api_connection.ModuleDocFragment.DOCUMENTATION)["options"]
constants.config.initialize_plugin_configuration_definitions("lookup", NAME, OPTIONS)
CANARY = "hush-canary"
KEY = f"1-{CANARY}{'x' * 53}"
S3 = {"type": "S3", "access_key_id": "A", "secret_access_key": CANARY, "endpoint": "https://h/", "odd": CANARY}
STORED = [
    {"id": 7, "name": "offsite", "provider": S3},
    {"id": 8, "name": "web", "provider": {"type": "HTTP", "url": f"https://u:{CANARY}@h/x"}},
    {"id": 9, "name": "alien", "provider": {"type": "NEWCOMER", "key": CANARY}},
    {"id": 10, "name": "twice", "provider": S3},
    {"id": 11, "name": "twice", "provider": S3},
]
INVENTORY = {
    "ansible_connection": "nasops.truenas.api",
    "ansible_host": "nas1.example.net",
    "ansible_user": "automation",
    "ansible_password": trust_as_template("{{ vault_key }}"),
    "vault_key": KEY,
}


class Opened:
    """A NAS that counts logins and queries."""

    def __init__(self) -> None:
        self.nas = FakeNas(*STORED)
        self.targets: list[Connection] = []

    def __call__(self, target: Connection, waiting: Any = None) -> FakeNas:
        self.targets.append(target)
        return self.nas


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """The NAS, and a process that is a worker."""
    found = Opened()
    monkeypatch.setattr(Connection, "open", lambda target, show=None: found(target))
    monkeypatch.setattr(worker_sessions, "_connected", {})
    monkeypatch.setattr(lookup_facts, "in_worker", lambda: True)
    monkeypatch.setattr(FakeNas, "close", lambda self: None, raising=False)
    return found


def look_up(*names: Any, variables: dict[str, Any] | None = None, **options: Any) -> Any:
    """Return what the lookup returns, as a template gets it."""
    loader = DataLoader()
    variables = INVENTORY if variables is None else variables
    templar = Templar(loader=loader, variables=variables)
    lookup = cloud_credential.LookupModule(loader=loader, templar=templar)
    lookup._load_name = NAME
    return lookup.run(list(names), variables=variables, **options)


def test_public_facts_only(opened: Opened) -> None:
    found = look_up("web", "offsite", "alien")
    assert found == [
        {"id": 8, "name": "web", "provider": "http", "fields": {}},
        {"id": 7, "name": "offsite", "provider": "s3", "fields": {"access_key_id": "A", "endpoint": "https://h/"}},
        {"id": 9, "name": "alien", "provider": None, "fields": {}},
    ]
    assert CANARY not in json.dumps(found)


def test_one_login_and_one_query_for_all_lookups_of_a_worker(opened: Opened) -> None:
    look_up("web", "offsite")
    look_up("alien")
    assert len(opened.targets) == 1
    assert opened.nas.calls.count("cloudsync.credentials.query") == 1
    assert opened.targets[0].address.host == "nas1.example.net"


def test_outside_of_a_worker_no_session_is_left_for_the_workers(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []
    monkeypatch.setattr(lookup_facts, "in_worker", lambda: False)
    monkeypatch.setattr(FakeNas, "close", lambda self: closed.append(1), raising=False)
    look_up("web")
    with pytest.raises(AnsibleError):
        look_up("missing")
    assert (worker_sessions._connected, len(opened.targets), closed) == ({}, 2, [1, 1])


def test_other_hosts_keep_their_passwords(opened: Opened) -> None:
    ssh = {**INVENTORY, "ansible_connection": "ssh"}
    with pytest.raises(AnsibleError, match="host"):
        look_up("web", variables=ssh)
    assert look_up("web", variables=ssh, host="nas2", username="u", api_key=KEY)[0]["id"] == 8
    assert [target.address.host for target in opened.targets] == ["nas2"]


def test_a_key_can_be_in_a_file(opened: Opened, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    look_up("web", api_key_file=str(file))
    [target] = opened.targets
    assert target.account.api_key == KEY
    with pytest.raises(AnsibleError, match="not found on the controller"):
        look_up("web", api_key_file="/nonexistent")


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["ofsite"], {}, r"nas1.example.net.* has no cloud credential 'ofsite'. Did you mean 'offsite'\?"),
        (["elsewhere"], {}, r"nas1.example.net.* has no cloud credential 'elsewhere'. Check the name\."),
        (["twice"], {}, r"several cloud credentials 'twice' \(IDs 10, 11\). Rename or delete one"),
        ([7], {}, "_terms: must be names of credentials"),
        (["web"], {"prot": 1}, "prot"),
        (["web"], {"port": "yes"}, "port"),
        (["web"], {"reveal_secrets": True}, "reveal_secrets"),
        (["web"], {"port": 0}, "port: must be a number from 1 to 65535"),
        (["web"], {"via": "ssh"}, "via: must not be ssh for a lookup.*set via: network"),
    ],
)
def test_errors_name_what_to_change(opened: Opened, names: list[Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleError, match=message) as caught:
        look_up(*names, **options)
    assert CANARY not in str(caught.value)


def test_an_error_of_the_nas_is_without_secrets(opened: Opened) -> None:
    opened.nas.answers["cloudsync.credentials.query"] = errors.ServerFault(f"broken: {KEY}")
    with pytest.raises(AnsibleError, match=f"{NAME}: ") as caught:
        look_up("web")
    assert CANARY not in str(caught.value)
