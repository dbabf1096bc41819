# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that succeed and lose data, or never run: refused where nobody can want them, else warned about once, with the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.backup_task import hazards as of_backup
from ansible_collections.nasops.truenas.plugins.module_utils.backup_task.kind import BACKUP
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.hazards import Task
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.stored import reader
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task import hazards as of_sync
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.kind import SYNC
from tests.unit.cloud_tasks import CANARY, PUSH, REPOSITORY, TaskNas, run

MIRROR = {"direction": "PULL", "transfer_mode": "SYNC"}
MARKERS = "--s3-directory-markers"
WARNED: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "a pull empties the dataset": ("emptied-by-pull", MIRROR, MARKERS, {"args": MARKERS}),
    "of another provider": (
        "emptied-by-pull",
        {**MIRROR, "credential": "cloud"},
        "transfer_mode: COPY",
        {"transfer_mode": "COPY"},
    ),
    "an exclusion of a folder": ("pattern-folder", {"exclude": ["docs"]}, "docs/**", {"exclude": ["docs/**"]}),
    "an inclusion of a folder": ("pattern-folder", {"include": ["/a/docs"]}, "/a/docs/**", {"include": ["/a/docs/**"]}),
    "a blank": ("pattern-blank", {"exclude": ["*.tmp "]}, "Remove the spaces", {"exclude": ["*.tmp"]}),
    "a filter in args": ("filter-in-args", {"args": "--exclude=x"}, "option exclude", {"args": ""}),
    "a limit of deletions": ("max-delete", {"args": "--max-delete 5"}, "COPY", {"args": ""}),
    "empty folders": ("empty-folders", {"create_empty_src_dirs": True}, MARKERS, {"args": MARKERS}),
    "a flag that is switched off": (
        "emptied-by-pull",
        {**MIRROR, "args": f"{MARKERS}=false"},
        MARKERS,
        {"args": MARKERS},
    ),
    "dead links": (
        "dead-link",
        {"follow_symlinks": True, "transfer_mode": "SYNC"},
        "repair broken links",
        {"transfer_mode": "COPY"},
    ),
    "long names": (
        "long-name",
        {
            "encryption": True,
            "filename_encryption": True,
            "encryption_password": f"{CANARY}-1",
            "transfer_mode": "SYNC",
        },
        "Shorten",
        {"filename_encryption": False},
    ),
    "names without encryption": (
        "no-encryption",
        {"filename_encryption": True},
        "encryption: true",
        {"filename_encryption": False},
    ),
    "sizes": (
        "sizes-only",
        {"credential": "ftp", "bucket": None},
        "--ftp-writing-mdtm",
        {"args": "--ftp-writing-mdtm"},
    ),
}
"""For each case the rule, the options beside those of a task without a finding, a part of the remedy, and what resolves it."""

WARNED_BACKUP: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "a leading slash": ("pattern-slash", {"exclude": ["/top"]}, "Write top", {"exclude": ["top"]}),
    "a full path": (
        "pattern-slash",
        {"exclude": ["/mnt/tank/photos/x"], "snapshot": True},
        "Write",
        {"snapshot": False},
    ),
    "a blank": ("pattern-blank", {"exclude": [" a"]}, "Remove the spaces", {"exclude": ["a"]}),
    "an inclusion": ("unused-include", {"include": ["a"]}, "exclude or another path", {"include": []}),
    "arguments": ("unused-args", {"args": "--x"}, "Remove it", {"args": ""}),
}
CASES = [
    *(("cloudsync", PUSH, case) for case in WARNED.values()),
    *(("cloud_backup", REPOSITORY, case) for case in WARNED_BACKUP.values()),
]


def rules(nas: TaskNas) -> list[str]:
    """Return the rules that the stored tasks break, as an audit finds them."""
    kind = {"cloudsync": SYNC.type, "cloud_backup": BACKUP.type}[nas.service]
    read = reader(kind.fields, kind.naming.noun)
    return [hazard.rule for row in nas.rows.values() for hazard in kind.hazards(read(row).task)]


