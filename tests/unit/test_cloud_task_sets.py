# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of cloud tasks, and the modules that list them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from tests.unit.cloud_tasks import CANARY, PUSH, REPOSITORY, TaskNas, run

SETS = {"cloudsync": "cloud_sync_tasks", "cloud_backup": "cloud_backup_tasks"}
INFOS = {"cloudsync": "cloud_sync_task_info", "cloud_backup": "cloud_backup_task_info"}


def items(service: str, number: int) -> list[dict[str, Any]]:
    """Return that many tasks that differ."""
    base = {"cloudsync": PUSH, "cloud_backup": REPOSITORY}[service]
    return [{**base, "description": f"task {index:02d}", "folder": f"folder{index}"} for index in range(number)]


def run_set(nas: TaskNas, *tasks: dict[str, Any], check: bool = False, **options: Any) -> dict[str, Any]:
    """Run a set."""
    nas.calls.clear()
    return run(nas, check, SETS[nas.service], tasks=[*tasks], **options)


@pytest.fixture(params=[*SETS])
def nas(request: pytest.FixtureRequest) -> TaskNas:
    """A NAS for one kind of task."""
    return TaskNas(request.param)


def test_a_set_costs_one_query_of_each_kind_and_then_one(nas: TaskNas) -> None:
    tasks = items(nas.service, 20)
    assert run_set(nas, *tasks)["counts"]["created"] == 20
    query = f"{nas.service}.query"
    # The fields of a new backup depend on the version.
    version = {"system.version_short": 1} if nas.service == "cloud_backup" else {}
    assert Counter(nas.calls) == {query: 2, "cloudsync.credentials.query": 1, f"{nas.service}.create": 20, **version}
    again = run_set(nas, *tasks)
    assert (again["changed"], again["drift"], nas.calls) == (False, "none", [query])


def test_a_purge_keeps_patterns_and_without_it_all_stay(nas: TaskNas) -> None:
    one, two, three = items(nas.service, 3)
    run_set(nas, one, two, three)
    left = run_set(nas, one)
    assert (left["changed"], left["undeclared"], left["purged"]) == (False, ["task 01", "task 02"], [])
    planned = run_set(nas, one, purge=True, purge_keep=["*2"], check=True)
    assert (planned["purged"], planned["undeclared"], len(nas.rows)) == (["task 01"], ["task 02"], 3)
    done = run_set(nas, one, purge=True, purge_keep=["*2"])
    assert (done["purged"], done["undeclared"], done["diff"]) == (["task 01"], ["task 02"], planned["diff"])
    assert [row["description"] for row in nas.rows.values()] == ["task 00", "task 02"]
    with pytest.raises(errors.InvalidInput, match="purge_all"):
        run_set(nas, purge=True)


def test_all_mistakes_of_all_items_come_together(nas: TaskNas) -> None:
    one, two, three = items(nas.service, 3)
    with pytest.raises(errors.InvalidInput) as refused:
        run_set(nas, {**one, "schedule": {"hour": "L"}}, {**two, "path": "x"}, {**three, "description": "task 00"})
    assert [problem.path for problem in refused.value.problems] == [
        "tasks[0] (task 00).schedule.hour",
        "tasks[1] (task 01).path",
        "tasks[2] (task 00).description",
    ]
    assert nas.calls == []
    with pytest.raises(errors.InvalidInput) as refused:
        run_set(
            nas,
            {**one, "credential": "nowhere"},
            {**two, "storage_class": "GLACIER", "credential": "other"},
            {**three, "region": "x", "credential": "storj"},
        )
    assert [problem.path for problem in refused.value.problems] == [
        "tasks[0] (task 00).credential",
        "tasks[2] (task 02).region",
    ]
    assert nas.writes == []


def test_one_item_that_fails_stops_no_other_but_all_deletes(nas: TaskNas) -> None:
    one, two, three = items(nas.service, 3)
    run_set(nas, three)
    create = nas.create
    nas.answers[f"{nas.service}.create"] = lambda payload: (
        errors.ServerFault("The disk is full.") if payload["description"] == "task 00" else create(payload)
    )
    result = run_set(nas, one, two, {"description": "task 02", "state": "absent"})
    assert [item["action"] for item in result["tasks"]] == ["none", "created", "none"]
    assert (result["counts"]["failed"], result["tasks"][1]["description"]) == (2, "task 01")


