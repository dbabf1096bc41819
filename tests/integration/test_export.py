# SPDX-License-Identifier: GPL-3.0-or-later
"""What a NAS stores, as variables: exported, read back, and nothing to change."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet import Fleet
from tests.integration.running import CANARY, Ansible, Run, secret
from tests.integration.samples import OPTIONS
from tests.simulator import Simulator

EXPORT = "Write the variables of the host"
APPLY = "nasops.truenas.cloud_credentials : Apply the cloud credentials"
AWKWARD = [
    {
        "name": "{{ awkward }} ü: #",
        "ftp": {"host": "h", "user": "{% u %}", "pass": "{{ lookup('env', 'HOME') }}" + secret(90)},
    },
    {"name": "a-b", "sftp": {"host": "h", "user": "u", "pass": "yes"}},
    {"name": "a.b", "sftp": {"host": "h", "user": "u", "pass": secret(91) + "\u0085\n{# x #}"}},
    {"name": "by key", "sftp": {"host": "h", "user": "u", "private_key_name": "k", "generate_private_key": True}},
]


class Exporting:
    """One NAS with credentials, a folder to export into, and a vault's password."""

    def __init__(self, ansible: Ansible, box: Simulator, folder: Path) -> None:
        self.fleet = Fleet(ansible, {"nas1": box})
        self.box = box
        folder.mkdir()
        self.inventory = folder / "hosts.yml"
        self.inventory.write_text(yaml.safe_dump({"nas": {"hosts": {"nas1": {}}}}))
        self.dest = folder / "host_vars"
        self.password = folder / "password"
        self.password.write_text("the vault's own password\n")
        self.credentials = self.dest / "nas1" / "cloud_credentials.yml"
        self.vault = self.dest / "nas1" / "cloud_credentials_vault.yml"

    def store(self, credentials: list[dict[str, Any]]) -> None:
        """Have the NAS store these."""
        # A template would be filled on the way, so that they come as a file that has none.
        file = self.inventory.parent / "wanted.yml"
        file.write_text(literally({"nas_cloud_credentials": credentials}))
        run = self.fleet.play("provision", "-e", f"@{file}")
        assert run.code == 0, run.output[-3000:]
        file.unlink()
        self.box.clear_journal()

    def export(self, *flags: str, vault: bool = True, **variables: Any) -> Run:
        """Export."""
        self.fleet.variables |= {"nas_export_dest": str(self.dest), **variables}
        return self.fleet.play("export", *flags, *(self.unlocking if vault else ()))

    def apply(self, *flags: str) -> dict[str, Any]:
        """Provision the NAS with what was exported, and return what became of it."""
        run = self.fleet.play("provision", "-i", str(self.inventory), *self.unlocking, "--diff", *flags)
        assert run.code == 0, run.output[-3000:]
        return run.named(APPLY)

    @property
    def unlocking(self) -> tuple[str, str]:
        return "--vault-password-file", str(self.password)


