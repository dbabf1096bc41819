# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that use a credential (truenas-api/wire.md §3 delete, §7b)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.simulator.errors import error_object
from tests.simulator.methods.cloud_sync_directory import create_bucket
from tests.simulator.rclone import Output

from .samples import sent
from .wire import Wire, triple

SHORT_NAME = "The bucket name must be between 3-63 characters in length and cannot contain uppercase."
SEED: dict[str, Any] = {
    "credentials": [
        {"id": 1, "name": "s3", "provider": sent("S3")},
        {"id": 2, "name": "b2", "provider": sent("B2")},
        {"id": 3, "name": "ftp", "provider": sent("FTP")},
        {"id": 4, "name": "http", "provider": sent("HTTP")},
        {"id": 11, "name": "used by a sync", "provider": sent("S3")},
        {"id": 5, "name": "storj", "provider": sent("STORJ_IX")},
        {"id": 12, "name": "used by a backup", "provider": sent("STORJ_IX")},
    ],
    "cloud_sync": [
        {"id": 7, "description": "nightly", "credentials": 1},
        {"id": 8, "description": "", "credentials": 3, "attributes": {"folder": "/"}},
        {"id": 17, "description": "to delete", "credentials": 11},
        {"id": 27, "description": "to move", "credentials": 1},
    ],
    "cloud_backup": [
        {"id": 5, "description": "weekly", "credentials": 5},
        {"id": 15, "description": "to delete", "credentials": 12},
        {"id": 25, "description": "to move", "credentials": 5},
    ],
}


@pytest.fixture(scope="module")
def seeded() -> Iterator[Simulator]:
    with Simulator(seed=SEED, version="25.10.0", login_limit=0) as nas:
        yield nas


@pytest.fixture
def wire(seeded: Simulator) -> Iterator[Wire]:
    with Wire(seeded) as connection:
        yield connection.login()


def refusal(wire: Wire, credential_id: int) -> tuple[Any, ...]:
    error = wire.error("cloudsync.credentials.delete", credential_id)
    data = error["data"]
    return error["code"], data["error"], data["reason"], data["extra"]


def test_credentials_in_use_cannot_be_deleted(wire: Wire) -> None:
    used = "[EFAULT] This credential is used by"
    assert refusal(wire, 11) == (-32001, 14, f"{used} cloud sync task to delete", None)
    assert refusal(wire, 12) == (-32001, 14, f"{used} cloud backup task to delete", None)
    # Without a description the task's id stands for it.
    assert refusal(wire, 3) == (-32001, 14, f"{used} cloud sync task 8", None)
    # The type of a credential in use may change, though.
    changed = wire.call("cloudsync.credentials.update", 11, {"provider": sent("BOX")})
    assert changed["provider"]["type"] == "BOX"
    assert wire.call("cloudsync.delete", 17) is True
    assert wire.call("cloud_backup.delete", 15) is True
    assert [wire.call("cloudsync.credentials.delete", credential) for credential in (11, 12)] == [True, True]


def test_tasks_move_to_another_credential(wire: Wire) -> None:
    (task,) = wire.call("cloudsync.query", [["credentials.id", "=", 1], ["description", "=", "to move"]])
    assert task["credentials"] == wire.call("cloudsync.credentials.get_instance", 1)
    moved = wire.call("cloudsync.update", 27, {"credentials": 2})
    assert (moved["id"], moved["credentials"]["name"], moved["description"]) == (27, "b2", "to move")
    assert wire.call("cloud_backup.update", 25, {"credentials": 1})["credentials"]["id"] == 1
    assert wire.call("cloud_backup.query", [["credentials.id", "=", 1]], {"count": True}) == 1
    assert wire.call("cloudsync.get_instance", 27) == moved


