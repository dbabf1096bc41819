# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that several exported hosts share, and values that are encrypted one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret, VaultSecretsContext

from ansible_collections.nasops.truenas.plugins.action import cloud_export_shared
from ansible_collections.nasops.truenas.plugins.module_utils.credential.export import Export, Variable
from ansible_collections.nasops.truenas.plugins.module_utils.credential.shared_secrets import (
    move_shared,
    with_references,
)
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.plugin_utils.vaulted import (
    FILE,
    VALUES,
    VaultedFile,
    stored_variables,
)

CANARY = "hush-canary {{ x }} \u0085\n'\"\\ü"


def test_a_secret_of_two_hosts_moves_and_one_of_a_single_host_stays() -> None:
    hosts = {
        "nas2": {"vault_nas_nas2_offsite_pass": "same", "vault_nas_nas2_b_pass": "own"},
        "nas-1": {"vault_nas_nas_1_offsite_pass": "same", "vault_nas_nas_1_again_pass": "same", "mine": "same"},
        "nas3": {"vault_nas_nas3_offsite_pass": "CHANGE_ME"},
        "nas4": {"vault_nas_nas4_offsite_pass": "CHANGE_ME"},
    }
    move = move_shared(hosts, {})
    name = "vault_nas_shared_offsite_pass"
    assert move.group == {name: "same"}
    assert move.renamed == {
        "nas-1": {"vault_nas_nas_1_offsite_pass": name, "vault_nas_nas_1_again_pass": name},
        "nas2": {"vault_nas_nas2_offsite_pass": name},
    }


def test_two_secrets_with_one_name_get_two_variables_and_the_group_keeps_its_own() -> None:
    hosts = {
        host: {f"vault_nas_{host}_a_pass": value}
        for host, value in {"h1": "x", "h2": "x", "h3": "y", "h4": "y", "h5": "z"}.items()
    }
    group = {"vault_nas_shared_a_pass": "z", "other": 1}
    move = move_shared(hosts, group)
    assert move.group == {**group, "vault_nas_shared_a_pass_3": "x", "vault_nas_shared_a_pass_4": "y"}
    assert move.renamed["h5"] == {"vault_nas_h5_a_pass": "vault_nas_shared_a_pass"}
    assert move_shared({}, move.group).group == move.group


def test_two_new_variables_of_a_group_do_not_take_one_name() -> None:
    """Otherwise the second secret would overwrite the first one, which no host has any more."""
    hosts = {
        host: {f"vault_nas_{host}_a_pass": value}
        for host, value in {"h1": "x", "h2": "x", "h3": "y", "h4": "y"}.items()
    }
    move = move_shared(hosts, {})
    assert move.group == {"vault_nas_shared_a_pass": "x", "vault_nas_shared_a_pass_2": "y"}
    assert move.renamed["h4"] == {"vault_nas_h4_a_pass": "vault_nas_shared_a_pass_2"}


def test_a_secret_of_a_single_host_does_not_keep_later_ones_from_moving() -> None:
    hosts = {"h1": {"vault_nas_h1_a_pass": "own", "vault_nas_h1_b_pass": "same"}, "h2": {"vault_nas_h2_b_pass": "same"}}
    assert move_shared(hosts, {}).group == {"vault_nas_shared_b_pass": "same"}


def test_a_secret_that_the_group_lacks_stays_a_variable_of_the_host() -> None:
    found = Export(({"name": "a", "s3": {"secret_access_key": Variable("own")}},), {"own": "x"}, ())
    assert with_references(found, {"shared": "y"}) == found


def test_an_export_refers_to_what_the_group_has() -> None:
    found = Export(
        ({"name": "a", "s3": {"secret_access_key": Variable("own"), "region": "own"}},),
        {"own": "x", "rest": "y"},
        (),
        {"nas_cloud_sync_tasks": [{"description": "d", "encryption_password": Variable("own")}]},
    )
    changed = with_references(found, {"shared": "x", "to_fill_in": "CHANGE_ME"})
    assert changed.credentials[0]["s3"] == {"secret_access_key": "shared", "region": "own"}
    assert changed.tasks["nas_cloud_sync_tasks"][0]["encryption_password"] == Variable("shared")
    assert isinstance(changed.credentials[0]["s3"]["secret_access_key"], Variable)
    assert changed.secrets == {"rest": "y"}


@pytest.fixture
def loader() -> Iterator[DataLoader]:
    """A loader with the vault secret of the run."""
    secrets = [("default", VaultSecret(b"the vault's own password"))]
    before = VaultSecretsContext.current(optional=True)
    VaultSecretsContext.initialize(VaultSecretsContext(secrets=secrets))
    found = DataLoader()
    found.set_vault_secrets(secrets)
    yield found
    VaultSecretsContext._current = before


def write(path: Path, variables: dict[str, Any], form: str, loader: DataLoader) -> str:
    """Write variables, and return the text of the file."""
    present = stored_variables(loader, path)
    VaultedFile(str(path), None, True, True, form).write(variables, present)
    return path.read_text()


