# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers before 25.04: numbers of parameters, tokens, events, jobs, and tasks (truenas-api/older.md §1 and §3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator.older import allowlist
from tests.simulator.store import CLOUD_BACKUP, CLOUD_SYNC
from tests.unit.older_nas import API_KEY, OLDER, OlderNas, OlderWire
from tests.unit.simulator.test_older import CREATE, DEFAULTS, KEYS, S3, UPDATE, error, versions

EVERYTHING = ((allowlist.CALL, "*"), (allowlist.SUBSCRIBE, "*"))
CORE = "v13.3"
TASK: dict[str, Any] = {
    "description": "nightly",
    "path": "/mnt/tank/data",
    "credentials": 1,
    "direction": "PUSH",
    "transfer_mode": "COPY",
    "attributes": {"bucket": "b", "folder": ""},
}
ROWS = {
    "credentials": [
        {"name": "s3", "provider": {"type": "S3", **KEYS, **DEFAULTS, "region": "eu-1"}},
        {"name": "b2", "provider": {"type": "B2", "account": "a", "key": "k"}},
        {"name": "gcs", "provider": {"type": "GOOGLE_CLOUD_STORAGE", "service_account_credentials": "{}"}},
    ]
}


def opened(nas: OlderNas) -> OlderWire:
    """Return a connection that is logged in."""
    return nas.connect().log_in()


def events(wire: OlderWire, method: str, *params: Any) -> list[dict[str, Any]]:
    """Return the events that a call causes."""
    found = []
    answer = wire.ask(msg="method", id=1, method=method, params=[*params])
    while answer is not None and "collection" in answer:
        found.append(answer)
        answer = json.loads(wire.receive(0))
    return found


@versions
@pytest.mark.parametrize(
    ("method", "known"), [("cloudsync.query", 2), ("keychaincredential.query", 2), ("cloudsync.list_buckets", 1)]
)
def test_too_many_parameters(version: str, method: str, known: int) -> None:
    with OlderNas(version, entries=EVERYTHING) as nas:
        refused = error(opened(nas), method, *([[], {}, 1] if known == 2 else [1, 2]))
        text = f"[EFAULT] Too many arguments (expected {known}, found {known + 1})"
        expected = (22, "list index out of range") if version == CORE else (14, text)
        assert (refused["error"], refused["reason"], refused["type"]) == (*expected, None)


@versions
@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("cloudsync.credentials.get_instance", "number"),
        ("cloudsync.credentials.verify", "data"),
        ("cloudsync.get_instance", "id"),
        ("keychaincredential.used_by", "id"),
        ("auth.login_with_api_key", "key"),
    ],
)
def test_too_few_parameters(version: str, method: str, name: str) -> None:
    with OlderNas(version, entries=EVERYTHING) as nas:
        refused = error(opened(nas), method)
        if version == CORE:
            assert (refused["error"], refused["reason"]) == (22, f"[{name}] attribute required")
        else:
            assert (refused["type"], refused["extra"]) == ("VALIDATION", [[name, "attribute required", 22]])


@versions
@pytest.mark.parametrize("method", [CREATE, UPDATE, "cloudsync.create", "keychaincredential.delete"])
def test_too_few_parameters_of_a_write(version: str, method: str) -> None:
    with OlderNas(version, entries=EVERYTHING) as nas:
        refused = error(opened(nas), method)
        assert (refused["error"], refused["type"], refused["trace"]["class"]) == (22, None, "TypeError")


