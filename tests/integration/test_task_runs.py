# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that move files: the simulated NAS runs rclone and restic against a real S3 server (truenas-api/tasks.md §10, §16)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab
from tests.simulator import Simulator
from tests.unit.simulator.wire import Wire

END_STATES = ("SUCCESS", "FAILED", "ABORTED")
PATIENCE = 60


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, Any]]:
    """The provider object and the buckets of an S3 server."""
    with Lab(["s3"]) as lab:
        server = lab.s3
        yield {"type": "S3", **server.options, "buckets": (server.bucket, server.other_bucket)}


@pytest.fixture(scope="module")
def nas(s3: dict[str, Any]) -> Iterator[Simulator]:
    provider = {key: value for key, value in s3.items() if key != "buckets"}
    located = {**provider, "region": ""}
    seed = {
        "datasets": [{"name": "tank/home"}, {"name": "tank/back"}, {"name": "tank/locked", "locked": True}],
        "files": {"/mnt/tank/home/a.txt": "first", "/mnt/tank/home/docs/b.txt": "second", "/mnt/tank/home/c.tmp": "no"},
        "credentials": [
            {"id": 1, "name": "s3", "provider": provider},
            {"id": 2, "name": "located", "provider": located},
        ],
    }
    with Simulator(version="27.0.0", seed=seed) as running:
        yield running


