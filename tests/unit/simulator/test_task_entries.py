# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stored of a task, what an update changes, and who sees what (truenas-api/tasks.md §2, §4, §7, §8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator import Simulator

from .samples import sent
from .task_samples import CREDENTIALS, SEED, backup, bucket, sync
from .wire import Wire, triple

HIDDEN = "********"
COMPUTED = {"id", "job", "locked", "dataset", "relative_path"}
SCHEDULE = {"minute": "00", "hour": "*", "dom": "*", "month": "*", "dow": "*"}


@pytest.fixture(scope="module")
def nas() -> Iterator[Simulator]:
    with Simulator(version="27.0.0", seed=SEED, login_limit=0) as running:
        yield running


@pytest.fixture
def wire(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as connection:
        yield connection.login()


def test_what_need_not_be_sent_gets_defaults(wire: Wire) -> None:
    created = wire.call("cloudsync.create", sync("s3", attributes=bucket("/a/")))
    assert {key: value for key, value in created.items() if key != "credentials"} == {
        "id": created["id"],
        "description": "",
        "path": "/mnt/tank/data",
        "dataset": "tank",
        "relative_path": "data",
        "attributes": {**bucket("/a/"), "fast_list": False, "region": "", "encryption": None, "storage_class": ""},
        "schedule": SCHEDULE,
        "pre_script": "",
        "post_script": "",
        "snapshot": False,
        "include": [],
        "exclude": [],
        "args": "",
        "enabled": True,
        "job": None,
        "locked": False,
        "bwlimit": [],
        "transfers": None,
        "direction": "PUSH",
        "transfer_mode": "COPY",
        "encryption": False,
        "filename_encryption": False,
        "encryption_password": "",
        "encryption_salt": "",
        "create_empty_src_dirs": False,
        "follow_symlinks": False,
    }
    assert created["credentials"] == wire.call("cloudsync.credentials.get_instance", CREDENTIALS["s3"])
    stored = wire.call("cloud_backup.create", backup())
    own = ("transfer_setting", "absolute_paths", "cache_path", "rate_limit", "keep_last", "password")
    assert [stored[name] for name in own] == ["DEFAULT", False, None, None, 2, "password"]


@pytest.mark.parametrize(
    ("credential", "attributes", "added"),
    [
        ("b2", bucket(), {"fast_list": False, "chunk_size": 96}),
        ("dropbox", {"folder": ""}, {"chunk_size": 48}),
        ("ftp", {"folder": "a/../b"}, {}),
        ("storj", bucket(" a "), {"fast_list": False}),
    ],
)
def test_attributes_get_the_defaults_of_their_provider(
    wire: Wire, credential: str, attributes: dict[str, Any], added: dict[str, Any]
) -> None:
    created = wire.call("cloudsync.create", sync(credential, attributes=attributes))
    assert created["attributes"] == {**attributes, **added}


def test_texts_are_stored_as_sent(wire: Wire) -> None:
    texts: dict[str, Any] = {
        "path": "/mnt/tank/data/",
        "description": " d ",
        "schedule": {**SCHEDULE, "minute": "05", "dow": "MON-fri"},
    }
    created = wire.call("cloudsync.create", sync(include=["b", "a", "b"], encryption_password=HIDDEN, **texts))
    assert {key: created[key] for key in texts} == texts
    assert (created["include"], created["encryption_password"]) == (["b", "a", "b"], HIDDEN)
    odd = {"minute": "5 3", "hour": "", "dom": "L", "month": "?"}
    assert wire.extra("cloudsync.create", sync(schedule=odd))
    for field, text in (("dom", "15W"), ("dow", "1#2"), ("dow", "l5"), ("hour", "22-6"), ("minute", "R"), ("hour", "")):
        assert wire.call("cloudsync.create", sync(schedule={field: text}))["schedule"][field] == text


def test_two_equal_tasks_may_be(wire: Wire) -> None:
    one, two = (wire.call("cloudsync.create", sync(description="twice")) for _number in range(2))
    assert one["id"] != two["id"]
    assert wire.call("cloudsync.query", [["description", "=", "twice"]], {"count": True}) == 2


def test_what_a_reader_gets_is_not_taken_back(wire: Wire) -> None:
    created = wire.call("cloudsync.create", sync())
    refused = {name for name, _message, _number in wire.extra("cloudsync.update", created["id"], created)}
    assert refused == {f"cloud_sync_update.{name}" for name in COMPUTED | {"credentials"}}


def test_an_update_replaces_what_it_names(wire: Wire) -> None:
    first = {"minute": "30", "dow": "1"}
    limits = [{"time": "08:00", "bandwidth": 1}]
    full = sync("b2", attributes=bucket("a", chunk_size=10), schedule=first, bwlimit=limits, include=["x"])
    task = wire.call("cloudsync.create", full | {"encryption": True, "encryption_password": "p"})
    number = task["id"]
    assert wire.call("cloudsync.update", number, {}) == task
    changed = wire.call("cloudsync.update", number, {"schedule": {"hour": "3"}})
    assert changed["schedule"] == {**SCHEDULE, "hour": "3"}
    assert wire.extra("cloudsync.update", number, {"attributes": {"folder": "b"}}) == [
        triple("cloud_sync_update.attributes.bucket", "Field required")
    ]
    changed = wire.call("cloudsync.update", number, {"attributes": bucket("b"), "encryption": False})
    assert changed["attributes"]["chunk_size"] == 96
    assert (changed["encryption_password"], changed["bwlimit"], changed["include"]) == ("p", limits, ["x"])
    refused = wire.extra("cloudsync.update", number, {"credentials": CREDENTIALS["ftp"]})
    assert {name for name, _message, _number in refused} == {
        f"cloud_sync_update.attributes.{name}" for name in ("bucket", "fast_list", "chunk_size")
    }
    moved = wire.call("cloudsync.update", number, {"credentials": CREDENTIALS["ftp"], "attributes": {"folder": ""}})
    assert moved["attributes"] == {"folder": ""}
    other = {"type": "STORJ_IX"}
    assert (
        wire.call("cloudsync.update", number, {"credentials": CREDENTIALS["storj"], "attributes": bucket()})[
            "credentials"
        ]["provider"].items()
        >= other.items()
    )


def test_a_restore_goes_the_other_way(wire: Wire) -> None:
    secret: dict[str, Any] = {
        "encryption": True,
        "encryption_password": "p",
        "filename_encryption": True,
        "encryption_salt": "s",
    }
    more: dict[str, Any] = {
        "include": ["x"],
        "exclude": ["y"],
        "transfers": 3,
        "args": "-v",
        "pre_script": "true",
        "description": "d",
    }
    old = wire.call("cloudsync.create", sync(schedule={"hour": "1"}, direction="PULL", **secret, **more))
    new = wire.call("cloudsync.restore", old["id"], {"transfer_mode": "SYNC", "path": "/mnt/tank/back"})
    same = (
        "encryption",
        "encryption_password",
        "encryption_salt",
        "schedule",
        "transfers",
        "attributes",
        "credentials",
    )
    assert {name: new[name] for name in same} == {name: old[name] for name in same}
    assert (new["direction"], new["transfer_mode"], new["enabled"]) == ("PUSH", "SYNC", False)
    assert (new["include"], new["exclude"], new["args"], new["pre_script"], new["description"]) == ([], [], "", "", "")
    assert wire.extra("cloudsync.restore", old["id"], {"transfer_mode": "MOVE", "path": "/mnt/tank"}) == [
        triple("opts.transfer_mode", "Input should be 'SYNC' or 'COPY'")
    ]
    assert wire.extra("cloudsync.restore", old["id"], {"transfer_mode": "COPY", "path": "/mnt"}) == [
        triple("cloud_sync_create.path", "The path must reside within a pool mount point")
    ]


def test_where_a_path_is(wire: Wire) -> None:
    for path, found in (
        ("/mnt/tank", ("tank", "", False)),
        ("/mnt/tank/data/inner", ("tank", "data/inner", False)),
        ("/mnt/tank/nested/child/", ("tank/nested/child", "", False)),
        ("/mnt/tank/none", (None, None, False)),
        ("/mnt/tank/secret", (None, None, True)),
    ):
        task = wire.call("cloudsync.create", sync(path=path))
        assert (task["dataset"], task["relative_path"], task["locked"]) == found


def test_a_credential_of_a_task_stays(wire: Wire) -> None:
    number = wire.call("cloudsync.credentials.create", {"name": "held", "provider": sent("STORJ_IX")})["id"]
    task = wire.call("cloud_backup.create", {**backup(description="holds"), "credentials": number})
    data = wire.error("cloudsync.credentials.delete", number)["data"]
    assert (data["error"], data["reason"]) == (14, "[EFAULT] This credential is used by cloud backup task holds")
    assert wire.call("cloud_backup.delete", task["id"]) is True
    assert wire.call("cloudsync.credentials.delete", number) is True


def test_a_reader_sees_no_secret(nas: Simulator, wire: Wire) -> None:
    task = wire.call("cloudsync.create", sync("s3", attributes=bucket(), pre_script="echo", args="-v"))["id"]
    stored = wire.call("cloud_backup.create", backup())["id"]
    with Wire(nas) as reader:
        reader.login(read_only=True)
        shown = reader.call("cloudsync.get_instance", task)
        assert (shown["encryption_password"], shown["encryption_salt"]) == (HIDDEN, HIDDEN)
        assert (shown["pre_script"], shown["args"], shown["attributes"]["bucket"]) == ("echo", "-v", "bucket")
        provider = shown["credentials"]["provider"]
        assert (provider["secret_access_key"], provider["skip_region"], provider["endpoint"]) == (HIDDEN, HIDDEN, "")
        (backed_up,) = reader.call("cloud_backup.query", [["id", "=", stored]])
        assert (backed_up["password"], backed_up["credentials"]["provider"]["access_key_id"]) == (HIDDEN, HIDDEN)
    with Wire(nas) as writer:
        writer.login(key=nas.writer_api_key)
        assert writer.call("cloud_backup.get_instance", stored)["password"] == "password"


def test_the_newest_leaves_out_what_does_not_fit() -> None:
    odd = {"id": 1, "description": "odd", "credentials": CREDENTIALS["ftp"], "schedule": {**SCHEDULE, "hour": "25"}}
    seed = {**SEED, "cloud_sync": [odd, {"id": 2, "description": "fits", "credentials": CREDENTIALS["ftp"]}]}
    for version, expected in (("26.0.0", ["odd", "fits"]), ("27.0.0", ["fits"])):
        with Simulator(version=version, seed=seed) as nas, Wire(nas) as wire:
            wire.login()
            assert [task["description"] for task in wire.call("cloudsync.query")] == expected
            parts = wire.call("cloudsync.query", [["id", "=", 2]], {"select": ["id", "credentials.id"]})
            assert bool(parts) is (version == "26.0.0")
            assert wire.call("cloudsync.query", [["id", "=", 2]], {"select": ["id", "path"]}) == [
                {"id": 2, "path": "/mnt/tank/data"}
            ]
