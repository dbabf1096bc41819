# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings on cloud sync and cloud backup tasks, and the reports on them."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.audit import compare, formats, report
from ansible_collections.nasops.truenas.plugins.module_utils.audit.plain_text import contains_secret
from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import RULES
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, NotPermitted
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_audit import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.plugin_utils.audit_page import to_html
from tests.unit.cloud_tasks import CANARY, PUSH, REPOSITORY, TaskNas, run

ROOT = Path(__file__).parents[2]
NOW = datetime.datetime(2026, 7, 10, tzinfo=datetime.UTC)
DONE: dict[str, Any] = {
    "id": 9,
    "state": "SUCCESS",
    "error": None,
    "time_started": {"$date": 1783540800000},
    "time_finished": {"$date": 1783544400000},
}
"""A run that ended on 2026-07-08 at 21:00 UTC."""
SYNC: dict[str, Any] = {**PUSH, "snapshot": True}
BACKUP: dict[str, Any] = {**REPOSITORY, "snapshot": True}


def nas_with(*tasks: dict[str, Any], service: str = "cloudsync", **stored: Any) -> TaskNas:
    """Return a NAS that stores these tasks; each has run, unless `stored` has other fields of the rows."""
    nas = TaskNas(service)
    other = {"cloudsync": "cloud_backup", "cloud_backup": "cloudsync"}[service]
    nas.answers[f"{other}.query"] = []
    if tasks:
        run(
            nas, False, {"cloudsync": "cloud_sync_tasks", "cloud_backup": "cloud_backup_tasks"}[service], tasks=[*tasks]
        )
    for row in nas.rows.values():
        row.update({"job": DONE, **stored})
    nas.calls.clear()
    return nas


def audit(nas: TaskNas, **options: Any) -> dict[str, Any]:
    """Return the findings on a NAS, without any secret."""
    validated = ArgumentSpecValidator(ARGUMENTS).validate(json.loads(json.dumps({"credentials": [], **options})))
    assert not validated.error_messages
    found = compare.compare(compare.read(validated.validated_parameters), Nas(nas), NOW)
    assert CANARY not in json.dumps(found)
    assert nas.writes == []
    return found


def rules(found: dict[str, Any]) -> dict[str, list[str]]:
    """Return the rules of the findings by task."""
    return {task["name"]: [finding["rule"] for finding in task["findings"]] for task in found["tasks"]}


@pytest.mark.parametrize(
    ("service", "option", "task"), [("cloudsync", "sync_tasks", SYNC), ("cloud_backup", "backup_tasks", BACKUP)]
)
def test_a_task_in_sync_that_has_run_has_no_findings_and_costs_one_query(
    service: str, option: str, task: dict[str, Any]
) -> None:
    nas = nas_with(task, service=service)
    found = audit(nas, **{option: [task]})
    [row] = found["tasks"]
    assert (row["state"], row["findings"], row["credential"]) == ("same", [], task["credential"])
    assert row["last_run"]["finished"] == "2026-07-08T21:00:00Z"
    assert sorted(nas.calls) == ["cloud_backup.query", "cloudsync.credentials.query", "cloudsync.query"]
    used = next(one for one in found["credentials"] if one["name"] == task["credential"])
    assert used["users"] == [f"{row['kind']} {row['name']!r} (id 1)"]


def test_the_states_of_declared_and_other_tasks() -> None:
    nas = nas_with(*({**SYNC, "description": name} for name in ("nightly", "gone", "stray", "manual-1")))
    declared = [
        {**SYNC, "folder": "other", "schedule": {"minute": "30", "hour": "03"}},
        {"description": "gone", "state": "absent"},
        {**SYNC, "description": "new", "credential": "later"},
        {"description": "odd", "credential": "nowhere"},
    ]
    later = [{"name": "later", "s3": {"access_key_id": "A", "secret_access_key": f"{CANARY}-x"}}]
    found = audit(nas, credentials=later, sync_tasks=declared, keep_tasks=["manual-*"])
    assert {task["name"]: task["state"] for task in found["tasks"]} == {
        "gone": "should-be-absent",
        "manual-1": "stored",
        "new": "missing",
        "nightly": "drift",
        "odd": "not-supported",
        "stray": "unmanaged",
    }
    assert rules(found)["nightly"] == ["drift"]
    nightly = next(task for task in found["tasks"] if task["name"] == "nightly")
    assert nightly["fields"] == [{"name": "folder", "stored": "nas1", "desired": "other"}]