@pytest.mark.parametrize(
    ("service", "base", "case"), CASES, ids=[*WARNED, *(f"backup: {one}" for one in WARNED_BACKUP)]
)
def test_a_hazard_is_warned_about_once_and_found_in_what_is_stored(
    service: str, base: dict[str, Any], case: Any
) -> None:
    rule, options, remedy, resolved = case
    task = {name: value for name, value in {**base, **options}.items() if value is not None}
    nas = TaskNas(service)
    [planned] = run(nas, check=True, **task)["warnings"]
    [warning] = run(nas, **task)["warnings"]
    assert warning == planned
    assert remedy in warning
    assert rules(nas) == [rule]
    assert run(nas, **task)["warnings"] == [], "once"
    assert run(nas, **task, enabled=False)["warnings"] == [], "the change does not concern it"
    assert run(nas, **{**task, **resolved})["warnings"] == []
    assert rules(nas) == []


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("cloudsync", {"args": "--files-from /mnt/list"}, "args", "files-from"),
    ("cloudsync", {"args": "--files-from=x"}, "args", "files-from"),
    ("cloudsync", {"schedule": {"dow": "fri#1"}}, "schedule.dow", "schedule"),
    ("cloudsync", {"schedule": {"dom": "30", "month": "2"}}, "schedule", "schedule"),
    ("cloud_backup", {"schedule": {"hour": "22-6"}}, "schedule.hour", "schedule"),
    ("cloud_backup", {"repository_password": f"{CANARY} "}, "repository_password", "password-blank"),
    ("cloud_backup", {"repository_password": "  "}, "repository_password", "password-blank"),
    ("cloud_backup", {"repository_password": f"{CANARY}\n"}, "repository_password", "password-blank"),
]


@pytest.mark.parametrize(("service", "options", "field", "rule"), REFUSED)
def test_a_useless_combination_is_refused_before_anything_is_sent(
    service: str, options: dict[str, Any], field: str, rule: str
) -> None:
    base = {"cloudsync": PUSH, "cloud_backup": REPOSITORY}[service]
    nas = TaskNas(service)
    with pytest.raises(errors.InvalidInput) as refused:
        run(nas, **{**base, **options})
    [problem] = refused.value.problems
    assert (problem.field, nas.calls) == (field, [])
    assert problem.remedy
    kind = {"cloudsync": SYNC.type, "cloud_backup": BACKUP.type}[service]
    assert [hazard.rule for hazard in kind.hazards(Task(options))] == [rule]


def test_a_stored_time_that_rclone_refuses_is_found() -> None:
    nas = TaskNas()
    run(nas, **PUSH, bwlimit=["8:00,1"])
    assert rules(nas) == []
    nas.rows[1]["bwlimit"][0]["time"] = "8:00"
    assert rules(nas) == ["bwlimit-time"]
    assert run(nas, **PUSH)["changed"] is False, "the task declares no limit"
    assert run(nas, **PUSH, enabled=False)["changed"] is True


@pytest.mark.parametrize(
    "options",
    [
        {**MIRROR, "folder": "/"},
        {**MIRROR, "transfer_mode": "MOVE"},
        {"transfer_mode": "SYNC"},
        {**MIRROR, "credential": "branch", "bucket": None},
        {"exclude": ["docs/", "*.tmp", "Thumbs.db", "a/{b,c}"], "include": ["*"]},
        {"args": "--transfers 3 --fast-list"},
        {"create_empty_src_dirs": True, "credential": "branch", "bucket": None},
        {"follow_symlinks": True},
    ],
)
def test_a_task_without_a_hazard_is_not_warned_about(options: dict[str, Any]) -> None:
    task = {name: value for name, value in {**PUSH, **options}.items() if value is not None}
    assert run(TaskNas(), **task)["warnings"] == []


def test_a_full_path_is_no_mistake_without_a_snapshot() -> None:
    assert run(TaskNas("cloud_backup"), **REPOSITORY, exclude=["/mnt/tank/photos/cache"])["warnings"] == []
    assert len(run(TaskNas("cloud_backup"), **REPOSITORY, exclude=["/mnt/tank/photos2"])["warnings"]) == 1


