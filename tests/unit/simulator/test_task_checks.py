# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server refuses of a task, row by row (truenas-api/tasks.md §2 to §6)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator import Simulator

from .task_samples import CREDENTIALS, SEED, backup, bucket, sync
from .wire import Wire, triple

NOT_IN_A_POOL = "The path must reside within a pool mount point"
NESTED = "This option is only available for datasets that have no further nesting"
SCRIPTS = (
    "The ability to edit pre-scripts and post-scripts is limited to users who have full administrative credentials"
)
EXTRA = "Extra inputs are not permitted"
CRON = "Value error, Please ensure fields match cron syntax - "


@pytest.fixture(scope="module", params=["27.0.0", "26.0.0", "25.10.0"])
def nas(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    with Simulator(version=request.param, seed=SEED, login_limit=0) as running:
        os.symlink("/mnt/other", running.mnt / "tank" / "link")
        os.symlink("data", running.mnt / "tank" / "inside")
        os.symlink("/etc", running.mnt / "tank" / "away")
        yield running


@pytest.fixture
def wire(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as connection:
        yield connection.login()


def refused(wire: Wire, **more: Any) -> list[list[Any]]:
    """Return the triples of a cloud sync task, without the common prefix."""
    return unprefixed(wire.extra("cloudsync.create", sync(**more)), "cloud_sync_create.")


def refused_backup(wire: Wire, **more: Any) -> list[list[Any]]:
    """Return the triples of a cloud backup task, without the common prefix."""
    return unprefixed(wire.extra("cloud_backup.create", backup(**more)), "cloud_backup_create.")


def unprefixed(triples: list[list[Any]], prefix: str) -> list[list[Any]]:
    return [[f"+{name.removeprefix(prefix)}" if name.startswith(prefix) else name, *rest] for name, *rest in triples]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"encryption": True}, [("+encryption_password", "This field is required when encryption is enabled")]),
        ({"args": "'"}, [("+args", "Parse error: No closing quotation")]),
        ({"args": "\\"}, [("+args", "Parse error: No escaped character")]),
        ({"credentials": 0}, [("+credentials", "Invalid credentials")]),
        ({"credentials": -1}, [("+credentials", "Invalid credentials")]),
        ({"credentials": 999}, [("+credentials", "Invalid credentials")]),
        ({"attributes": {}}, [("+attributes.folder", "Field required")]),
        ({"attributes": bucket()}, [("+attributes.bucket", EXTRA)]),
        ({"attributes": {"folder": "", "fast_list": True}}, [("+attributes.fast_list", EXTRA)]),
        ({"attributes": {"folder": 1}}, [("+attributes.folder", "Input should be a valid string")]),
        ({"attributes": {"folder": "", "nothing": None}}, [("+attributes.nothing", EXTRA)]),
        ({"path": ""}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "/mnt"}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "tank/x"}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "/mnt/third/x"}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "/mnt/tanks"}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "/mnt/tank/.."}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "/mnt/tank/../third"}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "/mnt/tank/away"}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "/dev/zvol/tank/volumes/disk"}, [("+path", NOT_IN_A_POOL)]),
        ({"path": "EXTERNAL"}, [("+path", "EXTERNAL: path type is not allowed.")]),
        ({"path": "EXTERNAL:host/share"}, [("+path", "EXTERNAL: path type is not allowed.")]),
        (
            {"path": "/dev/zvol/boot-pool/x"},
            [
                ("+path", "Disk residing in boot pool cannot be consumed and is not supported"),
                ("+path", NOT_IN_A_POOL),
            ],
        ),
        ({"snapshot": True, "path": "/mnt/tank"}, [("+snapshot", NESTED)]),
        ({"snapshot": True, "path": "/mnt/tank/nested"}, [("+snapshot", NESTED)]),
        (
            {"snapshot": True, "direction": "PULL", "transfer_mode": "MOVE"},
            [
                ("+snapshot", "This option can only be enabled for PUSH tasks"),
                ("+snapshot", "This option can not be used for MOVE transfer mode"),
            ],
        ),
        (
            {"bwlimit": [{"time": "08:00", "bandwidth": 1}, {"time": "07:00", "bandwidth": None}]},
            [("+bwlimit.1.time", "Invalid time order: 08:00, 07:00")],
        ),
        ({"credentials": CREDENTIALS["http"]}, [("+direction", "This remote is read-only")]),
        # Collected together, in the server's order; the remote step is left out.
        (
            {"encryption": True, "path": "/mnt", "credentials": 999, "direction": "PULL", "snapshot": True},
            [
                ("+encryption_password", "This field is required when encryption is enabled"),
                ("+credentials", "Invalid credentials"),
                ("+path", NOT_IN_A_POOL),
                ("+snapshot", "This option can only be enabled for PUSH tasks"),
            ],
        ),
    ],
)
def test_a_cloud_sync_task_is_refused(wire: Wire, change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert refused(wire, **change) == [triple(*one) for one in expected]


@pytest.mark.parametrize(
    ("change", "attribute", "message"),
    [
        ({"direction": "push"}, "direction", "Input should be 'PUSH' or 'PULL'"),
        ({"transfers": 0}, "transfers", "Input should be greater than 0"),
        ({"transfers": "4"}, "transfers", "Input should be a valid integer"),
        ({"snapshot": 1}, "snapshot", "Input should be a valid boolean"),
        ({"description": None}, "description", "Input should be a valid string"),
        ({"description": "x" * 1025}, "description", "String should have at most 1024 characters"),
        ({"include": [""]}, "include.0", "String should have at least 1 character"),
        ({"bwlimit": [{"time": "08:00"}]}, "bwlimit.0.bandwidth", "Field required"),
        ({"bwlimit": [{"time": "x", "bandwidth": 1}]}, "bwlimit.0.time", None),
        ({"bwlimit": [{"time": "24:00", "bandwidth": 1}]}, "bwlimit.0.time", "Value error, hour must be in 0..23"),
        ({"more": None}, "more", EXTRA),
        *(({name: 1}, name, EXTRA) for name in ("id", "job", "locked", "dataset", "relative_path")),
        ({"attributes": bucket() | {"bucket": ""}}, "attributes.bucket", "String should have at least 1 character"),
        ({"schedule": {"minute": 5}}, "schedule.minute", "Input should be a valid string"),
        ({"schedule": {"minute": "61"}}, "schedule", f"{CRON}[61 * * * * ] is not acceptable, out of range"),
        ({"schedule": {"minute": "5/10"}}, "schedule", f"{CRON}Only range or `*` are allowed before `/`"),
    ],
)
def test_models_refuse_by_type(wire: Wire, change: dict[str, Any], attribute: str, message: str | None) -> None:
    ((found, text, number),) = refused(wire, **change)
    assert (found, number) == (f"+{attribute}", 22)
    assert text == message or (message is None and text.startswith("Value error, Time should be in 24 hour format"))


def test_model_errors_come_alone(wire: Wire) -> None:
    assert refused(wire, transfers=0, path="/mnt") == [triple("+transfers", "Input should be greater than 0")]


def test_fields_of_results_are_refused_where_the_server_has_them(nas: Simulator, wire: Wire) -> None:
    sent = {"locked": False, "dataset": "tank", "id": 1, "more": 1}
    order = ["id", "locked", "dataset", "more"] if nas.version == "25.10.0" else ["id", "dataset", "locked", "more"]
    assert refused(wire, **sent) == [triple(f"+{name}", EXTRA) for name in order]
    assert [name for name, *_rest in refused(wire, **sent, snapshot=1)][-1] == "+more"


def test_paths_that_are_taken(wire: Wire) -> None:
    for path in (
        "/mnt/tank",
        "/mnt/tank/",
        "/mnt/tank/missing/below",
        "/mnt/tank/secret/x",
        "/mnt/tank/link/x",
        "/mnt/tank/inside",
        "/mnt/tank/../other",
        "/mnt/tank/file",
    ):
        assert wire.call("cloudsync.create", sync(path=path))["path"] == path
    for path in ("/mnt/tank/nested/child", "/mnt/tank/volumes", "/mnt/tank/data", "/mnt/tank/nested/plain"):
        assert wire.call("cloudsync.create", sync(path=path, snapshot=True))["snapshot"] is True


def test_the_control_directory_of_a_dataset_is_refused(wire: Wire) -> None:
    for path in ("/mnt/tank/.zfs", "/mnt/tank/nested/.zfs/snapshot"):
        ((attribute, message, _number),) = refused(wire, path=path)
        assert (attribute, message.split(" (")[0]) == ("+path", "The ZFS control directory")
    assert wire.call("cloudsync.create", sync(path="/mnt/tank/.zfs/snapshot/daily"))["snapshot"] is False


@pytest.mark.parametrize(
    ("folder", "where"), [("", "root"), ("/", "root"), ("media/", "media"), ("media/by-day", "media/by-day")]
)
def test_google_photos_are_not_taken_whole(wire: Wire, folder: str, where: str) -> None:
    message = f"Pulling from the {where} directory is not allowed. Please, select a specific directory."
    for direction in ("PUSH", "PULL"):
        change: dict[str, Any] = {
            "credentials": CREDENTIALS["photos"],
            "attributes": {"folder": folder},
            "direction": direction,
        }
        assert refused(wire, **change) == [triple("attributes.folder", message)]


def test_a_pull_needs_its_folder(wire: Wire) -> None:
    for credential in ("aws", "s3", "storj"):
        for folder in ("", "/", "docs", "/docs/", "docs/deep"):
            pull = sync(credential, attributes=bucket(folder), direction="PULL")
            assert wire.call("cloudsync.create", pull)["attributes"]["folder"] == folder
        for folder, message in (("none", "Directory does not exist"), ("docs/a.txt", "This is not a directory")):
            pull = {"credentials": CREDENTIALS[credential], "attributes": bucket(folder)}
            assert refused(wire, **pull, direction="PULL") == [triple("+attributes.folder", message)]
            assert wire.call("cloudsync.create", sync(**pull))["direction"] == "PUSH"


def test_chunk_sizes(nas: Simulator, wire: Wire) -> None:
    low, high = "Must be greater than or equal to 5", "Must be less than 5"
    model_low, model_high = "Input should be greater than or equal to 5", "Input should be less than 150"
    first = nas.version == "25.10.0"
    for credential, attributes, message, model_message in (
        ("b2", bucket(chunk_size=4), low, model_low),
        ("dropbox", {"folder": "", "chunk_size": 4}, low, model_low),
        ("dropbox", {"folder": "", "chunk_size": 150}, high, model_high),
    ):
        expected = triple("+attributes.chunk_size", model_message) if first else triple("chunk_size", message)
        assert refused(wire, credentials=CREDENTIALS[credential], attributes=attributes) == [expected]
    large: dict[str, Any] = {"credentials": CREDENTIALS["b2"], "attributes": bucket(chunk_size=5000)}
    if first:
        assert refused(wire, **large) == [triple("+attributes.chunk_size", model_high)]
    else:
        assert wire.call("cloudsync.create", sync(**large))["attributes"]["chunk_size"] == 5000


def test_the_newest_takes_other_spellings_of_a_chunk_size(nas: Simulator, wire: Wire) -> None:
    for credential, name, attributes, stored in (
        ("b2", "b2_chunk_size", bucket(), 96),
        ("dropbox", "dropbox_chunk_size", {"folder": ""}, 50),
    ):
        change: dict[str, Any] = {"credentials": CREDENTIALS[credential], "attributes": {**attributes, name: 50}}
        if nas.version == "27.0.0":
            assert wire.call("cloudsync.create", sync(**change))["attributes"]["chunk_size"] == stored
        else:
            assert refused(wire, **change) == [triple(f"+attributes.{name}", EXTRA)]


def test_bad_arguments_hide_a_bad_credential_from_26_on(nas: Simulator, wire: Wire) -> None:
    found = [attribute for attribute, _message, _number in refused(wire, args="'", credentials=999, attributes={})]
    assert found == (["+args", "+credentials"] if nas.version == "25.10.0" else ["+args"])


def test_times_are_padded_from_26_on(nas: Simulator, wire: Wire) -> None:
    limits = [{"time": "8:5", "bandwidth": 1}]
    stored = wire.call("cloudsync.create", sync(bwlimit=limits))["bwlimit"][0]["time"]
    assert stored == ("8:5" if nas.version == "25.10.0" else "08:05")
    unpadded = [{"time": "9:00", "bandwidth": 1}, {"time": "10:00", "bandwidth": 1}]
    if nas.version == "25.10.0":
        assert refused(wire, bwlimit=unpadded) == [triple("+bwlimit.1.time", "Invalid time order: 9:00, 10:00")]
    else:
        assert len(wire.call("cloudsync.create", sync(bwlimit=unpadded))["bwlimit"]) == 2


def test_a_task_on_mega_ends_in_an_internal_error(wire: Wire) -> None:
    error = wire.error("cloudsync.create", sync("mega"))
    assert (error["code"], error["data"]["error"], error["data"]["reason"]) == (-32001, 22, "'MEGA'")


def test_scripts_are_for_full_administrators(nas: Simulator, wire: Wire) -> None:
    scripted = wire.call("cloudsync.create", sync(post_script="true"))
    with Wire(nas) as other:
        other.login(key=nas.writer_api_key)
        for change in ({"pre_script": "true"}, {"pre_script": " "}):
            assert other.extra("cloudsync.create", sync(**change)) == [triple("cloud_sync_create.pre_script", SCRIPTS)]
            assert other.extra("cloud_backup.create", backup(**change)) == [
                triple("cloud_backup_create.pre_script", SCRIPTS)
            ]
        # No field of a task with a script can be changed, unless the script goes.
        assert other.extra("cloudsync.update", scripted["id"], {"description": "x"}) == [
            triple("cloud_sync_update.post_script", SCRIPTS)
        ]
        assert other.call("cloudsync.update", scripted["id"], {"post_script": ""})["post_script"] == ""
        assert other.call("cloudsync.create", sync())["pre_script"] == ""


def test_a_cloud_backup_task_is_refused(nas: Simulator, wire: Wire) -> None:
    newer = nas.version != "25.10.0"
    zvol = "/dev/zvol/tank"
    not_volume = "'tank/volumes' is not a volume" if newer else "Backed up zvol must be used by a local or VMware VM"
    for change, expected in (
        ({"path": "/mnt"}, [("path", NOT_IN_A_POOL)]),
        ({"path": f"{zvol}/missing"}, [("path", "Volume does not exist")]),
        ({"path": "/dev/zvol/boot-pool/x"}, [("path", "Volume does not exist")]),
        ({"path": f"{zvol}/volumes"}, [("path", not_volume)]),
        ({"path": f"{zvol}/volumes/idle"}, [("path", "Backed up zvol must be used by a local or VMware VM")]),
        (
            {"snapshot": True, "absolute_paths": True},
            [("snapshot", "This option can't be used when absolute paths are enabled")],
        ),
        (
            {"cache_path": "/srv"},
            [("cache_path", "The path must be a directory"), ("cache_path", NOT_IN_A_POOL)],
        ),
        ({"cache_path": "/mnt/tank/none"}, [("cache_path", "The path must be a directory")]),
        ({"cache_path": "/mnt/tank/file"}, [("cache_path", "The path must be a directory")]),
        ({"cache_path": "/mnt/tank/fixed"}, [("cache_path", "The cache directory must be writeable")]),
        ({"attributes": bucket("taken")}, [("password", "Fatal: wrong password or no key found")]),
    ):
        assert refused_backup(wire, **change) == [triple(f"+{name}", message) for name, message in expected]
    if newer:
        internal = [triple("+path", "'tank/volumes/own' is an invalid location")]
        assert refused_backup(wire, path=f"{zvol}/volumes/own") == internal
    assert wire.call("cloud_backup.create", backup(path=f"{zvol}/volumes/disk"))["locked"] is False
    assert wire.call("cloud_backup.create", backup(cache_path=""))["cache_path"] == ""
    assert wire.call("cloud_backup.create", backup(cache_path="/mnt/tank/cache"))["cache_path"] == "/mnt/tank/cache"


def test_models_of_backups_have_prefixes_of_their_own(wire: Wire) -> None:
    task = wire.call("cloud_backup.create", backup())
    assert wire.extra("cloud_backup.create", backup(keep_last=0)) == [
        triple("cloud_backup.keep_last", "Input should be greater than 0")
    ]
    for change, attribute, message in (
        ({"password": ""}, "password", "String should have at least 1 character"),
        ({"absolute_paths": False}, "absolute_paths", EXTRA),
        ({"rate_limit": 0}, "rate_limit", "Input should be greater than 0"),
        ({"transfer_setting": "x"}, "transfer_setting", "Input should be 'DEFAULT', 'PERFORMANCE' or 'FAST_STORAGE'"),
        ({"schedule": {"dow": "8"}}, "schedule", f"{CRON}[00 * * * 8 ] is not acceptable, out of range"),
    ):
        assert wire.extra("cloud_backup.update", task["id"], change) == [triple(f"data.{attribute}", message)]


def test_the_password_of_a_repository_cannot_be_changed(wire: Wire) -> None:
    task = wire.call("cloud_backup.create", backup(attributes=bucket("kept")))
    refusal = [triple("cloud_backup_update.password", "Fatal: wrong password or no key found")]
    assert wire.extra("cloud_backup.update", task["id"], {"password": "another"}) == refusal
    assert wire.call("cloud_backup.update", task["id"], {"password": "password"})["password"] == "password"
    moved = wire.call("cloud_backup.update", task["id"], {"attributes": bucket("second"), "password": "another"})
    assert moved["attributes"]["folder"] == "second"
    # The old repository stays, with its password.
    assert wire.extra("cloud_backup.update", task["id"], {"attributes": bucket("kept")}) == refusal


def test_only_two_providers_have_backups(wire: Wire) -> None:
    for credential, attributes in (("ftp", {"folder": ""}), ("dropbox", {"folder": ""})):
        error = wire.error("cloud_backup.create", backup(credential, attributes=attributes))
        assert (error["code"], error["data"]["error"]) == (-32001, 22)
        assert error["data"]["reason"] == "NotImplementedError()"
    assert wire.call("cloud_backup.create", backup("storj"))["credentials"]["id"] == CREDENTIALS["storj"]


def test_a_missing_bucket_is_made_where_that_can_be(wire: Wire) -> None:
    missing = {"bucket": "missing", "folder": ""}
    error = wire.error("cloud_backup.create", backup(attributes=missing))
    assert (error["code"], error["data"]["reason"]) == (-32001, "[EFAULT] This provider can't create buckets")
    assert wire.call("cloud_backup.create", backup("storj", attributes=missing))["attributes"]["bucket"] == "missing"


def test_the_region_of_a_bucket_is_asked_of_s3(wire: Wire) -> None:
    asked = wire.call("cloudsync.create", sync("aws", attributes=bucket(region="mine")))
    assert asked["attributes"]["region"] == "eu-central-1"
    plain = {"bucket": "plain", "folder": ""}
    assert wire.call("cloudsync.update", asked["id"], {"attributes": plain})["attributes"]["region"] == "us-east-1"
    for credential in ("s3", "unlocated"):
        kept = wire.call("cloudsync.create", sync(credential, attributes=bucket(region="mine")))
        assert kept["attributes"]["region"] == "mine"
    listing = {"credentials": CREDENTIALS["aws"], "attributes": {"bucket": "gone", "folder": ""}}
    for method, params in (
        ("cloudsync.create", sync("aws", attributes=listing["attributes"])),
        ("cloudsync.list_directory", listing),
        ("cloud_backup.create", backup("aws", attributes=listing["attributes"])),
    ):
        data = wire.error(method, params)["data"]
        assert (data["error"], data["extra"]) == (22, None)
        assert data["reason"].startswith(
            "An error occurred (NoSuchBucket) when calling the GetBucketLocation operation"
        )