@versions
def test_the_second_factor_without_parameters_distinguishes_core(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect()
        wire.ask(msg="connect", version="1", support=["1"])
        answer = wire.call("auth.two_factor_auth")
        assert answer.get("result") is (False if version == CORE else None)
        assert version == CORE or answer["error"]["type"] == "VALIDATION"


@versions
def test_a_token_has_the_rights_of_its_session(version: str) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        wire = opened(nas)
        token = wire.call("auth.generate_token")["result"]
        other = nas.connect()
        other.ask(msg="connect", version="1", support=["1"])
        assert other.call("auth.token", "wrong")["result"] is False
        assert other.call("auth.token", token)["result"] is True
        assert len(other.call("cloudsync.credentials.query")["result"]) == 3
        assert ("error" in other.call("core.ping")) is (version != CORE), "not in the allowlist"
        named = other.call("auth.login_with_token", token)
        assert named["error"]["error"] == 201 if version == CORE else named["result"] is True


@versions
def test_a_logout_leaves_the_connection_open(version: str) -> None:
    with OlderNas(version, entries=EVERYTHING) as nas:
        wire = opened(nas)
        assert error(wire, "auth.me")["error"] == (201 if version == CORE else 14)
        assert wire.call("auth.logout")["result"] is True
        assert error(wire, "core.ping")["error"] == (13 if version == CORE else 207)
        assert wire.call("auth.login_with_api_key", API_KEY)["result"] is True


@versions
def test_events_of_credentials(version: str) -> None:
    with OlderNas(version, entries=EVERYTHING) as nas:
        wire = opened(nas)
        wire.ask(msg="sub", id="s", name="cloudsync.credentials.query")
        one = {"collection": "cloudsync.credentials.query", "id": 1}
        [added], [changed] = events(wire, CREATE, S3), events(wire, UPDATE, 1, {"name": "new"})
        [removed] = events(wire, "cloudsync.credentials.delete", 1)
        if version == CORE:
            assert added["fields"]["attributes"]["secret_access_key"] == KEYS["secret_access_key"]
            assert changed == {"msg": "changed", **one, "fields": {"name": "new", "id": 1}}
            assert removed == {"msg": "changed", "cleared": True, **one}
        else:
            expected = [{"msg": word, **one} for word in ("added", "changed", "removed")]
            assert [added, changed, removed] == expected


@versions
def test_a_job_of_core_has_less(version: str) -> None:
    newer = {"abortable", "credentials", "description", "transient"}
    with OlderNas(version, rows={**ROWS, "cloud_sync": [TASK]}, entries=EVERYTHING) as nas:
        wire = opened(nas)
        wire.ask(msg="sub", id="j", name="core.get_jobs")
        heard = events(wire, "cloudsync.sync", 1)
        other = opened(nas)
        [job] = other.call("core.get_jobs", [["id", "=", 1]])["result"]
        for shown in (job, *(event["fields"] for event in heard)):
            assert newer & shown.keys() == (set() if version == CORE else newer)
        assert other.call("core.job_wait", 1)["result"] == 2, "waiting is a job"


@versions
def test_queries_of_tasks(version: str) -> None:
    with OlderNas(version, rows={**ROWS, "cloud_sync": [TASK]}) as nas:
        wire = opened(nas)
        counted = wire.call("cloudsync.query", [], {"count": True})
        if version == CORE:
            assert counted["error"]["reason"] == "'int' object is not subscriptable"
        else:
            assert counted["result"] == 1
        [row] = wire.call("cloudsync.query", [], {"select": ["id"]})["result"]
        assert row == ({"id": 1, "job": None} if version == CORE else {"id": 1})


@versions
def test_the_places_of_faults_in_a_task(version: str) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        wire = opened(nas)
        [[place, _text, _number]] = error(wire, "cloudsync.create", {**TASK, "path": "/elsewhere"})["extra"]
        assert place == ("cloud_sync.path" if version == CORE else "cloud_sync_create.path")
        refused = error(wire, "cloudsync.create", {**TASK, "zzz": 1})
        if version == CORE:
            assert (refused["error"], refused["reason"]) == (22, "[zzz] Field was not expected")
        else:
            assert refused["extra"] == [["cloud_sync_create.zzz", "Field was not expected", 22]]


@versions
def test_attributes_that_a_task_does_not_have(version: str) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        wire = opened(nas)
        stray = {**TASK, "attributes": {"bucket": "b", "folder": "", "zzz": 1}}
        moved = {"credentials": 3}
        wire.call("cloudsync.create", {**TASK, "credentials": 2})
        if version == CORE:
            assert wire.call("cloudsync.create", stray)["result"]["attributes"]["zzz"] == 1
            assert wire.call("cloudsync.update", 1, moved)["result"]["attributes"]["chunk_size"] == 96
        else:
            assert error(wire, "cloudsync.create", stray)["extra"][0][0] == "cloud_sync_create.attributes.zzz"
            assert error(wire, "cloudsync.update", 1, moved)["extra"][0][0] == "cloud_sync_update.attributes.chunk_size"


@versions
@pytest.mark.parametrize("storage_class", ["STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR"])
def test_storage_classes(version: str, storage_class: str) -> None:
    refused = {"GLACIER_IR": OLDER, "INTELLIGENT_TIERING": [CORE]}.get(storage_class, [])
    with OlderNas(version, rows=ROWS) as nas:
        task = {**TASK, "attributes": {**TASK["attributes"], "storage_class": storage_class}}
        assert ("error" in opened(nas).call("cloudsync.create", task)) is (version in refused)


@versions
def test_a_restored_task_is_disabled_and_a_directory_can_be_listed(version: str) -> None:
    with OlderNas(version, rows={**ROWS, "cloud_sync": [TASK]}) as nas:
        wire = opened(nas)
        wire.call("cloudsync.restore", 1, {"transfer_mode": "COPY", "path": "/mnt/tank/data"})
        restored = nas.rows(CLOUD_SYNC)[1]["task"]
        assert (restored["enabled"], restored["direction"]) == (False, "PULL")
        unknown = error(wire, "cloudsync.list_directory", {"credentials": 9, "attributes": {"folder": ""}})
        assert unknown["extra"] == [["cloud_sync.credentials", "Invalid credentials", 22]]


@pytest.mark.parametrize("version", OLDER[1:])
def test_a_backup_of_24_04_has_a_password_only(version: str) -> None:
    backup = {**TASK, "password": "p"} | {"bwlimit": [], "transfers": 4}
    for name in ("direction", "transfer_mode"):
        del backup[name]
    with OlderNas(version, rows=ROWS) as nas:
        wire = opened(nas)
        created = wire.call("cloud_backup.create", backup)
        if version == "v24.04.2":
            assert nas.rows(CLOUD_BACKUP)[0]["task"]["transfers"] == 4
            assert not {"keep_last", "transfer_setting", "absolute_paths"} & created["result"].keys()
        else:
            places = [place for place, _text, _number in created["error"]["extra"]]
            assert places == ["cloud_backup.keep_last", "cloud_backup.bwlimit", "cloud_backup.transfers"]


@versions
def test_a_filter_of_alternatives(version: str) -> None:
    with OlderNas(version, rows=ROWS) as nas:
        either = ["OR", [["name", "=", "s3"], [["provider", "=", "B2"], ["id", ">", 1]]]]
        found = opened(nas).call("cloudsync.credentials.query", [either])["result"]
        assert [row["name"] for row in found] == ["s3", "b2"]


@versions
def test_a_provider_is_described_as_later_with_its_fields(version: str) -> None:
    with OlderNas(version) as nas:
        listed = {row["name"]: row for row in opened(nas).call("cloudsync.providers")["result"]}
        storage, keys = listed["S3"], [row["property"] for row in listed["S3"]["task_schema"]]
        assert (storage["title"], storage["buckets"], storage["bucket_title"]) == ("Amazon S3", True, "Bucket")
        assert "access_key_id" in [row["property"] for row in storage["credentials_schema"]]
        assert ("region" in keys) is (version != CORE)