@pytest.mark.parametrize("form", [FILE, VALUES])
def test_what_is_written_is_read_back_and_never_readable(tmp_path: Path, loader: DataLoader, form: str) -> None:
    variables = {"vault_a": CANARY, "vault_b": "yes"}
    text = write(tmp_path / "new" / "vault.yml", variables, form, loader)
    assert "hush" not in text
    assert ("vault_a: !vault |" in text) is (form == VALUES)
    stored = stored_variables(loader, tmp_path / "new" / "vault.yml")
    assert stored is not None
    assert (stored.values, stored.encryption) == (variables, form)
    assert "hush" not in repr(stored)


def test_only_changed_values_are_encrypted_again(tmp_path: Path, loader: DataLoader) -> None:
    path = tmp_path / "vault.yml"
    before = write(path, {"a": CANARY, "b": "old", "gone": "x"}, VALUES, loader)
    after = write(path, {"a": CANARY, "b": "new"}, VALUES, loader)
    kept = before.partition("b: !vault")[0]
    assert after.startswith(kept)
    stored = stored_variables(loader, path)
    assert stored is not None
    assert stored.values == {"a": CANARY, "b": "new"}


def test_one_readable_value_makes_a_file_unencrypted(tmp_path: Path, loader: DataLoader) -> None:
    path = tmp_path / "vault.yml"
    path.write_text(write(path, {"a": "x"}, VALUES, loader) + "b: readable\n")
    stored = stored_variables(loader, path)
    assert stored is not None
    assert stored.encryption is None
    path.write_text("- a list\n")
    assert stored_variables(loader, path) is None


class Moving:
    """Exported files of hosts, and the task that moves what they share."""

    def __init__(self, folder: Path, loader: DataLoader) -> None:
        self.hosts, self.group = folder / "host_vars", folder / "group_vars" / "nas"
        self.loader = loader

    def add(self, host: str, secret: str, form: str = FILE) -> None:
        name = f"vault_nas_{host}_offsite_pass"
        write(self.hosts / host / "cloud_credentials_vault.yml", {name: secret}, form, self.loader)
        text = f'# a note\nx:\n- pass: "{{{{ {name} }}}}"\n- {name}_2\n'
        (self.hosts / host / "cloud_credentials.yml").write_text(text)

    def move(self, check: bool = False) -> dict[str, Any]:
        action = object.__new__(cloud_export_shared.ActionModule)
        action._loader = self.loader
        action._task = type("Task", (), {"check_mode": check})()
        folders = {"dest": str(self.hosts), "group_dest": str(self.group)}
        return action._outcome(
            {**folders, "hosts": ["h1", "h2", "h3", "none"], "encryption": VALUES, "vault_id": None}, {}
        )


@pytest.fixture
def moving(tmp_path: Path, loader: DataLoader) -> Moving:
    """Two hosts that share a secret, and one with another one."""
    moving = Moving(tmp_path, loader)
    moving.add("h1", CANARY)
    moving.add("h2", CANARY, VALUES)
    moving.add("h3", "another")
    return moving


def test_files_refer_to_the_group_and_a_second_run_changes_nothing(moving: Moving) -> None:
    trial = moving.move(check=True)
    assert not moving.group.exists()
    done = moving.move()
    assert done == trial
    shared = "vault_nas_shared_offsite_pass"
    assert done["shared"] == [{"variable": shared, "hosts": ["h1", "h2"]}]
    for host, form in (("h1", FILE), ("h2", VALUES)):
        text = (moving.hosts / host / "cloud_credentials.yml").read_text()
        assert text == f'# a note\nx:\n- pass: "{{{{ {shared} }}}}"\n- vault_nas_{host}_offsite_pass_2\n'
        rest = stored_variables(moving.loader, moving.hosts / host / "cloud_credentials_vault.yml")
        assert rest is not None
        assert rest.values == {}
        assert form == FILE or rest.encryption == VALUES
    group = stored_variables(moving.loader, moving.group / "cloud_credentials_vault.yml")
    assert group is not None
    assert (group.values, group.encryption) == ({shared: CANARY}, VALUES)
    assert [
        path for path in moving.group.parent.parent.rglob("*") if path.is_file() and "hush" in path.read_text()
    ] == []
    assert moving.move() == {"changed": False, "written": [], "shared": [], "warnings": []}


def test_references_are_written_before_variables_go(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    order = [Path(path).relative_to(moving.group.parent.parent) for path in moving.move(check=True)["written"]]
    assert [str(path) for path in order[:3]] == [
        "group_vars/nas/cloud_credentials_vault.yml",
        "host_vars/h1/cloud_credentials.yml",
        "host_vars/h1/cloud_credentials_vault.yml",
    ]


def test_files_that_are_readable_or_cannot_be_decrypted_stay(moving: Moving) -> None:
    (moving.hosts / "h1" / "cloud_credentials_vault.yml").write_text("vault_nas_h1_offsite_pass: x\n")
    (moving.hosts / "h3" / "cloud_credentials_vault.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    done = moving.move()
    assert done["changed"] is False
    assert "h1/cloud_credentials_vault.yml is not encrypted" in done["warnings"][0]
    assert "h3/cloud_credentials_vault.yml cannot be read" in done["warnings"][1]
    moving.group.mkdir(parents=True)
    (moving.group / "cloud_credentials_vault.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3132\n")
    with pytest.raises(InvalidInput, match="group_dest: contains"):
        moving.move()