def repositories(*tasks: dict[str, Any], nas: TaskNas | None = None, **options: Any) -> dict[str, Any]:
    """Run the set of backup tasks."""
    items = [{**REPOSITORY, "description": f"task {number}", **task} for number, task in enumerate(tasks)]
    return run(nas or TaskNas("cloud_backup"), module="cloud_backup_tasks", tasks=items, **options)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"folder": "a/b"}, {"folder": "/a//x/../b/"}),
        ({"folder": ""}, {"folder": "/."}),
    ],
)
def test_two_declared_tasks_on_one_repository_are_refused(one: dict[str, Any], other: dict[str, Any]) -> None:
    nas = TaskNas("cloud_backup")
    with pytest.raises(errors.InvalidInput) as refused:
        repositories(one, other, nas=nas)
    assert [problem.path for problem in refused.value.problems] == [
        f"tasks[{at}] (task {at}).folder" for at in range(2)
    ]
    assert nas.writes == []


@pytest.mark.parametrize(
    "other", [{"folder": "photos2"}, {"bucket": "nas2"}, {"credential": "offsite"}, {"folder": "photos/x"}]
)
def test_two_tasks_on_two_repositories_are_accepted(other: dict[str, Any]) -> None:
    assert repositories({}, other)["counts"]["created"] == 2


def test_a_new_task_does_not_join_the_repository_of_a_stored_one() -> None:
    nas = TaskNas("cloud_backup")
    run(nas, **REPOSITORY)
    with pytest.raises(errors.InvalidInput, match=r"'photos' \(id 1\).*new_description"):
        run(nas, **{**REPOSITORY, "description": "new"})
    assert run(nas, **REPOSITORY, new_description="new")["changed"] is True
    replaced = repositories({}, nas=nas, purge=True)
    assert (replaced["counts"]["created"], replaced["purged"]) == (1, ["new"])


def test_a_repository_that_two_stored_tasks_share_is_reported_each_time() -> None:
    nas = TaskNas("cloud_backup")
    run(nas, **REPOSITORY)
    nas.store(2, {**nas.rows[1], "credentials": 5, "description": "by hand"})
    for _run in range(2):
        [warning] = run(nas, description="photos", enabled=True)["warnings"]
        assert "'by hand' (id 2)" in warning
    assert run(nas, description="photos", state="absent")["action"] == "deleted"
    assert run(nas, description="by hand", enabled=False)["warnings"] == []


def test_the_address_of_a_repository() -> None:
    def address(name: str, **values: Any) -> str:
        nas = TaskNas("cloud_backup")
        nas.credentials[1]["provider"] |= values
        run(nas, **{**REPOSITORY, "credential": name})
        return of_backup.repository(reader(BACKUP.type.fields, "task")(nas.rows[1]).task)

    assert address("storj") == "s3:gateway.storjshare.io/nas1/photos"
    storj = PROVIDERS["storj_ix"].repository_base
    assert (storj({"endpoint": "https://Own.example/"}), storj({"endpoint": ""})) == (
        "s3:own.example",
        "s3:gateway.storjshare.io",
    )
    assert address("offsite") == "s3:amazonaws.com/nas1/photos"
    assert (
        address("offsite", endpoint="https://s3.eu-west-1.amazonaws.com/", region="") == "s3:amazonaws.com/nas1/photos"
    )
    assert address("offsite", endpoint="https://MinIO.example:9000/") == "s3:minio.example:9000/nas1/photos"
    assert PROVIDERS["s3"].repository_base({"endpoint": "https://u:hush@h.example/"}) == "s3:h.example"
    assert of_backup.repository(Task({"bucket": "b", "folder": "f"})) == ""


def test_the_rules_of_the_kinds_are_pure_functions_of_a_task() -> None:
    assert [*of_sync.hazards(Task({}))] == [*of_backup.hazards(Task({}))] == []
