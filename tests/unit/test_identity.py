# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects whose names the NAS does not keep unique: found by name while it is unique, else by ID."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from tests.unit.example_kind import KIND, DesiredTask
from tests.unit.test_extending import CANARY, TaskNas, run

SET = {"purge": False, "purge_keep": [], "purge_all": False}


def run_set(nas: TaskNas, *items: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Run a task for a set of objects, whose items have the options of a task on the NAS."""
    desired = batch.read("tasks", {**SET, **options, "tasks": [*items]}, _read, field="description")
    return batch.ensure(KIND, desired, Nas(nas, nas), False)


def _read(item: Any) -> DesiredTask:
    return DesiredTask(item["description"], id=item.get("id"), path=item.get("path", "/mnt/a"), password=CANARY)


@pytest.fixture
def nas() -> TaskNas:
    """A NAS with two tasks of one description, and another one."""
    return TaskNas((1, "documents", "/mnt/a"), (4, "photos", "/mnt/a"), (7, "photos", "/mnt/b"))


def test_two_of_one_name_are_an_error_that_names_both_and_offers_the_id(nas: TaskNas) -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        run(nas, "photos")
    [problem] = refused.value.problems
    assert problem.field == "description"
    assert "(ids 4, 7)" in problem.reason
    assert problem.remedy == "Set id to choose one."


def test_the_id_finds_one_of_them_and_a_name_that_differs_is_a_rename(nas: TaskNas) -> None:
    assert run(nas, "photos", id=4)["changed"] is False
    assert run(nas, "photos", id=7)["changed_fields"] == ["path"]
    assert run(nas, "pictures", id=7)["changed_fields"] == ["description"]
    assert nas.names == ["documents", "photos", "pictures"]


def test_a_purge_deletes_each_of_one_name_and_keeps_what_an_id_names(nas: TaskNas) -> None:
    result = run_set(nas, {"description": "pictures", "id": 4}, purge=True, purge_keep=["doc*"])
    assert (result["purged"], result["undeclared"], nas.names) == (["photos"], ["documents"], ["documents", "pictures"])
    assert [item["description"] for item in result["tasks"]] == ["pictures"]


def test_without_a_purge_the_others_stay_and_are_listed(nas: TaskNas) -> None:
    assert run_set(nas, {"description": "documents"})["undeclared"] == ["photos", "photos"]
    assert len(nas.names) == 3


def test_two_items_of_one_name_need_ids_that_differ(nas: TaskNas) -> None:
    assert run_set(nas, {"description": "photos", "id": 4}, {"description": "photos", "id": 7})["changed"] is True
    with pytest.raises(errors.InvalidInput, match=r"tasks\[1\] \(b\)\.id: 4 duplicates the id in tasks\[0\]"):
        run_set(nas, {"description": "a", "id": 4}, {"description": "b", "id": 4})


def test_what_another_client_deletes_at_the_same_time_is_gone(nas: TaskNas) -> None:
    def gone(number: int) -> bool:
        nas.rows.pop(number)
        raise errors.NotFound("CloudSync 1 does not exist.")

    nas.cloudsync_delete = gone  # type: ignore[method-assign]  # another client is faster
    assert run(nas, "documents", state="absent")["changed"] is False
    assert nas.calls.count("cloudsync.delete") == 1
