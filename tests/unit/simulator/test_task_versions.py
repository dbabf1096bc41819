# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on older servers and older paths (truenas-api/tasks.md §1, §2, §4, §9)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator import Simulator

from .task_samples import CREDENTIALS, SEED, backup, bucket, sync
from .wire import Wire, triple

HIDDEN = "********"
# 25.04 has no credentials of this type.
OLD_SEED = {**SEED, "credentials": [row for row in SEED["credentials"] if row["name"] != "mega"]}


@pytest.fixture(scope="module")
def oldest() -> Iterator[Simulator]:
    with Simulator(version="25.04.2", seed=OLD_SEED, login_limit=0) as running:
        yield running


@pytest.fixture
def wire(oldest: Simulator) -> Iterator[Wire]:
    with Wire(oldest) as connection:
        yield connection.login()


def refused(wire: Wire, **more: Any) -> list[list[Any]]:
    return [
        [name.removeprefix("cloud_sync_create."), *rest] for name, *rest in wire.extra("cloudsync.create", sync(**more))
    ]


def test_25_04_converts(wire: Wire) -> None:
    odd = sync(
        description=5, transfers="3", schedule={"minute": 30}, exclude=[7], bwlimit=[{"time": "8:5", "bandwidth": "9"}]
    )
    created = wire.call("cloudsync.create", {**odd, "credentials": str(odd["credentials"])})
    assert (created["description"], created["transfers"], created["exclude"]) == ("5", 3, ["7"])
    assert created["schedule"] == {"minute": "30", "hour": "*", "dom": "*", "month": "*", "dow": "*"}
    assert created["bwlimit"] == [{"time": "8:5", "bandwidth": 9}]
    assert "dataset" not in created
    changed = wire.call("cloudsync.update", str(created["id"]), {"schedule": {"hour": "3"}, "enabled": False})
    assert (changed["schedule"]["minute"], changed["enabled"], changed["exclude"]) == ("00", False, ["7"])
    assert wire.call("cloudsync.abort", str(created["id"])) is False
    assert wire.call("cloudsync.delete", str(created["id"])) is True


@pytest.mark.parametrize(
    ("change", "attribute", "message"),
    [
        ({"direction": "push"}, "direction", "Invalid choice: push"),
        ({"snapshot": 1}, "snapshot", "Not a boolean"),
        ({"description": None}, "description", "null not allowed"),
        ({"description": "x" * 1025}, "description", "Value greater than 1024 not allowed"),
        ({"transfers": "many"}, "transfers", "Not an integer"),
        ({"transfers": 0}, "transfers", "Should be greater or equal than 1"),
        ({"more": 1}, "more", "Field was not expected"),
        ({"id": 1}, "id", "Field was not expected"),
        ({"include": [" "]}, "include", "Item#0 is not valid per list types: [path] Empty value not allowed"),
        ({"attributes": "x"}, "attributes", "A dict was expected"),
        ({"attributes": {}}, "attributes.folder", "attribute required"),
        ({"attributes": {"folder": "", "bucket": "b"}}, "attributes.bucket", "Field was not expected"),
        (
            {"credentials": CREDENTIALS["s3"], "attributes": {"bucket": " ", "folder": ""}},
            "attributes.bucket",
            "Empty value not allowed",
        ),
        (
            {"credentials": CREDENTIALS["s3"], "attributes": bucket(encryption="no")},
            "attributes.encryption",
            "Invalid choice: no",
        ),
        (
            {"credentials": CREDENTIALS["dropbox"], "attributes": {"folder": "", "chunk_size": 150}},
            "attributes.chunk_size",
            "Should be between 5 and 149",
        ),
        (
            {"schedule": {"minute": "61"}},
            "schedule",
            "Please ensure fields match cron syntax - [61 * * * * ] is not acceptable, out of range",
        ),
        ({"path": "/mnt"}, "path", "The path must reside within a pool mount point"),
    ],
)
def test_25_04_has_texts_of_its_own(wire: Wire, change: dict[str, Any], attribute: str, message: str) -> None:
    assert refused(wire, **change) == [triple(attribute, message)]


def test_25_04_asks_for_what_is_missing(wire: Wire) -> None:
    names = ("path", "credentials", "direction", "transfer_mode")
    assert wire.extra("cloudsync.create", {}) == [
        triple(f"cloud_sync_create.{name}", "attribute required") for name in names
    ]
    # The schema lets attributes be absent; the provider then asks for them.
    task = sync()
    del task["attributes"]
    assert wire.extra("cloudsync.create", task) == [triple("cloud_sync_create.attributes.folder", "attribute required")]


def test_25_04_leaves_a_storage_class_absent(wire: Wire) -> None:
    created = wire.call("cloudsync.create", sync("s3", attributes=bucket()))
    assert created["attributes"] == {**bucket(), "fast_list": False, "region": "", "encryption": None}


def test_25_04_hides_the_provider_and_not_the_salt(oldest: Simulator, wire: Wire) -> None:
    number = wire.call("cloudsync.create", sync(encryption_password="p", encryption_salt="s"))["id"]
    stored = wire.call("cloud_backup.create", backup())["id"]
    with Wire(oldest) as reader:
        reader.login(read_only=True)
        shown = reader.call("cloudsync.get_instance", number)
        assert shown["credentials"] == {"id": CREDENTIALS["ftp"], "name": "ftp", "provider": HIDDEN}
        assert (shown["encryption_password"], shown["encryption_salt"]) == (HIDDEN, "s")
        (backed_up,) = reader.call("cloud_backup.query", [["id", "=", stored]])
        assert backed_up["credentials"]["provider"]["secret_access_key"] == HIDDEN


