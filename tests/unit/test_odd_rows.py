# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that no current server would store: nulls where it refuses them, and rows that it does not list."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.errors import Problem
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE
from tests.simulator.store import CLOUD_SYNC, CREDENTIALS
from tests.unit import cloud_tasks
from tests.unit.fake_nas import FakeNas
from tests.unit.in_process import InProcessNas
from tests.unit.simulator.samples import stored
from tests.unit.tasks import run

VERSION = "v26.0.0"
KNOWN = {"auth": "https://a.example/v3", "token": '{"access_token": "hush-token"}'}
"""Values of fields that take no other text."""
B2 = {"type": "B2", "account": "a", "key": "hush-1"}
S3 = {"type": "S3", "access_key_id": "AK", "secret_access_key": "hush-2", "region": "eu-west-1"}
TASK: dict[str, Any] = {
    "description": "x",
    "credential": "offsite",
    "bucket": "b",
    "folder": "f",
    "path": "/mnt/tank/data",
    "direction": "PUSH",
    "transfer_mode": "COPY",
}
REFUSED: list[dict[str, Any]] = [
    {"attributes": {"bucket": "b", "folder": "f", "chunk_size": 96, "zzz": 1}},
    {"attributes": {"bucket": "b", "folder": "f", "chunk_size": None, "fast_list": None}},
    {"bwlimit": None},
    {"exclude": None},
]
"""Parts of a stored task that the NAS refuses in each update."""
KEYS = {"access_key_id": "AK", "secret_access_key": "hush-1"}


def insert(nas: InProcessNas, wire_type: str, attributes: dict[str, Any]) -> None:
    """Store a row as it is."""
    nas._store.insert(CREDENTIALS, {"name": "offsite", "provider": wire_type, "attributes": attributes})


def refused(nas: InProcessNas, stored_as: dict[str, Any]) -> None:
    """Store a task with a part that the NAS refuses."""
    nas.call("cloudsync.credentials.create", {"name": "offsite", "provider": B2})
    cloud_tasks.run(nas, module="cloud_sync_task", **TASK)
    [row] = nas._store.rows(CLOUD_SYNC)
    nas._store.update(CLOUD_SYNC, row["id"], {"task": {**row["task"], **stored_as}})


@pytest.mark.parametrize("undeclared", ["keep", "default"])
@pytest.mark.parametrize("wire_type", ["FTP", "OPENSTACK_SWIFT", "PCLOUD", "S3", "SFTP", "STORJ_IX"])
def test_a_null_that_the_nas_refuses_is_not_sent_back(wire_type: str, undeclared: str) -> None:
    whole = {name: value for name, value in stored(wire_type, VERSION).items() if name != "type"}
    model = BY_WIRE_TYPE[wire_type]
    declared: dict[str, Any] = {}
    for name, one in model.options().items():
        if one.required:
            text = f"hush-{name}" if one.secret else "a"
            declared[name] = KNOWN.get(name) or next(iter(one.choices), text)
    task: dict[str, Any] = {model.key: declared, "undeclared": undeclared}
    with InProcessNas(VERSION) as nas:
        insert(nas, wire_type, dict.fromkeys(whole))
        planned, done = run(nas, check=True, **task), run(nas, **task)
        assert (done["diff"], done["changed_fields"]) == (planned["diff"], planned["changed_fields"])
        assert run(nas, **task)["changed"] is False


def test_a_null_alone_is_no_drift() -> None:
    whole = {name: value for name, value in stored("S3", VERSION).items() if name != "type"}
    with InProcessNas(VERSION) as nas:
        insert(nas, "S3", {**whole, **KEYS, "region": None})
        again = run(nas, s3=KEYS)
        assert (again["changed"], again["diff"]["before"]) == (False, again["diff"]["after"])


def test_a_null_in_a_required_field_has_to_be_declared() -> None:
    with InProcessNas(VERSION) as nas:
        insert(nas, "B2", {"account": None, "key": "hush-1"})
        for check in (True, False):
            with pytest.raises(errors.InvalidInput, match=r"b2\.account: is required"):
                run(nas, check=check, b2={"key": "hush-2"})
        assert nas.writes == []


def test_a_name_that_is_taken_by_a_row_that_the_nas_does_not_list() -> None:
    with InProcessNas("v27.0.0") as nas:
        insert(nas, "B2", {"account": None})
        with pytest.raises(errors.InvalidField, match="already exists") as refused:
            run(nas, b2={"account": "a", "key": "hush-1"})
        assert "restart the NAS, or use another name" in str(refused.value)


def test_another_refusal_of_the_name_is_not_explained_by_such_a_row() -> None:
    refusal = errors.InvalidField("refused", [Problem("name", "is too long", "")])
    nas = FakeNas(answers={"cloudsync.credentials.create": refusal})
    with pytest.raises(errors.InvalidField, match="is too long") as refused:
        run(nas, b2={"account": "a", "key": "hush-1"})
    assert "restart the NAS" not in str(refused.value)


@pytest.mark.parametrize("version", ["v25.04.0", "v25.10.0", "v26.0.0"])
@pytest.mark.parametrize("stored_as", REFUSED)
def test_a_task_is_changed_though_the_nas_refuses_what_it_stores(version: str, stored_as: dict[str, Any]) -> None:
    task = TASK
    with InProcessNas(version) as nas:
        refused(nas, stored_as)
        assert cloud_tasks.run(nas, module="cloud_sync_task", **task)["changed"] is False, "it is no drift"
        planned, done = (cloud_tasks.run(nas, one, "cloud_sync_task", **task, enabled=False) for one in (True, False))
        assert done["changed_fields"] == planned["changed_fields"] == ["enabled"]
        assert done["diff"] == planned["diff"]
        assert cloud_tasks.run(nas, module="cloud_sync_task", **task, enabled=False)["changed"] is False
        assert "zzz" not in nas._store.rows(CLOUD_SYNC)[0]["task"]["attributes"]


@pytest.mark.parametrize("version", ["v25.04.0", "v26.0.0"])
@pytest.mark.parametrize("replacement", [B2, S3])
@pytest.mark.parametrize("stored_as", REFUSED)
def test_a_task_is_reassigned_though_the_nas_refuses_what_it_stores(
    version: str, replacement: dict[str, Any], stored_as: dict[str, Any]
) -> None:
    with InProcessNas(version) as nas:
        refused(nas, stored_as)
        other = nas.call("cloudsync.credentials.create", {"name": "other", "provider": replacement})["id"]
        for check in (True, False):
            run(nas, check=check, state="absent", replace_with="other")
        [row] = nas._store.rows(CLOUD_SYNC)
        assert row["credential"] == other
        attributes = row["task"]["attributes"]
        assert "zzz" not in attributes
        assert (attributes["bucket"], attributes["folder"]) == ("b", "f")
        assert attributes.get("fast_list", False) is False


def test_a_task_without_a_folder_has_to_get_one() -> None:
    with InProcessNas(VERSION) as nas:
        refused(nas, {"attributes": {"bucket": "b", "folder": None, "chunk_size": 96}})
        for check in (True, False):
            with pytest.raises(errors.InvalidInput, match="folder: is required because the stored task has none"):
                cloud_tasks.run(nas, check, "cloud_sync_task", description="x", enabled=False)
        assert cloud_tasks.run(nas, module="cloud_sync_task", **TASK)["changed_fields"] == ["folder"]