def test_a_moved_task_has_to_fit(wire: Wire) -> None:
    assert wire.extra("cloudsync.update", 7, {"credentials": 99}) == [
        triple("cloud_sync_update.credentials", "Invalid credentials")
    ]
    assert wire.extra("cloudsync.update", 7, {"credentials": 3}) == [
        triple("cloud_sync_update.attributes.bucket", "Extra inputs are not permitted")
    ]
    assert wire.extra("cloudsync.update", 8, {"credentials": 1}) == [
        triple("cloud_sync_update.attributes.bucket", "Field required")
    ]
    assert wire.extra("cloudsync.update", 8, {"credentials": 4}) == [
        triple("cloud_sync_update.direction", "This remote is read-only")
    ]
    assert wire.extra("cloud_backup.update", 5, {"credentials": 3}) == [
        triple("cloud_backup_update.attributes.bucket", "Extra inputs are not permitted")
    ]
    assert wire.extra("cloudsync.update", 99, {"credentials": 1}) == [triple(None, "CloudSync 99 does not exist", 2)]
    assert wire.extra("cloudsync.update", 7, {"id": 1})[0][1] == "Extra inputs are not permitted"


def test_secrets_inside_tasks_are_redacted(seeded: Simulator) -> None:
    with Wire(seeded) as reader:
        reader.login(read_only=True)
        (task,) = reader.call("cloudsync.query", [["id", "=", 7]])
        assert task["credentials"]["provider"]["secret_access_key"] == "********"
        assert task["credentials"]["provider"]["endpoint"] == ""
        assert task["encryption_password"] == "********"
        (backup,) = reader.call("cloud_backup.query", [["id", "=", 5]])
        assert backup["credentials"]["provider"] == {
            "type": "STORJ_IX",
            "access_key_id": "********",
            "secret_access_key": "********",
            "endpoint": "https://gateway.storjshare.io/",
        }
        assert backup["password"] == "********"


def test_create(wire: Wire) -> None:
    task = {"path": "/mnt/tank", "credentials": 3, "direction": "PUSH", "transfer_mode": "COPY"}
    created = wire.call("cloudsync.create", {**task, "attributes": {"folder": "/a"}})
    assert created["credentials"]["id"] == 3
    assert wire.extra("cloudsync.create", {**task, "attributes": {"more": 1}}) == [
        triple("cloud_sync_create.attributes.more", "Extra inputs are not permitted")
    ]


def test_providers(wire: Wire) -> None:
    providers = {provider["name"]: provider for provider in wire.call("cloudsync.providers")}
    assert "MEGA" not in providers
    assert providers["AZUREBLOB"]["bucket_title"] == "Container"
    assert providers["PCLOUD"]["credentials_oauth"] == "https://www.truenas.com/oauth/pcloud2"
    assert providers["B2"]["task_schema"] == [
        {"property": name} for name in ("bucket", "folder", "fast_list", "b2_chunk_size")
    ]


def test_listing_refusals(wire: Wire) -> None:
    for method, params, reason in (
        ("cloudsync.list_buckets", [99], "Invalid credentials"),
        ("cloudsync.list_buckets", [3], "This provider does not use buckets"),
        ("cloudsync.create_bucket", [99, "name"], "Invalid credentials"),
        ("cloudsync.create_bucket", [1, "name"], "This provider can't create buckets"),
    ):
        error = wire.error(method, *params)
        assert (error["code"], error["data"]["reason"]) == (-32001, f"[EFAULT] {reason}")
    listing = {"credentials": 99, "attributes": {"folder": ""}}
    assert wire.extra("cloudsync.list_directory", listing) == [triple("cloud_sync.credentials", "Invalid credentials")]
    assert wire.extra("cloudsync.list_directory", {**listing, "credentials": 1}) == [
        triple("cloud_sync.attributes.bucket", "Field required")
    ]
    wrong = {"credentials": 3, "attributes": {"folder": "", "bucket": "b"}}
    assert wire.extra("cloudsync.list_directory", wrong) == [
        triple("cloud_sync.attributes.bucket", "Extra inputs are not permitted")
    ]