def test_an_account_that_cannot_read_secrets_or_backup_tasks() -> None:
    nas = nas_with({**SYNC, "encryption": True, "encryption_password": f"{CANARY}-crypt"})
    nas.granted = frozenset({"CLOUD_SYNC_READ"})
    nas.answers["cloud_backup.query"] = NotPermitted("no")
    found = audit(nas, sync_tasks=[{**SYNC, "encryption": True, "encryption_password": "declared"}])
    assert (found["tasks"][0]["state"], found["tasks"][0]["unknown_fields"]) == ("unknown", ["encryption_password"])
    assert [finding["rule"] for finding in found["findings"]] == ["usage-unknown"]
    assert nas.calls.count("cloud_backup.query") == 1, "a refusal is not asked for again"


@pytest.mark.parametrize(
    ("stored", "options", "expected"),
    [
        ({"job": None}, {}, ["never-run"]),
        ({"job": None, "enabled": False}, {}, ["disabled"]),
        ({"enabled": False}, {"sync_tasks": [{**SYNC, "enabled": False}]}, []),
        ({"job": {**DONE, "state": "RUNNING", "time_finished": None}}, {"outdated_after": 48}, []),
        ({}, {"outdated_after": 27}, []),
        ({}, {"outdated_after": 26.5}, ["outdated"]),
        ({"snapshot": False}, {}, ["no-snapshot"]),
        ({"snapshot": False, "transfer_mode": "MOVE"}, {}, []),
        ({"locked": True}, {}, ["task-locked"]),
        ({"pre_script": f"login {CANARY}-s3"}, {}, ["plain-text-secret"]),
        ({"post_script": "curl -u me:sesame https://h"}, {}, ["plain-text-secret"]),
    ],
)
def test_runs_and_settings(stored: dict[str, Any], options: dict[str, Any], expected: list[str]) -> None:
    assert rules(audit(nas_with(SYNC, **stored), **options)) == {"nightly": expected}


def test_the_error_of_a_run_is_shown_without_secrets() -> None:
    failed = {**DONE, "state": "FAILED", "error": f"\n403 for {CANARY}-s3\nsecond line"}
    [task] = audit(nas_with(SYNC, job=failed))["tasks"]
    [finding] = task["findings"]
    assert finding["rule"] == "last-run-failed"
    assert finding["message"] == "The last run ended at 2026-07-08T21:00:00Z with the state FAILED: 403 for ********."


def test_a_difference_does_not_quote_a_secret_in_a_script() -> None:
    nas = nas_with(SYNC, pre_script=f"login {CANARY}-s3")
    [task] = audit(nas, sync_tasks=[{**SYNC, "pre_script": "date"}])["tasks"]
    assert task["fields"] == [{"name": "pre_script", "stored": "login ********", "desired": "date"}]


HAZARDS: dict[str, tuple[str, dict[str, Any]]] = {
    "schedule": ("cloudsync", {"schedule": {"minute": "0", "hour": "22-6", "dom": "*", "month": "*", "dow": "*"}}),
    "bwlimit-time": ("cloudsync", {"bwlimit": [{"time": "8:00", "bandwidth": 1024}]}),
    "files-from": ("cloudsync", {"args": "--files-from /x"}),
    "filter-in-args": ("cloudsync", {"args": "--exclude x"}),
    "max-delete": ("cloudsync", {"args": "--max-delete 5"}),
    "pattern-folder": ("cloudsync", {"include": ["docs"]}),
    "pattern-blank": ("cloudsync", {"exclude": ["*.tmp "]}),
    "dead-link": ("cloudsync", {"transfer_mode": "SYNC", "follow_symlinks": True}),
    "long-name": (
        "cloudsync",
        {
            "transfer_mode": "SYNC",
            "encryption": True,
            "filename_encryption": True,
            "encryption_password": f"{CANARY}-crypt",
        },
    ),
    "emptied-by-pull": ("cloudsync", {"transfer_mode": "SYNC", "direction": "PULL"}),
    "no-encryption": ("cloudsync", {"filename_encryption": True}),
    "empty-folders": ("cloudsync", {"create_empty_src_dirs": True}),
    "unused-include": ("cloud_backup", {"include": ["x"]}),
    "unused-args": ("cloud_backup", {"args": "--fast-list"}),
    "password-blank": ("cloud_backup", {"password": f"{CANARY}-x "}),
    "pattern-slash": ("cloud_backup", {"exclude": ["/top"]}),
}
"""A row of a stored task with each hazard that a single task shows, except for that of FTP."""