def literally(variables: dict[str, Any]) -> str:
    """Return the variables as YAML in which no text is a template."""

    class Dumper(yaml.SafeDumper):
        pass

    def represent(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
        # Ansible would read other text with that tag as YAML does without quotes, a time as a time.
        return dumper.represent_scalar("!unsafe", text, style='"') if "{" in text else dumper.represent_str(text)

    Dumper.add_representer(str, represent)
    return yaml.dump(variables, Dumper=Dumper, allow_unicode=True)


@pytest.fixture
def exporting(ansible: Ansible, nas: Simulator, tmp_path: Path) -> Exporting:
    """A NAS of one version."""
    return Exporting(ansible, nas, tmp_path / "inventory")


@pytest.mark.parametrize("version", ["25.10.0", "26.0.0", "27.0.0"])
def test_what_is_exported_changes_nothing(ansible: Ansible, tmp_path: Path, version: str) -> None:
    with Simulator(version=version) as box:
        exporting = Exporting(ansible, box, tmp_path / "inventory")
        exporting.store([{"name": f"my {key}", key: options} for key, options in OPTIONS.items()] + AWKWARD)

        run = exporting.export(nas_export_secrets=True)
        assert run.code == 0, run.output[-3000:]
        result = run.named(EXPORT)
        assert result["changed"] is True
        assert result["written"] == [str(exporting.credentials), str(exporting.vault)]
        assert len(result["credentials"]) == len(OPTIONS) + len(AWKWARD)
        assert len({*result["variables"]}) == len(result["variables"])
        assert "[WARNING]" not in run.output, "all that is stored can be declared"
        assert exporting.vault.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256")
        assert stat.S_IMODE(exporting.vault.stat().st_mode) == 0o600
        assert CANARY not in exporting.credentials.read_text()
        assert "private_key_name: k\n" in exporting.credentials.read_text()
        assert {path.name for path in exporting.credentials.parent.iterdir()} == {
            "cloud_credentials.yml",
            "cloud_credentials_vault.yml",
        }

        for flags in (["--check"], []):
            applied = exporting.apply(*flags)
            assert applied["changed"] is False, applied
            assert {item["action"] for item in applied["credentials"]} == {"none"}
            assert len(applied["credentials"]) == len(OPTIONS) + len(AWKWARD)
        writes = [call for call in box.journal() if call["method"].endswith((".create", ".update", ".delete"))]
        assert writes == []

        again = exporting.export("--check", nas_export_secrets=True)
        assert (again.named(EXPORT)["changed"], again.named(EXPORT)["written"]) == (False, [])


def test_check_mode_writes_nothing(exporting: Exporting) -> None:
    exporting.store(AWKWARD)
    run = exporting.export("--check", nas_export_secrets=True)
    assert (run.named(EXPORT)["changed"], len(run.named(EXPORT)["written"])) == (True, 2)
    assert not exporting.dest.exists()


def test_the_controller_writes_whatever_the_connection_is(exporting: Exporting) -> None:
    exporting.store(AWKWARD[1:2])
    exporting.fleet.host_variables["nas1"]["ansible_connection"] = "ssh"
    run = exporting.fleet.play("export")
    assert run.code == 0, run.output[-3000:]
    here = exporting.fleet.folder / "export" / "nas1"
    assert run.named(EXPORT)["dest"] == str(here)
    assert (here / "cloud_credentials.yml").exists()


def test_without_secrets_there_is_a_vault_to_fill_in(exporting: Exporting) -> None:
    exporting.store(AWKWARD)
    run = exporting.export(vault=False)
    assert run.code == 0, run.output[-3000:]
    skeleton = yaml.safe_load(exporting.vault.read_text())
    assert skeleton == dict.fromkeys(run.named(EXPORT)["variables"], "CHANGE_ME")
    used = re.findall(r"\{\{ (vault_nas_nas1_\w+) \}\}", exporting.credentials.read_text())
    assert (
        {*skeleton}
        == {*used}
        == {"vault_nas_nas1_awkward_pass", "vault_nas_nas1_a_b_pass", "vault_nas_nas1_a_b_pass_3"}
    )

    # What somebody has filled in stays, also with force; what it lacks is told.
    exporting.vault.write_text("vault_nas_nas1_a_b_pass: filled\n")
    kept = exporting.export(vault=False, nas_export_force=True)
    assert kept.named(EXPORT)["changed"] is False
    assert "It lacks vault_nas_nas1_" in re.sub(r"\s+", " ", kept.output)
    assert exporting.vault.read_text() == "vault_nas_nas1_a_b_pass: filled\n"


def test_what_is_there_is_kept_unless_forced(exporting: Exporting) -> None:
    exporting.store(AWKWARD[1:2])
    assert exporting.export(nas_export_secrets=True).code == 0
    before = exporting.vault.read_bytes()
    exporting.store(AWKWARD[1:])
    run = exporting.export(nas_export_secrets=True)
    assert run.code == 2
    assert run.named(EXPORT)["problems"][0]["field"] == "dest"
    assert exporting.vault.read_bytes() == before
    assert exporting.export(nas_export_secrets=True, nas_export_force=True).code == 0
    assert exporting.apply("--check")["changed"] is False


def test_secrets_need_a_vault_and_an_account_that_sees_them(exporting: Exporting) -> None:
    exporting.store(AWKWARD[1:2])
    run = exporting.export(vault=False, nas_export_secrets=True)
    assert run.named(EXPORT)["problems"][0]["field"] == "vault_id"
    run = exporting.export(nas_api_key=Simulator.read_only_api_key)
    assert "without the role CLOUD_SYNC_WRITE" in run.named(EXPORT)["msg"]
    assert not exporting.dest.exists()


def test_the_module_itself_says_where_it_runs() -> None:
    collection = Path(__file__).parents[2] / ".collections"
    options = '{"ANSIBLE_MODULE_ARGS": {"host": "h", "username": "u", "dest": "/x", "host_name": "n"}}'
    program = "from ansible_collections.nasops.truenas.plugins.modules.cloud_credential_export import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=options,
        env={"PYTHONPATH": str(collection)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "runs on the controller only" in done.stdout + done.stderr


TASKS: dict[str, Any] = {
    "nas_cloud_credentials": [
        {"name": "offsite", "s3": {"access_key_id": "A", "secret_access_key": secret(1), "region": "eu-west-1"}},
        {"name": "branch", "sftp": {"host": "h", "user": "u", "pass": secret(2)}},
    ],
    "nas_cloud_sync_tasks": [
        {
            "description": "{{ awkward }} nightly",
            "credential": "offsite",
            "bucket": "b",
            "folder": "/docs/",
            "path": "/mnt/tank/data",
            "direction": "PUSH",
            "transfer_mode": "SYNC",
            "schedule": {"minute": "05", "dow": "mon-fri"},
            "encryption": True,
            "encryption_password": secret(3),
            "bwlimit": ["08:00,512K", "19:00,off"],
            "exclude": ["*.tmp"],
        },
        {
            "description": "branch",
            "credential": "branch",
            "folder": "/srv",
            "path": "/mnt/tank/data",
            "direction": "PUSH",
            "transfer_mode": "COPY",
            "enabled": False,
        },
    ],
    "nas_cloud_backup_tasks": [
        {
            "description": "photos",
            "credential": "offsite",
            "bucket": "b",
            "folder": "photos",
            "path": "/mnt/tank/data",
            "repository_password": secret(4),
            "keep_last": 7,
        }
    ],
}


@pytest.mark.parametrize("version", ["25.04.2", "25.10.0", "26.0.0", "27.0.0"])
def test_exported_tasks_change_nothing(ansible: Ansible, tmp_path: Path, version: str) -> None:
    with Simulator(version=version) as box:
        exporting = Exporting(ansible, box, tmp_path / "inventory")
        file = tmp_path / "wanted.yml"
        file.write_text(literally(TASKS))
        stored = exporting.fleet.play("provision", "-e", f"@{file}")
        assert stored.code == 0, stored.output[-3000:]
        box.clear_journal()
        run = exporting.export(nas_export_secrets=True, nas_export_tasks=True)
        assert run.code == 0, run.output[-3000:]
        assert run.named(EXPORT)["tasks"] == ["branch", "{{ awkward }} nightly", "photos"]
        tasks = exporting.dest / "nas1" / "cloud_tasks.yml"
        assert run.named(EXPORT)["written"] == [str(exporting.credentials), str(tasks), str(exporting.vault)]
        assert CANARY not in tasks.read_text()
        again = exporting.fleet.play("provision", "-i", str(exporting.inventory), *exporting.unlocking, "--diff")
        assert re.search(r"nas1 +: ok=\d+ +changed=0 ", again.output), again.output[-3000:]
        assert len(again.named("nasops.truenas.cloud_credentials : Apply the cloud sync tasks")["tasks"]) == 2
        assert not [call for call in box.journal() if call["method"].endswith((".create", ".update", ".delete"))]
        same = exporting.export("--check", nas_export_secrets=True, nas_export_tasks=True)
        assert same.named(EXPORT)["written"] == []


def test_a_shared_secret_is_written_once_and_encrypted_by_value(ansible: Ansible, tmp_path: Path) -> None:
    with Simulator(version="27.0.0") as one, Simulator(version="25.10.0") as two:
        exporting = Exporting(ansible, one, tmp_path / "inventory")
        exporting.fleet = Fleet(ansible, {"nas1": one, "nas2": two})
        exporting.fleet.host_variables["nas2"]["nas_cloud_credentials_host"] = [
            {"name": "own", "ftp": {"host": "h", "user": "u", "pass": secret(93)}}
        ]
        awkward = secret(91) + "\u0085\n{# x #}"
        exporting.store(
            [
                {"name": "shared", "sftp": {"host": "h", "user": "u", "pass": awkward}},
                {"name": "own", "ftp": {"host": "h", "user": "u", "pass": secret(92) + "{{ inventory_hostname }}"}},
            ]
        )
        del exporting.fleet.host_variables["nas2"]["nas_cloud_credentials_host"]
        two.clear_journal()
        group = exporting.dest.parent / "group_vars" / "nas"
        options: dict[str, Any] = {
            "nas_export_secrets": True,
            "nas_export_encryption": "values",
            "nas_export_group_dest": str(group),
        }
        run = exporting.export(**options)
        assert run.code == 0, run.output[-3000:]
        moved = run.named("Move secrets that several NAS share to the group")
        assert moved["shared"] == [{"variable": "vault_nas_shared_shared_pass", "hosts": ["nas1", "nas2"]}]
        vaults = [
            path / "cloud_credentials_vault.yml" for path in (group, exporting.dest / "nas1", exporting.dest / "nas2")
        ]
        for path in vaults:
            lines = path.read_text().splitlines()
            assert re.fullmatch(r"vault_nas_\w+: !vault \|", lines[1])
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "{{ vault_nas_shared_shared_pass }}" in exporting.credentials.read_text()
        exporting.inventory.write_text(yaml.safe_dump({"nas": {"hosts": {"nas1": {}, "nas2": {}}}}))

        applied = exporting.fleet.play("provision", "-i", str(exporting.inventory), *exporting.unlocking, "--diff")
        assert len(re.findall(r"nas\d +: ok=\d+ +changed=0 ", applied.output)) == 2, applied.output[-3000:]
        for box in (one, two):
            assert not [call for call in box.journal() if call["method"].endswith((".create", ".update", ".delete"))]
        before = [path.read_bytes() for path in vaults]
        again = exporting.export(**options)
        assert re.findall(r"nas\d +: ok=\d+ +changed=(\d+)", again.output) == ["0", "0"], again.output[-3000:]
        assert [path.read_bytes() for path in vaults] == before