@pytest.fixture
def wire(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as connection:
        yield connection.login()


def task(s3: dict[str, Any], folder: str, **more: Any) -> dict[str, Any]:
    bucket = s3["buckets"][0]
    return {"path": "/mnt/tank/home", "credentials": 1, "attributes": {"bucket": bucket, "folder": folder}, **more}


def ended(wire: Wire, number: int) -> dict[str, Any]:
    """A job once it has ended."""
    deadline = time.monotonic() + PATIENCE
    while True:
        (job,) = wire.call("core.get_jobs", [["id", "=", number]])
        if job["state"] in END_STATES:
            return dict(job)
        assert time.monotonic() < deadline, job
        time.sleep(0.05)


def run(wire: Wire, method: str, *params: Any, state: str = "SUCCESS") -> dict[str, Any]:
    job = ended(wire, wire.call(method, *params))
    assert job["state"] == state, (job["error"], job["exception"], job["logs_excerpt"])
    return job


def files(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("encrypted", [False, True])
def test_files_go_out_and_come_back(wire: Wire, nas: Simulator, s3: dict[str, Any], encrypted: bool) -> None:
    folder = f"out-{encrypted}"
    crypt = {"encryption": True, "filename_encryption": True, "encryption_password": "p w", "encryption_salt": "s"}
    push = wire.call(
        "cloudsync.create",
        task(
            s3,
            folder,
            description="nightly",
            direction="PUSH",
            transfer_mode="SYNC",
            exclude=["*.tmp"],
            snapshot=True,
            bwlimit=[{"time": "00:00", "bandwidth": 10**9}],
            post_script='echo "sent $CLOUD_SYNC_DESCRIPTION"',
            **(crypt if encrypted else {}),
        ),
    )
    assert push["job"] is None
    trial = run(wire, "cloudsync.sync", push["id"], {"dry_run": True})
    assert "Skipped copy as --dry-run is set" in trial["logs_excerpt"]
    job = run(wire, "cloudsync.sync", push["id"])
    assert (job["method"], job["arguments"], job["progress"]["percent"]) == ("cloudsync.sync", [push["id"]], 100)
    assert "[Post-script] sent nightly" in job["logs_excerpt"]
    assert wire.call("cloudsync.get_instance", push["id"])["job"]["id"] == job["id"]
    listing = {"credentials": 1, "attributes": {"bucket": s3["buckets"][0], "folder": folder}}
    names = {item["Name"] for item in wire.call("cloudsync.list_directory", listing)}
    assert (names == {"a.txt", "docs"}) is not encrypted

    target = f"/mnt/tank/back/{encrypted}"
    (nas.mnt / "tank/back" / str(encrypted)).mkdir()
    pull = wire.call("cloudsync.restore", push["id"], {"transfer_mode": "COPY", "path": target})
    assert (pull["direction"], pull["enabled"], pull["exclude"], pull["description"]) == ("PULL", False, [], "")
    run(wire, "cloudsync.sync", pull["id"])
    assert files(nas.mnt / "tank/back" / str(encrypted)) == {"a.txt": "first", "docs/b.txt": "second"}


def test_a_pull_from_a_folder_that_has_gone_empties_the_destination(
    wire: Wire, nas: Simulator, s3: dict[str, Any]
) -> None:
    for folder in ("origin", "moved"):
        (nas.mnt / "tank/back" / folder).mkdir()
    (nas.mnt / "tank/back/origin/only.txt").write_text("only")
    places = {"origin": "/mnt/tank/back/origin", "moved": "/mnt/tank/back/moved"}
    common = task(s3, "gone", transfer_mode="SYNC")
    out = wire.call("cloudsync.create", {**common, "path": places["origin"], "direction": "PUSH"})
    run(wire, "cloudsync.sync", out["id"])
    pull = wire.call("cloudsync.create", {**common, "path": places["moved"], "direction": "PULL"})
    run(wire, "cloudsync.sync", pull["id"])
    assert files(nas.mnt / "tank/back/moved") == {"only.txt": "only"}
    back = wire.call("cloudsync.update", out["id"], {"direction": "PULL", "transfer_mode": "MOVE"})
    run(wire, "cloudsync.sync", back["id"])
    run(wire, "cloudsync.sync", pull["id"])
    assert files(nas.mnt / "tank/back/moved") == {}


def test_a_folder_to_pull_from_is_looked_for(wire: Wire, s3: dict[str, Any]) -> None:
    pull = task(s3, "nowhere", direction="PULL", transfer_mode="COPY")
    assert wire.extra("cloudsync.create", pull) == [
        ["cloud_sync_create.attributes.folder", "Directory does not exist", 22]
    ]
    (item,) = wire.call(
        "cloudsync.list_directory", {"credentials": 1, "attributes": {**pull["attributes"], "folder": ""}}
    )[:1]
    name = item["Name"] if not item["IsDir"] else "hello.txt"
    in_the_way = {**pull, "attributes": {**pull["attributes"], "folder": name}}
    message = "This is not a directory" if not item["IsDir"] else "Directory does not exist"
    assert wire.extra("cloudsync.create", in_the_way) == [["cloud_sync_create.attributes.folder", message, 22]]


def test_the_region_is_asked_of_the_server(wire: Wire, s3: dict[str, Any]) -> None:
    asking = {**task(s3, "", direction="PUSH", transfer_mode="COPY"), "credentials": 2}
    created = wire.call("cloudsync.create", {**asking, "attributes": {**asking["attributes"], "region": "mine"}})
    assert created["attributes"]["region"] == "us-east-1"
    error = wire.error("cloudsync.create", {**asking, "attributes": {"bucket": "no-such-bucket", "folder": ""}})
    assert (error["code"], error["data"]["error"], error["data"]["extra"]) == (-32001, 22, None)
    assert "NoSuchBucket" in error["data"]["reason"]


def test_a_run_that_cannot_be(wire: Wire, s3: dict[str, Any]) -> None:
    for path, error in (
        ("/mnt/tank/none", "[EFAULT] Directory '/mnt/tank/none' does not exist"),
        ("/mnt/tank/home/a.txt", "[EFAULT] '/mnt/tank/home/a.txt' is not a directory"),
        ("/mnt/tank/locked/x", "[EFAULT] Dataset is locked"),
    ):
        push = {**task(s3, "x", direction="PUSH", transfer_mode="COPY"), "path": path}
        number = wire.call("cloudsync.create", push)["id"]
        assert run(wire, "cloudsync.sync", number, state="FAILED")["error"] == error
    missing = task(
        s3,
        "",
        direction="PUSH",
        transfer_mode="COPY",
        attributes={"bucket": "gone", "folder": ""},
        args="--no-such-flag=1",
    )
    failed = run(wire, "cloudsync.sync", wire.call("cloudsync.create", missing)["id"], state="FAILED")
    assert "unknown flag: --no-such-flag" in failed["logs_excerpt"]
    assert failed["exc_info"]["type"] == "CallError"


def test_a_run_is_aborted(wire: Wire, nas: Simulator, s3: dict[str, Any]) -> None:
    (nas.mnt / "tank/home/large").write_bytes(b"x" * 200_000)
    slow = task(s3, "slow", direction="PUSH", transfer_mode="COPY", bwlimit=[{"time": "00:00", "bandwidth": 1000}])
    number = wire.call("cloudsync.create", slow)["id"]
    job = wire.call("cloudsync.sync", number)
    while not wire.call("core.get_jobs", [["id", "=", job]])[0]["logs_path"]:
        time.sleep(0.02)
    assert wire.call("cloudsync.abort", number) is True
    assert ended(wire, job)["state"] == "ABORTED"
    assert wire.call("cloudsync.abort", number) is False
    (nas.mnt / "tank/home/large").unlink()


def test_a_backup_is_made_and_restored(wire: Wire, nas: Simulator, s3: dict[str, Any]) -> None:
    declared = task(s3, "backup", password=" secret ", keep_last=1, exclude=["*.tmp"], cache_path="/mnt/tank/back")
    backup = wire.call("cloud_backup.create", declared)
    wrong = wire.extra("cloud_backup.update", backup["id"], {"password": "secret"})
    assert (wrong[0][0], "wrong password or no key found" in wrong[0][1]) == ("cloud_backup_update.password", True)
    job = run(wire, "cloud_backup.sync", backup["id"])
    assert "total_files_processed: 2" in job["logs_excerpt"]
    assert job["progress"]["description"] == "Done"
    (snapshot,) = wire.call("cloud_backup.list_snapshots", backup["id"])
    shown = wire.call("cloud_backup.list_snapshot_directory", backup["id"], snapshot["id"], "/")
    assert {item["name"] for item in shown} == {"a.txt", "docs"}
    restore = [backup["id"], snapshot["id"], "/docs", "/mnt/tank/back/restored", {}]
    run(wire, "cloud_backup.restore", *restore)
    assert files(nas.mnt / "tank/back/restored") == {"b.txt": "second"}
    run(wire, "cloud_backup.delete_snapshot", backup["id"], snapshot["id"])


def test_a_push_to_a_bucket_that_is_missing_creates_it(wire: Wire, s3: dict[str, Any]) -> None:
    typed_wrong = {"attributes": {"bucket": "typed-wrong", "folder": "x"}, "direction": "PUSH", "transfer_mode": "COPY"}
    created = wire.call("cloudsync.create", task(s3, "x", **typed_wrong))
    assert "typed-wrong" not in [row["Name"] for row in wire.call("cloudsync.list_buckets", 1)], "not checked"
    run(wire, "cloudsync.sync", created["id"])
    assert "typed-wrong" in [row["Name"] for row in wire.call("cloudsync.list_buckets", 1)]
