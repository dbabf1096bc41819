# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud sync and cloud backup tasks on a NAS before 25.04 (truenas-api/older.md §3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from tests.simulator.older import allowlist
from tests.simulator.store import CLOUD_BACKUP, CLOUD_SYNC, CREDENTIALS
from tests.unit.in_process import InProcessNas
from tests.unit.older_nas import OLDER, OlderNas
from tests.unit.test_older_nas import FLAT, SECRET, in_module, run

versions = pytest.mark.parametrize("version", OLDER)
# With a region, the NAS has nothing to ask S3.
ROWS: dict[str, Any] = {
    "credentials": [
        {"id": 1, "name": "offsite", "provider": {"type": "S3", **FLAT, "region": "eu-1"}},
        {"id": 2, "name": "sftp", "provider": {"type": "SFTP", "host": "h", "user": "u", "pass": SECRET}},
    ]
}
PUSH: dict[str, Any] = {
    "description": "nightly",
    "credential": "offsite",
    "bucket": "backups",
    "folder": "nas1",
    "path": "/mnt/tank/data",
    "direction": "PUSH",
    "transfer_mode": "COPY",
    "schedule": {"minute": "30", "hour": "3"},
}
SYNC_TASK, BACKUP_TASK = "cloud_sync_task", "cloud_backup_task"


def stored(nas: OlderNas, table: str = CLOUD_SYNC) -> dict[str, Any]:
    """Return the one task of the NAS."""
    [row] = nas.rows(table)
    return {**row["task"], "description": row["description"], "credential": row["credential"]}


@versions
def test_a_task_is_made_stays_changes_and_goes(version: str) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        planned = run(nas, SYNC_TASK, check=True, **PUSH)
        created = run(nas, SYNC_TASK, **PUSH)
        assert (created["action"], created["changed_fields"]) == ("created", planned["changed_fields"])
        assert created["task"]["credential"] == "offsite", "a create is read back on CORE"
        assert ("region" in stored(nas)["attributes"]) is (version != "v13.3")
        before = len(nas.calls())
        assert run(nas, SYNC_TASK, **PUSH)["changed"] is False
        calls = nas.calls()[before:]
        assert calls == ["auth.login_with_api_key", "cloudsync.query", "cloudsync.providers"]
        changed = run(nas, SYNC_TASK, **{**PUSH, "folder": "nas2", "transfers": 4})
        assert changed["changed_fields"] == ["folder", "transfers"]
        assert (stored(nas)["attributes"]["folder"], stored(nas)["transfers"]) == ("nas2", 4)
        renamed = run(nas, SYNC_TASK, description="nightly", new_description="daily")
        assert renamed["changed_fields"] == ["description"]
        shown = run(nas, "cloud_sync_task_info")["tasks"]
        assert [(task["description"], task["credential"]) for task in shown] == [("daily", "offsite")]
        assert run(nas, SYNC_TASK, description="daily", state="absent")["action"] == "deleted"
        assert nas.rows(CLOUD_SYNC) == []


@versions
def test_a_task_gets_another_provider(version: str) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        run(nas, SYNC_TASK, **PUSH)
        moved = {name: value for name, value in PUSH.items() if name != "bucket"}
        changed = run(nas, SYNC_TASK, **{**moved, "credential": "sftp"})
        assert "credential" in changed["changed_fields"]
        assert (stored(nas)["credential"], stored(nas)["attributes"]) == (2, {"folder": "nas1"})


@versions
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("option", [{"include": ["a"]}, {"create_empty_src_dirs": True}, {"region": "eu-2"}])
def test_an_option_that_core_lacks(version: str, check: bool, option: dict[str, Any]) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        if version != "v13.3":
            assert run(nas, SYNC_TASK, check, **PUSH, **option)["action"] == "created"
            return
        reason = rf"{next(iter(option))}: requires TrueNAS 24.04 or later, but this NAS runs TrueNAS CORE"
        with pytest.raises(errors.InvalidInput, match=reason):
            run(nas, SYNC_TASK, check, **PUSH, **option)
        assert nas.rows(CLOUD_SYNC) == []


@versions
@pytest.mark.parametrize("check", [True, False])
def test_scripts_need_more_than_a_key(version: str, check: bool) -> None:
    scripted = {"description": "nightly", "credentials": 1, "attributes": {"bucket": "backups", "folder": "nas1"}}
    rows = {**ROWS, "cloud_sync": [{**scripted, "post_script": "true"}]}
    with OlderNas(version, rows=rows) as nas:
        if version == "v13.3":
            assert run(nas, SYNC_TASK, check, description="nightly", transfers=4)["changed"] is True
            return
        with pytest.raises(errors.InvalidInput, match=r"post_script: .*the password of a full administrator"):
            run(nas, SYNC_TASK, check, description="nightly", transfers=4)
        assert "cloudsync.update" not in nas.calls()


BACKUP: dict[str, Any] = {
    "description": "photos",
    "credential": "offsite",
    "bucket": "nas1",
    "folder": "photos",
    "path": "/mnt/tank/photos",
    "repository_password": f"{SECRET}-restic",
    "keep_last": 30,
}


