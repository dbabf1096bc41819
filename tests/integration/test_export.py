# SPDX-License-Identifier: GPL-3.0-or-later
"""What a NAS stores, as variables: exported, read back, and nothing to change."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
    """NAS systems with credentials, a folder to export into, and a vault's password."""

    def __init__(self, ansible: Ansible, boxes: Mapping[str, Simulator], folder: Path) -> None:
        self.fleet = Fleet(ansible, boxes)
        self.boxes = boxes
        folder.mkdir()
        self.inventory = folder / "hosts.yml"
        self.inventory.write_text(yaml.safe_dump({"nas": {"hosts": {name: {} for name in boxes}}}))
        self.dest = folder / "host_vars"
        self.password = folder / "password"
        self.password.write_text("the vault's own password\n")
        self.credentials = self.file("nas1", "cloud_credentials.yml")
        self.vault = self.file("nas1", "cloud_credentials_vault.yml")

    def file(self, host: str, name: str) -> Path:
        """Return the file of a NAS of that name."""
        return self.dest / host / name

    def store(self, credentials: list[dict[str, Any]]) -> None:
        """Have each NAS store these."""
        # A template would be filled on the way, so that they come as a file that has none.
        file = self.inventory.parent / "wanted.yml"
        file.write_text(literally({"nas_cloud_credentials": credentials}))
        run = self.fleet.play("provision", "-e", f"@{file}")
        assert run.code == 0, run.output[-3000:]
        file.unlink()
        for box in self.boxes.values():
            box.clear_journal()

    def export(self, *flags: str, vault: bool = True, **variables: Any) -> Run:
        """Export."""
        self.fleet.variables |= {"nas_export_dest": str(self.dest), **variables}
        return self.fleet.play("export", *flags, *(self.unlocking if vault else ()))

    def apply(self, *flags: str) -> Run:
        """Provision each NAS with what was exported."""
        run = self.fleet.play("provision", "-i", str(self.inventory), *self.unlocking, "--diff", *flags)
        assert run.code == 0, run.output[-3000:]
        return run

    def writes(self, host: str) -> list[str]:
        """Return the calls of a NAS that wrote."""
        methods = [call["method"] for call in self.boxes[host].journal()]
        return [method for method in methods if method.endswith((".create", ".update", ".delete"))]

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
    return Exporting(ansible, {"nas1": nas}, tmp_path / "inventory")


@contextmanager
def each_version(ansible: Ansible, folder: Path, *versions: str) -> Iterator[Exporting]:
    """Run a NAS of each version. One run with all of them costs hardly more than with one."""
    with ExitStack() as stack:
        boxes = {f"nas-{version}": stack.enter_context(Simulator(version=version)) for version in versions}
        yield Exporting(ansible, boxes, folder / "inventory")


def test_what_is_exported_changes_nothing(ansible: Ansible, tmp_path: Path) -> None:
    with each_version(ansible, tmp_path, "25.10.0", "26.0.0", "27.0.0") as exporting:
        exporting.store([{"name": f"my {key}", key: options} for key, options in OPTIONS.items()] + AWKWARD)

        run = exporting.export(nas_export_secrets=True)
        assert run.code == 0, run.output[-3000:]
        assert "[WARNING]" not in run.output, "all that is stored can be declared"
        for host in exporting.boxes:
            files = [exporting.file(host, f"cloud_credentials{suffix}.yml") for suffix in ("", "_vault")]
            credentials, vault = files
            result = run.named(EXPORT, host)
            assert result["changed"] is True, host
            assert result["written"] == [str(file) for file in files], host
            assert len(result["credentials"]) == len(OPTIONS) + len(AWKWARD), host
            assert len({*result["variables"]}) == len(result["variables"]), host
            assert vault.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256"), host
            assert stat.S_IMODE(vault.stat().st_mode) == 0o600, host
            assert CANARY not in credentials.read_text(), host
            assert "private_key_name: k\n" in credentials.read_text(), host
            assert {*credentials.parent.iterdir()} == {*files}, host

        for flags in (["--check"], []):
            again = exporting.apply(*flags)
            for host in exporting.boxes:
                applied = again.named(APPLY, host)
                assert applied["changed"] is False, applied
                assert {item["action"] for item in applied["credentials"]} == {"none"}, host
                assert len(applied["credentials"]) == len(OPTIONS) + len(AWKWARD), host
        assert [exporting.writes(host) for host in exporting.boxes] == [[]] * 3

        same = exporting.export("--check", nas_export_secrets=True)
        for host in exporting.boxes:
            assert (same.named(EXPORT, host)["changed"], same.named(EXPORT, host)["written"]) == (False, []), host


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
    assert "nas_export_force" in run.named(EXPORT)["problems"][0]["remedy"]
    assert exporting.vault.read_bytes() == before
    assert exporting.export(nas_export_secrets=True, nas_export_force=True).code == 0
    assert exporting.apply("--check").named(APPLY)["changed"] is False