def test_chunk_sizes(wire: Wire) -> None:
    dropbox = wire.call("cloudsync.credentials.create", {"name": "dropbox", "provider": sent("DROPBOX")})["id"]
    for credential, attributes, message in (
        (2, {"bucket": "b", "chunk_size": 4}, "Must be greater than or equal to 5"),
        (dropbox, {"chunk_size": 4}, "Must be greater than or equal to 5"),
        (dropbox, {"chunk_size": 150}, "Must be less than 5"),
    ):
        listing = {"credentials": credential, "attributes": {"folder": "", **attributes}}
        assert wire.extra("cloudsync.list_directory", listing) == [triple("chunk_size", message)]


@pytest.mark.parametrize(("folder", "where"), [("/", "root"), ("media/", "media"), ("/media/./by-day", "media/by-day")])
def test_google_photos_are_not_pulled_from_everywhere(wire: Wire, folder: str, where: str) -> None:
    photos = wire.call("cloudsync.credentials.create", {"name": folder, "provider": sent("GOOGLE_PHOTOS")})
    task = {"path": "/mnt/tank", "credentials": photos["id"], "transfer_mode": "COPY", "attributes": {"folder": folder}}
    message = f"Pulling from the {where} directory is not allowed. Please, select a specific directory."
    for direction in ("PULL", "PUSH"):
        assert wire.extra("cloudsync.create", {**task, "direction": direction}) == [
            triple("attributes.folder", message)
        ]


def test_nothing_reaches_out_while_its_network_activity_is_off() -> None:
    seed = {
        "disabled_activities": ["cloud_sync"],
        "credentials": [{"id": 1, "name": "storj", "provider": sent("STORJ_IX")}],
    }
    with Simulator(seed=seed) as nas, Wire(nas) as wire:
        wire.login()
        for method, params in (
            ("cloudsync.credentials.verify", [sent("B2")]),
            ("cloudsync.credentials.verify", [sent("MEGA")]),
            ("cloudsync.list_buckets", [1]),
            ("cloudsync.list_directory", [{"credentials": 1, "attributes": {"bucket": "bucket", "folder": ""}}]),
            ("cloudsync.create_bucket", [1, "bucket"]),
            ("cloudsync.onedrive_list_drives", [{"token": "{}"}]),
        ):
            error = wire.error(method, *params)
            assert (error["code"], error["data"]["error"], error["data"]["errname"]) == (-32001, 64, "ENONET")
            assert error["data"]["reason"] == '[ENONET] Network activity "Cloud sync" is disabled'
        assert wire.call("cloudsync.credentials.create", {"name": "b2", "provider": sent("B2")})["id"] == 2


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ("InvalidBucketName: no", (-32602, 22, [["cloudsync.create_bucket", SHORT_NAME, 22]])),
        ("BucketAlreadyExists: no\n", (-32001, 17, "[EEXIST] BucketAlreadyExists: no")),
        ("AccessDenied: no\n", (-32001, 22, "AccessDenied: no")),
    ],
)
def test_buckets_storj_does_not_make(stderr: str, expected: tuple[Any, ...]) -> None:
    async def make_bucket(_provider: Any, _name: str) -> Output:
        return Output(1, "", stderr)

    row = {"id": 1, "name": "storj", "provider": "STORJ_IX", "attributes": {}}
    store = SimpleNamespace(rows=lambda _table: [row])
    nas = SimpleNamespace(store=store, rclone=SimpleNamespace(make_bucket=make_bucket))

    async def attempt() -> None:
        await create_bucket(SimpleNamespace(nas=nas), 1, "bucket")

    with pytest.raises(Exception, match=r".+") as caught:
        asyncio.run(attempt())
    error = error_object(caught.value)
    data = error["data"]
    assert (error["code"], data["error"], data["extra"] or data["reason"]) == expected


def test_storj_bucket_names(wire: Wire) -> None:
    ((attribute, message, number),) = wire.extra("cloudsync.create_bucket", 5, "no spaces")
    assert (attribute, number) == ("cloudsync.create_bucket", 22)
    assert message == "The bucket name can only contain lowercase letters, numbers, and hyphens."