@versions
@pytest.mark.parametrize("check", [True, False])
def test_backups_exist_on_scale_alone(version: str, check: bool) -> None:
    row = {
        "description": "photos",
        "credentials": 1,
        "path": "/mnt/tank/photos",
        "password": f"{SECRET}-restic",
        "attributes": {"bucket": "nas1", "folder": "photos", "region": "", "storage_class": "", "fast_list": False},
        "keep_last": 30,
    }
    rows = ROWS if version == "v13.3" else {**ROWS, "cloud_backup": [row]}
    with OlderNas(version, rows=rows) as nas:
        if version == "v13.3":
            with pytest.raises(
                errors.InvalidInput, match=r"^Cloud backup tasks require TrueNAS 24.10 or later, but this NAS runs"
            ):
                run(nas, BACKUP_TASK, check, **BACKUP)
            assert run(nas, BACKUP_TASK, check, description="photos", state="absent")["changed"] is False
        elif version == "v24.10.2":
            assert run(nas, BACKUP_TASK, check, **BACKUP)["changed"] is False
            assert run(nas, BACKUP_TASK, check, description="photos", state="absent")["action"] == "deleted"
            assert len(nas.rows(CLOUD_BACKUP)) == check
        elif not check:
            with pytest.raises(
                errors.InvalidField, match=r"keep_last: Field was not expected\. Remove the option, or upgrade"
            ):
                run(nas, BACKUP_TASK, **BACKUP)


@versions
def test_a_run_is_followed_with_and_without_events(version: str) -> None:
    for entries in (allowlist.DEFAULT, tuple(entry for entry in allowlist.DEFAULT if entry[0] == allowlist.CALL)):
        with OlderNas(version, rows=ROWS, entries=entries) as nas:
            run(nas, SYNC_TASK, **PUSH)
            with pytest.raises(errors.RunFailed, match="nightly"):
                # There is no rclone.
                run(nas, "cloud_sync_run", description="nightly")
            assert nas.calls().count("cloudsync.sync") == 1
            heard = entries is allowlist.DEFAULT or version == "v13.3"
            assert ("core.get_jobs" in nas.calls()) is not heard, "without events, the job is queried"


@versions
def test_export_and_audit_of_tasks(version: str) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        run(nas, SYNC_TASK, **PUSH)
        found = run(nas, "cloud_credential_export", dest="/tmp", host_name="nas1", export_tasks=True)["export"]
        assert found.tasks["nas_cloud_sync_tasks"][0]["description"] == "nightly"
        audited = run(nas, "cloud_audit", credentials=[], sync_tasks=[{**PUSH, "transfers": 9}])["audit"]
        assert "transfers" in json.dumps(audited)


@versions
def test_a_task_is_in_sync_after_an_upgrade(version: str) -> None:
    declared = {**PUSH, "exclude": ["*.tmp"], "transfers": 4, "encryption": True, "encryption_password": SECRET}
    with OlderNas(version, rows=ROWS) as nas, InProcessNas("v25.04.0") as upgraded:
        run(nas, SYNC_TASK, **declared)
        assert run(nas, SYNC_TASK, **declared)["changed"] is False
        for table in (CREDENTIALS, CLOUD_SYNC):
            for found in nas.rows(table):
                upgraded._store.insert(table, found)
        again = in_module(upgraded, SYNC_TASK, **declared)
        assert again["changed"] is False, again["changed_fields"]


def test_a_backup_is_in_sync_after_an_upgrade() -> None:
    row = {
        "description": "photos",
        "credentials": 1,
        "path": "/mnt/tank/photos",
        "password": f"{SECRET}-restic",
        "attributes": {"bucket": "nas1", "folder": "photos"},
        "keep_last": 30,
    }
    with OlderNas("v24.10.2", rows={**ROWS, "cloud_backup": [row]}) as nas, InProcessNas("v25.04.0") as upgraded:
        assert run(nas, BACKUP_TASK, **BACKUP)["changed"] is False
        for table in (CREDENTIALS, CLOUD_BACKUP):
            for found in nas.rows(table):
                upgraded._store.insert(table, found)
        again = in_module(upgraded, BACKUP_TASK, **BACKUP)
        assert again["changed"] is False, again["changed_fields"]


@versions
@pytest.mark.parametrize("storage_class", ["STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR"])
def test_a_storage_class_of_a_later_version_is_refused_before_anything_is_sent(
    version: str, storage_class: str
) -> None:
    since = {"GLACIER_IR": "25.04.0", "INTELLIGENT_TIERING": "24.04.0" if version == "v13.3" else ""}.get(storage_class)
    with OlderNas(version, rows=ROWS) as nas:
        for check in (True, False):
            if not since:
                assert run(nas, SYNC_TASK, check=check, **PUSH, storage_class=storage_class)["changed"] is True
                continue
            with pytest.raises(errors.InvalidInput, match=f"storage_class: requires TrueNAS {since}"):
                run(nas, SYNC_TASK, check=check, **PUSH, storage_class=storage_class)
        assert len(nas.rows(CLOUD_SYNC)) == (0 if since else 1)


@versions
def test_check_mode_shows_the_fields_that_the_nas_has(version: str) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        planned, created = run(nas, SYNC_TASK, check=True, **PUSH), run(nas, SYNC_TASK, **PUSH)
        assert planned["task"] == {**created["task"], "id": None}
        again = run(nas, SYNC_TASK, **PUSH)["diff"]
        assert again["before"] == again["after"]