def test_items_inherit_from_the_task(nas: TaskNas) -> None:
    one, two = items(nas.service, 2)
    run_set(nas, one, two, provider_timeout=7)
    run_set(nas, {**one, "enabled": False}, {**two, "enabled": False, "provider_timeout": 9}, provider_timeout=8)
    assert nas.timeouts[-2:] == [8, 9]
    reset = run_set(nas, one, {**two, "undeclared": "keep"}, undeclared="default")
    assert [item["changed_fields"] for item in reset["tasks"]] == [["enabled"], []]


def test_roles_are_checked_before_the_first_write(nas: TaskNas) -> None:
    nas.granted = frozenset({"CLOUD_SYNC_READ", "CLOUD_BACKUP_READ"})
    with pytest.raises(errors.NotPermitted, match="_WRITE"):
        run_set(nas, *items(nas.service, 2))
    assert nas.writes == []


def test_two_of_one_description_are_distinguished_by_their_ids(nas: TaskNas) -> None:
    one, two = items(nas.service, 2)
    run_set(nas, one, two)
    nas.rows[2]["description"] = "task 00"
    result = run_set(nas, {**one, "id": 1}, {**two, "description": "task 00", "id": 2}, purge=True)
    assert (result["changed"], result["undeclared"]) == (False, [])


def test_an_absent_item_needs_no_credential(nas: TaskNas) -> None:
    one, two = items(nas.service, 2)
    run_set(nas, one, two)
    assert run_set(nas, {"description": "task 00", "state": "absent"})["counts"]["deleted"] == 1
    assert nas.calls == [f"{nas.service}.query", f"{nas.service}.delete"]


def test_the_list_has_no_secret_and_no_login(nas: TaskNas) -> None:
    one, two = items(nas.service, 2)
    run_set(nas, one, {**two, "credential": "other"})
    finished = {"$date": 1785542400000}
    job = {
        "id": None,
        "state": "FAILED",
        "error": f"cannot open {CANARY}-s3",
        "time_started": finished,
        "time_finished": finished,
    }
    nas.rows[2] |= {"job": {**job, "arguments": [2], "logs_path": "/x"}, "locked": True}
    nas.calls.clear()
    first, second = run(nas, module=INFOS[nas.service])["tasks"]
    assert nas.calls == [f"{nas.service}.query"]
    assert (first["description"], first["credential"], first["job"], first["id"]) == (
        "task 00",
        one["credential"],
        None,
        1,
    )
    assert (second["locked"], second["credential"]) == (True, "other")
    moment = "2026-08-01T00:00:00Z"
    assert second["job"] == {
        "id": None,
        "state": "FAILED",
        "error": "cannot open ********",
        "started": moment,
        "finished": moment,
    }
    given: list[dict[str, Any]] = [{"description": "task 01"}, {"credential": "other"}]
    only = [run(nas, module=INFOS[nas.service], **options)["tasks"] for options in given]
    assert only == [[second], [second]]


def test_what_the_list_returns_is_what_the_module_takes(nas: TaskNas) -> None:
    run_set(nas, *items(nas.service, 1))
    [task] = run(nas, module=INFOS[nas.service])["tasks"]
    own = {name: value for name, value in task.items() if name not in ("id", "locked", "job") and value != "********"}
    assert run(nas, **own, undeclared="default", update_secret="on_create")["changed"] is False


def test_the_alias_of_the_description_is_a_name_as_well(nas: TaskNas) -> None:
    one, two = ({**task, "name": task.pop("description")} for task in items(nas.service, 2))
    assert run_set(nas, one, two)["counts"]["created"] == 2
    with pytest.raises(errors.InvalidInput, match=r"tasks\[1\] \(task 00\)\.description: 'task 00' duplicates"):
        run_set(nas, one, {**two, "name": "task 00"})


def test_a_script_with_a_secret_is_shown_without_it() -> None:
    nas = TaskNas()
    secret = f"curl -u {CANARY}-s3 https://h && echo {CANARY}-crypt"
    own = {**PUSH, "pre_script": secret, "encryption": True, "encryption_password": f"{CANARY}-crypt"}
    made = run_set(nas, own)
    assert made["tasks"][0]["task"]["pre_script"] == "curl -u ******** https://h && echo ********"
    assert next(iter(nas.rows.values()))["pre_script"] == secret
    assert not run_set(nas, own)["changed"]
    nas.rows[1]["pre_script"] = f"other {CANARY}-s3"
    assert run_set(nas, own, check=True)["tasks"][0]["changed_fields"] == ["pre_script"]
    assert run(nas, False, INFOS["cloudsync"])["tasks"][0]["pre_script"] == "other ********"
