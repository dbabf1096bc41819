# SPDX-License-Identifier: GPL-3.0-or-later
"""One row that cannot be read: only work that needs it fails, everything else goes on with a warning."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from tests.unit.cloud_tasks import OFFSITE, OTHER, PUSH, REPOSITORY, TaskNas, run
from tests.unit.fake_nas import FakeNas

TASKS = {"cloudsync": PUSH, "cloud_backup": REPOSITORY}
NULL = {"description": None}
WRONG = {"description": "old", "exclude": 5}
KEPT = "The purge keeps these rows"
ROW = "row 2 (id 2"


def prepared(service: str, **wrong: Any) -> TaskNas:
    """Return a NAS with two tasks, of which the second one cannot be read because of these values."""
    nas = TaskNas(service)
    for name in (TASKS[service]["description"], "old"):
        run(nas, **{**TASKS[service], "description": name, "folder": name})
    nas.rows[2] |= wrong
    # The other kind of task.
    other = "cloud_backup" if service == "cloudsync" else "cloudsync"
    nas.answers[f"{other}.query"] = []
    nas.calls.clear()
    return nas


@pytest.fixture(params=["cloudsync", "cloud_backup"])
def service(request: pytest.FixtureRequest) -> str:
    """Each kind of task."""
    return str(request.param)


def test_another_task_is_created_changed_and_deleted_with_a_warning(service: str) -> None:
    nas = prepared(service, **NULL)
    name = TASKS[service]["description"]
    for options in (
        {**TASKS[service], "description": "new", "folder": "new"},
        {"description": name, "enabled": False},
        {"description": name, "new_description": "renamed"},
        {"description": "renamed", "state": "absent"},
    ):
        for check in (True, False):
            result = run(nas, check, **options)
            assert result["changed"] is True
            [warning] = [text for text in result["warnings"] if ROW in text]
            assert warning.startswith(
                f"The list of cloud {service.removeprefix('cloud_').removeprefix('cloud')} tasks that the NAS sent"
            )
            assert f"{ROW}), field description. Check them in the web interface" in warning
    assert 2 in nas.rows


def test_work_on_the_row_itself_fails_and_names_it(service: str) -> None:
    for wrong, options in (
        (NULL, {"description": "old", "id": 2, "enabled": False}),
        (WRONG, {"description": "old", "enabled": False}),
        (WRONG, {"description": "old", "state": "absent"}),
        (WRONG, {"description": TASKS[service]["description"], "new_description": "old"}),
        (WRONG, {**TASKS[service], "description": "old"}),
    ):
        nas = prepared(service, **wrong)
        field = "description" if wrong is NULL else "exclude"
        for check in (True, False):
            with pytest.raises(errors.ServerFault, match=rf"row 2 \(id 2.*\), field {field}\. Check"):
                run(nas, check, **options)
        assert nas.writes == []


def test_a_row_without_a_description_might_be_any_task(service: str) -> None:
    nas = prepared(service)
    del nas.rows[2]["description"]
    name = TASKS[service]["description"]
    with pytest.raises(errors.ServerFault, match=r"row 2 \(id 2\), field description"):
        run(nas, description=name, enabled=False)
    assert run(nas, description=name, id=1, enabled=False)["changed"] is True


def test_a_purge_keeps_the_row_and_says_why(service: str) -> None:
    for wrong in (NULL, WRONG):
        nas = prepared(service, **wrong)
        module = {"cloudsync": "cloud_sync_tasks", "cloud_backup": "cloud_backup_tasks"}[service]
        for check in (True, False):
            result = run(nas, check, module, tasks=[], purge=True, purge_all=True)
            assert result["purged"] == [TASKS[service]["description"]]
            assert any(ROW in text and KEPT in text for text in result["warnings"])
        assert [*nas.rows] == [2]


def test_an_item_of_a_set_that_is_the_row_stops_the_set(service: str) -> None:
    nas = prepared(service, **WRONG)
    module = {"cloudsync": "cloud_sync_tasks", "cloud_backup": "cloud_backup_tasks"}[service]
    items = [{**TASKS[service], "enabled": False}, {**TASKS[service], "description": "old", "folder": "old"}]
    with pytest.raises(errors.InvalidInput, match=r"tasks\[1\] \(old\).*row 2 .*, field exclude"):
        run(nas, False, module, tasks=items, purge=True)
    assert nas.writes == []
    result = run(nas, False, module, tasks=items[:1])
    assert (result["changed"], any(KEPT in text for text in result["warnings"])) == (True, False)


def test_a_run_of_another_task_starts(service: str) -> None:
    nas = prepared(service, **NULL)
    module = {"cloudsync": "cloud_sync_run", "cloud_backup": "cloud_backup_run"}[service]
    assert run(nas, True, module, description=TASKS[service]["description"])["action"] == "started"
    with pytest.raises(errors.ServerFault, match=r"row 2 \(id 2\), field description"):
        run(nas, True, module, id=2)


def test_a_credential_is_only_kept_if_the_row_uses_it(service: str) -> None:
    nas = prepared(service, **NULL)
    nas.rows[2]["credentials"] = OTHER
    absent: dict[str, Any] = {"module": "cloud_credential", "state": "absent"}
    assert run(nas, True, name="cloud", **absent)["changed"] is True
    title = {"cloudsync": "cloud sync task id 2", "cloud_backup": "cloud backup task id 2"}[service]
    with pytest.raises(errors.InUse, match=f"is used by {title}"):
        run(nas, True, name="other", **absent)
    with pytest.raises(
        errors.InvalidInput, match=rf"replace_with: cannot be 'cloud' for the {title}.*field description"
    ):
        run(nas, True, name="other", replace_with="cloud", **absent)


def test_a_row_without_a_credential_might_use_any(service: str) -> None:
    nas = prepared(service)
    del nas.rows[2]["credentials"]
    with pytest.raises(errors.ServerFault, match=r"row 2 .*, field credential"):
        run(nas, True, module="cloud_credential", name="cloud", state="absent")
    changed = {"account": "a", "key": "hush-canary-new"}
    assert run(nas, True, module="cloud_credential", name="cloud", b2=changed)["changed"] is True
    listed = run(nas, module="cloud_credential_info", usage=True)
    unused = {one["name"]: one["unused"] for one in listed["credentials"]}
    assert unused["cloud"] is None
    noun = {"cloudsync": "cloud sync task", "cloud_backup": "cloud backup task"}[service]
    [warning] = [text for text in listed["warnings"] if "might use the credential" in text]
    assert warning.startswith(f"The {noun} in row 2 (")
    assert not [text for text in listed["warnings"] if "This account cannot list all tasks" in text]


def test_a_proof_and_an_audit_go_on_and_an_export_does_not(service: str) -> None:
    nas = prepared(service, **NULL)
    proof = run(nas, module="backup_proof", rclone_path="/nonexistent/rclone", restic_path="/nonexistent/restic")
    assert [one["id"] for one in proof["proofs"]] == [1]
    assert any(ROW in text for text in proof["warnings"])
    option = {"cloudsync": "sync_tasks", "cloud_backup": "backup_tasks"}[service]
    declared: dict[str, Any] = {"module": "cloud_audit", "credentials": [], option: [TASKS[service]]}
    audit = run(nas, **declared)["audit"]
    assert [finding["rule"] for finding in audit["findings"]].count("unreadable") == 1
    nas.rows[2] |= WRONG
    again = run(nas, **{**declared, option: [{**TASKS[service], "description": "old"}]})["audit"]
    [row] = [one for one in again["tasks"] if one["name"] == "old"]
    assert (row["state"], row["findings"][0]["rule"]) == ("unknown", "unreadable")
    with pytest.raises(errors.ServerFault, match=r"row 2 \(id 2"):
        run(nas, module="cloud_credential_export", host_name="nas1", dest="/nonexistent", export_tasks=True)


def test_credentials_and_keypairs_are_treated_the_same() -> None:
    key = {"private_key": "", "public_key": ""}
    for service, module, option, row, change in (
        (
            "cloudsync.credentials",
            "cloud_credential",
            "credentials",
            OFFSITE,
            {"b2": {"account": "a", "key": "hush-canary"}},
        ),
        (
            "keychaincredential",
            "ssh_keypair",
            "keypairs",
            {"id": 1, "name": "offsite", "type": "SSH_KEY_PAIR", "attributes": key},
            {"generate": True},
        ),
    ):
        nas = FakeNas(answers={f"{service}.query": [row, {**row, "id": 2, "name": None}], "cloudsync.query": []})
        nas.answers |= {"cloud_backup.query": [], "keychaincredential.used_by": []}
        if "b2" in change:
            result = run(nas, True, module, name="new", **change)
        else:
            result = run(nas, True, module, name="offsite", new_name="new")
        assert result["changed"] is True
        assert any(f"{ROW}), field name" in text for text in result["warnings"])
        nothing: dict[str, Any] = {"module": f"{module}s", option: [], "purge": True, "purge_all": True}
        purged = run(nas, True, **nothing)
        assert purged["purged"] == ["offsite"]
        assert any(KEPT in text for text in purged["warnings"])


def test_a_task_or_a_bucket_of_a_credential_that_cannot_be_read_names_its_row() -> None:
    nas = TaskNas()
    listed = [*nas.answers["cloudsync.credentials.query"], {**OFFSITE, "id": "9", "name": "lost"}]
    nas.answers["cloudsync.credentials.query"] = listed
    assert run(nas, True, **PUSH)["changed"] is True
    message = rf"row {len(listed)} \(id '9', name 'lost'\), field id"
    for options in (
        {**PUSH, "credential": "lost"},
        {"module": "cloud_bucket", "name": "b", "credential": "lost"},
        {"module": "cloud_bucket_info", "credential": "lost"},
        {"module": "protected_bucket", "bucket": "backups", "credential": "lost", "host": "nas", "username": "u"},
    ):
        with pytest.raises(errors.Misread, match=message):
            run(nas, True, **options)
    with pytest.raises(errors.InvalidInput, match="credential: 'other one' not found"):
        run(nas, True, **{**PUSH, "credential": "other one"})