def test_secrets_need_a_vault_and_an_account_that_sees_them(exporting: Exporting) -> None:
    exporting.store(AWKWARD[1:2])
    run = exporting.export(vault=False, nas_export_secrets=True)
    assert run.named(EXPORT)["problems"][0]["field"] == "vault_id"
    run = exporting.export(nas_api_key=Simulator.read_only_api_key)
    assert "without the role CLOUD_SYNC_WRITE" in run.named(EXPORT)["msg"]
    assert not exporting.dest.exists()


def test_the_module_itself_reports_where_it_runs() -> None:
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


def test_exported_tasks_change_nothing(ansible: Ansible, tmp_path: Path) -> None:
    with each_version(ansible, tmp_path, "25.04.2", "25.10.0", "26.0.0", "27.0.0") as exporting:
        file = tmp_path / "wanted.yml"
        file.write_text(literally(TASKS))
        stored = exporting.fleet.play("provision", "-e", f"@{file}")
        assert stored.code == 0, stored.output[-3000:]
        for box in exporting.boxes.values():
            box.clear_journal()
        run = exporting.export(nas_export_secrets=True, nas_export_tasks=True)
        assert run.code == 0, run.output[-3000:]
        again = exporting.apply()
        same = exporting.export("--check", nas_export_secrets=True, nas_export_tasks=True)
        for host in exporting.boxes:
            names = ("cloud_credentials.yml", "cloud_tasks.yml", "cloud_credentials_vault.yml")
            files = [exporting.file(host, name) for name in names]
            assert run.named(EXPORT, host)["tasks"] == ["branch", "{{ awkward }} nightly", "photos"], host
            assert run.named(EXPORT, host)["written"] == [str(file) for file in files], host
            assert CANARY not in files[1].read_text(), host
            assert re.search(rf"{host} +: ok=\d+ +changed=0 ", again.output), again.output[-3000:]
            applied = again.named("nasops.truenas.cloud_credentials : Apply the cloud sync tasks", host)
            assert len(applied["tasks"]) == 2, host
            assert exporting.writes(host) == [], host
            assert same.named(EXPORT, host)["written"] == [], host


def test_a_shared_secret_is_written_once_and_encrypted_by_value(ansible: Ansible, tmp_path: Path) -> None:
    with Simulator(version="27.0.0") as one, Simulator(version="25.10.0") as two:
        exporting = Exporting(ansible, {"nas1": one, "nas2": two}, tmp_path / "inventory")
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

        applied = exporting.apply()
        assert len(re.findall(r"nas\d +: ok=\d+ +changed=0 ", applied.output)) == 2, applied.output[-3000:]
        assert [exporting.writes(host) for host in exporting.boxes] == [[], []]
        before = [path.read_bytes() for path in vaults]
        again = exporting.export(**options)
        assert re.findall(r"nas\d +: ok=\d+ +changed=(\d+)", again.output) == ["0", "0"], again.output[-3000:]
        assert [path.read_bytes() for path in vaults] == before