@pytest.mark.parametrize("rule", [*HAZARDS])
def test_a_stored_task_that_loses_data_is_found(rule: str) -> None:
    service, stored = HAZARDS[rule]
    nas = nas_with({"cloudsync": SYNC, "cloud_backup": BACKUP}[service], service=service, **stored)
    [task] = audit(nas)["tasks"]
    assert [finding["rule"] for finding in task["findings"] if finding["rule"] != "no-snapshot"] == [rule]
    assert task["findings"][0]["field"]
    assert re.search(r"\. [A-Z].*\.$", task["findings"][0]["message"]), "a reason and a remedy"


def test_ftp_by_size_is_found() -> None:
    task = {name: value for name, value in SYNC.items() if name != "bucket"} | {"credential": "ftp"}
    assert rules(audit(nas_with(task))) == {"nightly": ["sizes-only"]}


def test_each_hazard_has_a_rule() -> None:
    files = [*(ROOT / "plugins/module_utils").glob("*_task/*.py")]
    used = {name for file in files for name in re.findall(r'Hazard\(\s*"([a-z-]+)"', file.read_text())}
    assert used >= {*HAZARDS, "sizes-only", "shared-repository"}
    assert used <= RULES.keys()


def test_tasks_on_one_repository_are_found_on_one_nas_and_across_the_fleet() -> None:
    one = nas_with(BACKUP, service="cloud_backup")
    two = nas_with(BACKUP, {**BACKUP, "description": "more", "folder": "more"}, service="cloud_backup")
    two.rows[2]["attributes"]["folder"] = "x/../photos/"
    down = {"msg": "cannot be reached"}
    results: dict[str, dict[str, Any]] = {"nas1": {"audit": audit(one)}, "nas2": {"audit": audit(two)}, "nas3": down}
    assert rules(results["nas1"]["audit"]) == {"photos": []}
    assert rules(results["nas2"]["audit"]) == {"more": ["shared-repository"], "photos": ["shared-repository"]}
    built = report.build(results, NOW.isoformat(), "drift")
    assert {nas["name"]: rules(nas) for nas in built["nas"]} == {
        "nas1": {"photos": ["shared-repository"]},
        "nas2": {"more": ["shared-repository"] * 2, "photos": ["shared-repository"] * 2},
        "nas3": {},
    }
    assert "also that of nas2," in built["nas"][0]["tasks"][0]["findings"][0]["message"]
    assert (built["failed"], built["summary"]["tasks"]) == (True, 3)
    jsonschema.validate(built, json.loads((ROOT / "roles/cloud_audit/files/report.schema.json").read_text()))
    assert "repository" not in built["nas"][0]["tasks"][0]