def test_25_04_has_strict_models_of_backups(wire: Wire) -> None:
    created = wire.call("cloud_backup.create", backup())
    assert not {"cache_path", "rate_limit", "dataset"} & created.keys()
    assert "storage_class" not in created["attributes"]
    assert wire.extra("cloud_backup.create", backup(keep_last="2")) == [
        triple("cloud_backup.keep_last", "Input should be a valid integer")
    ]
    assert wire.extra("cloud_backup.create", backup(cache_path=None)) == [
        triple("cloud_backup.cache_path", "Extra inputs are not permitted")
    ]
    assert wire.extra("cloud_backup.create", backup(attributes={"folder": ""})) == [
        triple("cloud_backup_create.attributes.bucket", "attribute required")
    ]
    assert wire.extra("cloud_backup.sync", created["id"], {"rate_limit": 1})[0][1] == "Extra inputs are not permitted"


def test_25_04_describes_chunk_sizes_by_schemas(wire: Wire) -> None:
    schemas = {provider["name"]: provider["task_schema"] for provider in wire.call("cloudsync.providers")}
    (chunk_size,) = [item for item in schemas["B2"] if item["property"] == "chunk_size"]
    assert chunk_size["schema"] == {"_name_": "chunk_size", "_required_": False, "type": "integer", "default": 96}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"bwlimit": [{"time": "8:05", "bandwidth": 1}]}, 'invalid argument "8:05,1b"'),
        ({"args": "--files-from /etc/hostname"}, "usage of --files-from overrides all other filters"),
        ({"args": "--no-such-flag=1"}, "unknown flag: --no-such-flag"),
    ],
)
def test_what_is_stored_and_never_runs(wire: Wire, change: dict[str, Any], said: str) -> None:
    task = wire.call("cloudsync.create", sync(**change))["id"]
    number = wire.call("cloudsync.sync", task)
    deadline = time.monotonic() + 30
    while (job := wire.call("core.get_jobs", [["id", "=", number]])[0])["state"] in ("WAITING", "RUNNING"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (job["state"], said in job["logs_excerpt"]) == ("FAILED", True), job["logs_excerpt"]


@pytest.fixture(scope="module")
def newest() -> Iterator[Simulator]:
    with Simulator(version="27.0.0", seed=SEED, login_limit=0) as running:
        yield running


def test_old_paths_of_newer_servers_lack_cloud_sync_tasks(newest: Simulator) -> None:
    with Wire(newest, "/api/v25.04.2") as wire:
        wire.login()
        data = wire.error("cloudsync.query")["data"]
        for method in ("system.version", "system.version_short"):
            assert wire.error(method)["data"]["error"] == 201
        text = "API version 'v25.04.2' does not contain model 'CloudSyncQueryResult'"
        assert (data["error"], data["reason"]) == (22, text)
        calls: list[tuple[str, list[Any]]] = [
            ("create", [sync()]),
            ("update", [1, {}]),
            ("delete", [1]),
            ("sync", [1]),
            ("abort", [1]),
            ("providers", []),
            ("list_directory", [{}]),
            ("list_buckets", [1]),
            ("create_bucket", [1, "b"]),
        ]
        for name, params in calls:
            data = wire.error(f"cloudsync.{name}", *params)["data"]
            assert (data["error"], data["reason"]) == (201, f"[ENOMETHOD] Method '{name}' not found in 'cloudsync'")
        assert wire.call("cloudsync.credentials.query", [["id", "=", 1]])[0]["name"] == "s3"


def test_backups_work_on_old_paths(newest: Simulator) -> None:
    with Wire(newest, "/api/v25.04.2") as old, Wire(newest, "/api/v25.10.0") as middle, Wire(newest) as new:
        for wire in (old, middle, new):
            wire.login()
        created = old.call("cloud_backup.create", backup())
        assert not {"cache_path", "rate_limit", "dataset", "relative_path"} & created.keys()
        number = created["id"]
        assert new.call("cloud_backup.get_instance", number)["rate_limit"] is None
        new.call("cloud_backup.update", number, {"rate_limit": 5, "cache_path": "/mnt/tank/cache"})
        assert "rate_limit" not in old.call("cloud_backup.update", number, {"description": "old"})
        kept = new.call("cloud_backup.get_instance", number)
        assert (kept["rate_limit"], kept["cache_path"], kept["description"]) == (5, "/mnt/tank/cache", "old")
        (shown,) = middle.call("cloud_backup.query", [["id", "=", number]])
        assert (shown["rate_limit"], {"dataset", "relative_path"} & shown.keys()) == (5, set())


def test_backup_tasks_of_25_04_0_do_not_hold_a_credential() -> None:
    with Simulator(version="25.04.0", seed=OLD_SEED) as nas, Wire(nas) as wire:
        wire.login()
        wire.call("cloud_backup.create", backup("storj"))
        assert wire.call("cloudsync.credentials.delete", CREDENTIALS["storj"]) is True
