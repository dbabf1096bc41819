# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that returns the least rights of a key: the policy for each work, what it requires, and what it refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins.filter.least_policy import least_policy
from ansible_collections.nasops.truenas.plugins.module_utils.access.work import SYNC_RIGHTS, UNTRIED_FLAGS

SYNC = {
    "description": "documents",
    "credential": "offsite",
    "bucket": "backups",
    "folder": "nas1/documents",
    "path": "/mnt/tank/documents",
    "direction": "PUSH",
    "transfer_mode": "SYNC",
}
BACKUP = {
    "description": "photos",
    "credential": "offsite",
    "bucket": "backups",
    "folder": "/photos//a/",
    "keep_last": 5,
}
LIST, GET, PUT, DELETE = "s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"


def grants(found: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return the actions of a policy by resource, without the part that all resources of S3 have."""
    by_resource: dict[str, set[str]] = {}
    for statement in found["policy"]["Statement"]:
        assert statement["Effect"] == "Allow"
        for resource in statement["Resource"]:
            by_resource.setdefault(resource.removeprefix("arn:aws:s3:::"), set()).update(statement["Action"])
    return by_resource


@pytest.mark.parametrize(
    ("direction", "mode", "actions", "capabilities"),
    [
        ("PUSH", "COPY", {GET, PUT}, ["listFiles", "readFiles", "writeFiles"]),
        ("PUSH", "SYNC", {GET, PUT, DELETE}, ["listFiles", "readFiles", "writeFiles"]),
        ("PUSH", "MOVE", {GET, PUT}, ["listFiles", "readFiles", "writeFiles"]),
        ("PULL", "COPY", {GET}, ["listFiles", "readFiles"]),
        ("PULL", "SYNC", {GET}, ["listFiles", "readFiles"]),
        ("PULL", "MOVE", {GET, DELETE}, ["listFiles", "readFiles", "writeFiles"]),
    ],
)
def test_the_rights_of_a_sync_task(direction: str, mode: str, actions: set[str], capabilities: list[str]) -> None:
    task = {**SYNC, "direction": direction, "transfer_mode": mode}
    assert grants(least_policy(task)) == {"backups": {LIST}, "backups/*": actions}
    assert least_policy(task, "storj_ix")["policy"] == least_policy(task)["policy"]
    assert least_policy(task, "b2")["capabilities"] == capabilities


def test_every_measured_direction_and_mode_has_rights() -> None:
    for direction, mode in SYNC_RIGHTS:
        assert least_policy({**SYNC, "direction": direction, "transfer_mode": mode})["policy"]["Statement"]


def test_a_key_for_a_folder_reaches_no_other_objects() -> None:
    found = least_policy(SYNC, variant="folder")
    assert grants(found) == {"backups": {LIST}, "backups/nas1/documents/*": {GET, PUT, DELETE}}
    assert found["args"] == "--s3-no-head-object"
    assert "args" not in least_policy({**SYNC, "args": "--s3-no-head-object"}, variant="folder")
    assert least_policy({**SYNC, "folder": "//nas1/documents/"}, variant="folder") == found


def test_a_backup_without_deletes_keeps_its_snapshots() -> None:
    found = least_policy(BACKUP, variant="append_only")
    assert grants(found) == {
        "*": {"s3:ListAllMyBuckets"},
        "backups": {LIST},
        "backups/*": {GET, PUT},
        "backups/photos/a/locks/*": {DELETE},
    }
    assert found["keep_last"] == 99999
    assert "keep_last" not in least_policy(BACKUP)
    root = least_policy({**BACKUP, "folder": ""}, variant="append_only")
    assert grants(root)["backups/locks/*"] == {DELETE}


def test_a_credential_without_a_region_may_look_for_it() -> None:
    assert "s3:GetBucketLocation" in grants(least_policy(SYNC, has_region=False))["backups"]
    assert "GetBucketLocation" not in json.dumps(least_policy(SYNC, "storj_ix", has_region=False))


def test_a_push_that_stores_folders_does_not_create_the_bucket() -> None:
    task = {**SYNC, "args": "--s3-directory-markers --transfers 4"}
    assert least_policy(task)["args"] == "--s3-directory-markers --transfers 4 --s3-no-check-bucket"
    assert "args" not in least_policy({**task, "direction": "PULL"})


def test_deleting_for_good_is_a_right_of_its_own() -> None:
    task = {**SYNC, "args": "--b2-hard-delete"}
    assert least_policy(task, "b2")["capabilities"] == ["deleteFiles", "listFiles", "readFiles", "writeFiles"]
    pull = {**task, "direction": "PULL", "transfer_mode": "MOVE"}
    assert least_policy(pull, "b2")["capabilities"] == ["deleteFiles", "listFiles", "readFiles"]
    assert least_policy({**task, "transfer_mode": "COPY"}, "b2")["capabilities"] == [
        "listFiles",
        "readFiles",
        "writeFiles",
    ]


def test_a_list_makes_one_policy_with_the_settings_of_each_task() -> None:
    other = {**SYNC, "description": "photos", "bucket": "other", "direction": "PULL", "transfer_mode": "COPY"}
    gone = {"description": "gone", "state": "absent"}
    found = least_policy([SYNC, other, gone, {**BACKUP, "folder": "r"}], variant="folder")
    assert grants(found) == {
        "*": {"s3:ListAllMyBuckets"},
        "backups": {LIST},
        "backups/nas1/documents/*": {GET, PUT, DELETE},
        "backups/r/*": {GET, PUT, DELETE},
        "other": {LIST},
        "other/nas1/documents/*": {GET},
    }
    assert found["tasks"] == [
        {"description": "documents", "args": "--s3-no-head-object"},
        {"description": "photos", "args": "--s3-no-head-object"},
        {"description": "photos"},
    ]


def test_a_task_as_an_info_module_returns_it_has_the_same_rights() -> None:
    returned = {**SYNC, "id": 3, "locked": False, "job": None, "encryption_password": "********", "keep_last": None}
    assert least_policy(returned) == least_policy(SYNC)
    aliased = {("container" if name == "bucket" else name): value for name, value in SYNC.items()}
    assert least_policy(aliased) == least_policy(SYNC)


def test_a_sync_that_deletes_is_kept_out_of_a_repository_that_must_stay() -> None:
    beside = least_policy([SYNC, BACKUP], variant="append_only")
    assert grants(beside)["backups/*"] == {GET, PUT}
    assert grants(beside)["backups/nas1/documents/*"] == {DELETE}
    for folder in ("", "photos", "photos/a"):
        with pytest.raises(AnsibleFilterError, match=r"contains the repository of tasks\[1\] \(photos\)"):
            least_policy([{**SYNC, "folder": folder}, BACKUP], variant="append_only")
    least_policy([{**SYNC, "folder": "photo"}, BACKUP], variant="append_only")


@pytest.mark.parametrize(
    ("task", "options", "words"),
    [
        ({**SYNC, "bucket": None}, {}, "task[0] (documents).bucket: is required"),
        ({name: value for name, value in SYNC.items() if name != "bucket"}, {}, "bucket: is required"),
        ({**SYNC, "bucket": "a*"}, {}, "bucket: must not contain a slash or a wildcard"),
        ({**SYNC, "bucket": 7}, {}, "bucket: must be text"),
        ({**SYNC, "direction": "BOTH"}, {}, "direction: must be one of PUSH, PULL"),
        ({**SYNC, "transfer_mode": None}, {}, "transfer_mode: must be one of COPY, SYNC, MOVE"),
        ({"description": "x", "bucket": "b"}, {}, "direction: is required"),
        ({"description": "x", "state": "absent"}, {}, "must contain a task that is not absent"),
        ([], {}, "must contain a task that is not absent"),
        (["x"], {}, "tasks[0]: must be a mapping"),
        ("x", {}, "requires a task or a list of tasks"),
        (SYNC, {"provider": "azureblob"}, "provider: must be one of b2, s3, storj_ix: nobody has tried"),
        (SYNC, {"provider": "ftp"}, "provider: must be one of"),
        (SYNC, {"provider": 7}, "provider: must be text"),
        (SYNC, {"variant": "all"}, "variant: must be one of plain, folder, append_only"),
        (SYNC, {"has_region": "sometimes"}, "has_region"),
        (BACKUP, {"provider": "b2"}, "provider: is Backblaze B2, where the NAS cannot make backups"),
        ([SYNC, {**SYNC, "bucket": "b"}], {"provider": "b2"}, "tasks: have the buckets b, backups: nobody has tried"),
        (SYNC, {"provider": "b2", "variant": "folder"}, "variant: must not be folder for Backblaze B2"),
        ({**SYNC, "folder": "/"}, {"variant": "folder"}, "folder: is required to limit a key"),
        ({**SYNC, "folder": "a*"}, {"variant": "folder"}, "folder: must not contain *, ?, or $"),
        (
            {**SYNC, "folder": "a/../b"},
            {"variant": "folder"},
            "folder: must not have parts that are empty, or only dots",
        ),
        (
            {**SYNC, "args": "--b2-hard-delete"},
            {"provider": "b2", "variant": "append_only"},
            "args: contains --b2-hard-delete, which deletes for good",
        ),
        ({**SYNC, "args": "--backup-dir=remote:old"}, {}, "args: contains --backup-dir, with which nobody has tried"),
    ],
)
def test_an_unmeasured_case_is_refused(task: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        least_policy(task, **options)
    assert words in str(refused.value)


@pytest.mark.parametrize("flag", sorted(UNTRIED_FLAGS))
def test_each_flag_that_sends_other_requests_is_refused(flag: str) -> None:
    with pytest.raises(AnsibleFilterError, match="nobody has tried"):
        least_policy({**SYNC, "args": f"{flag} x"})


def test_all_mistakes_of_a_list_are_reported_at_once() -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        least_policy([{**SYNC, "bucket": ""}, {**SYNC, "direction": "UP"}])
    assert "tasks[0] (documents).bucket" in str(refused.value)
    assert "tasks[1] (documents).direction" in str(refused.value)


def test_notes_name_what_the_rights_do_not_cover() -> None:
    notes = {
        variant: " ".join(least_policy([SYNC, BACKUP], variant=variant)["notes"])
        for variant in ("plain", "append_only")
    }
    assert "not at Amazon S3" in notes["plain"]
    assert "parts of interrupted uploads stay" in notes["plain"]
    assert "keeps versions" in notes["append_only"]
    assert "verify_bucket" in " ".join(least_policy(SYNC, "b2")["notes"])


def test_a_hundred_tasks_take_less_than_50_ms() -> None:
    tasks = [{**SYNC, "bucket": f"b{number % 7}", "folder": f"nas{number}"} for number in range(100)]
    least_policy(tasks, variant="folder")
    times = []
    for _attempt in range(3):
        began = time.process_time()
        least_policy(tasks, variant="folder")
        times.append(time.process_time() - began)
    assert min(times) < 0.05