def test_reports_name_tasks_with_their_kind() -> None:
    healthy = {"audit": audit(nas_with(SYNC))}
    failed = {"audit": audit(nas_with(SYNC, job={**DONE, "state": "FAILED", "error": "403"}))}
    before = report.build({"nas1": healthy}, "2026-07-09T00:00:00+00:00", "drift")
    built = report.build({"nas1": failed}, NOW.isoformat(), "invalid", before)
    assert [(one["credential"], one["rule"]) for one in built["changes"]["new"]] == [
        ("cloud sync task nightly", "last-run-failed")
    ]
    results = formats.to_sarif(built)["runs"][0]["results"]
    [found] = [one for one in results if one["ruleId"] == "last-run-failed"]
    assert found["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "nas1/cloud sync task nightly"
    assert 'name="cloud sync task nightly"><failure message="The last run ended' in formats.to_junit(built)
    page = to_html(built)
    assert re.search(r"<summary>cloud sync task: nightly <span class=\"badge error\">last run failed</span>", page)
    assert "last run: failed 2026-07-08T21:00:00Z" in page
    without = {**before, "nas": [{key: value for key, value in nas.items() if key != "tasks"} for nas in before["nas"]]}
    assert report.build({"nas1": failed}, NOW.isoformat(), "invalid", without)["changes"]["new"]


PROOF: dict[str, Any] = {
    "kind": "cloud sync task",
    "description": "nightly",
    "id": 1,
    "outcome": "proven",
    "cause": "",
    "error": "",
    "hint": "",
    "time": "2026-07-09T08:00:00Z",
    "newest": "2026-07-08T21:00:00Z",
    "age_hours": 11.0,
    "count": 12,
    "size": 4096,
    "fetched": [{"path": "private.pdf", "size": 1, "sha256": "0", "compared": []}],
    "notes": [],
    "seconds": 1.0,
}
"""A proof as backup_proof returns it."""


@pytest.mark.parametrize(
    ("change", "rules_", "tone", "text"),
    [
        (
            {},
            [],
            "good",
            "Backup: proven 2026-07-09T08:00:00Z; files read: 1, objects: 12, bytes: 4096, newest: 2026-07-08",
        ),
        (
            {"outcome": "failed", "cause": "too_old", "error": "The newest one is old.", "hint": "Check why."},
            ["proof-failed"],
            "error",
            "The newest one is old. Check why.",
        ),
        (
            {"outcome": "inconclusive", "cause": "unreachable", "error": "no route", "count": None, "newest": None},
            ["proof-inconclusive"],
            "warning",
            "Backup: inconclusive 2026-07-09T08:00:00Z.",
        ),
        ({"outcome": "inconclusive", "cause": "pulls", "error": "It pulls."}, [], "good", "Backup: inconclusive"),
    ],
)
def test_a_proof_is_shown_with_its_task(change: dict[str, Any], rules_: list[str], tone: str, text: str) -> None:
    found = audit(nas_with(SYNC), proofs=[{**PROOF, **change}, {**PROOF, "id": 99}])
    assert rules(found) == {"nightly": rules_}
    assert found["tasks"][0]["proof"]["fetched"] == 1
    built = report.build({"nas1": {"audit": found}}, NOW.isoformat(), "unknown")
    assert built["failed"] is bool(rules_)
    jsonschema.validate(built, json.loads((ROOT / "roles/cloud_audit/files/report.schema.json").read_text()))
    page = to_html(built)
    assert text in page
    assert f'<span class="badge {tone}">' in page
    assert "private.pdf" not in page


def test_a_task_without_a_proof_has_none_and_other_data_is_refused() -> None:
    found = audit(nas_with(SYNC), proofs=[{**PROOF, "kind": "cloud backup task"}])
    assert found["tasks"][0]["proof"] is None
    for wrong in ({}, {**PROOF, "outcome": "fine"}, {**PROOF, "id": "1"}, {**PROOF, "fetched": None}):
        with pytest.raises(InvalidInput, match=r"proofs\[0\]: must be a result of backup_proof"):
            audit(nas_with(SYNC), proofs=[wrong])


def test_mistakes_in_both_lists_come_together() -> None:
    with pytest.raises(InvalidInput) as refused:
        audit(nas_with(), sync_tasks=[{**SYNC, "path": "x"}], backup_tasks=[{**BACKUP, "keep_last": 0}])
    assert [problem.path for problem in refused.value.problems] == [
        "sync_tasks[0] (nightly).path",
        "backup_tasks[0] (photos).keep_last",
    ]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("rclone --s3-secret-access-key abcd", True),
        ("--ftp-pass=abcd", True),
        ("export MYSQL_PASSWORD=abcd", True),
        ("RESTIC_PASSWORD='abcd' restic", True),
        ("curl https://me:sesame@h/", True),
        ("curl -H 'Authorization: Bearer abcd'", True),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", True),
        ("", False),
        ("--transfers 4 --fast-list", False),
        ("export PASSWORD=$(cat /root/secret)", False),
        ('PASSWORD="$SECRET" run', False),
        ("--password-command 'cat x'", False),
        ("--sftp-key-file /root/key", False),
        ("--s3-access-key-id AKIA", False),
        ("curl -u me:$PASSWORD https://h:8080/a@b", False),
        ("echo the password has changed", False),
        ("PASSWORD_FILE=/root/x", False),
    ],
)
def test_what_is_written_like_a_secret(text: str, is_found: bool) -> None:
    assert contains_secret(text, ()) is is_found
