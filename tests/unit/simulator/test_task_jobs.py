# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of tasks: states, events, locks, and what is left of them (truenas-api/tasks.md §1, §10; wire.md §7)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator

from .task_samples import SEED, backup, sync
from .wire import Wire, triple

PATIENCE = 30
SLEEPS = "sleep 30"


@pytest.fixture(scope="module")
def nas() -> Iterator[Simulator]:
    with Simulator(version="27.0.0", seed=SEED, login_limit=0) as running:
        yield running


@pytest.fixture
def wire(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as connection:
        yield connection.login()


def job(wire: Wire, number: int) -> dict[str, Any]:
    return dict(wire.call("core.get_jobs", [["id", "=", number]])[0])


def until(wire: Wire, number: int, *states: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while (found := job(wire, number))["state"] not in states:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def created(wire: Wire, **more: Any) -> int:
    return int(wire.call("cloudsync.create", sync(**more))["id"])


def test_a_failed_run_is_reported_to_subscribers(nas: Simulator, wire: Wire) -> None:
    task = created(wire, path="/mnt/tank/none")
    with Wire(nas) as reader:
        reader.login(read_only=True)
        reader.call("core.subscribe", "core.get_jobs")
        number = wire.call("cloudsync.sync", task)
        events: list[dict[str, Any]] = []
        while not events or events[-1]["fields"]["state"] != "FAILED":
            message = reader.receive()
            assert message["method"] == "collection_update"
            events.append(message["params"])
    assert {event["id"] for event in events} == {number}
    assert [event["msg"] for event in events] == ["added", *["changed"] * (len(events) - 1)]
    assert [event["fields"]["state"] for event in events][:2] == ["WAITING", "RUNNING"]
    descriptions = [event["fields"]["progress"]["description"] for event in events]
    assert descriptions[-1] == "Starting"
    assert "Locking local path '/mnt/tank/none' for reading" in descriptions
    last = events[-1]["fields"]
    assert last["error"] == "[EFAULT] Directory '/mnt/tank/none' does not exist"
    assert {**last["exc_info"], "repr": ""} == {"repr": "", "type": "CallError", "errno": 14, "extra": None}
    assert (last["method"], last["arguments"], last["result"]) == ("cloudsync.sync", [task], None)
    assert last["abortable"] is True
    assert last["time_started"]["$date"] <= last["time_finished"]["$date"]
    assert last["logs_path"] == f"/var/log/jobs/{number}.log"
    assert wire.call("cloudsync.get_instance", task)["job"] == last


def test_a_run_of_a_locked_task_fails(wire: Wire) -> None:
    task = created(wire, path="/mnt/tank/secret/x")
    entry = wire.call("cloudsync.get_instance", task)
    assert (entry["locked"], entry["dataset"], entry["relative_path"]) == (True, None, None)
    assert until(wire, wire.call("cloudsync.sync", task), "FAILED")["error"] == "[EFAULT] Dataset is locked"


def test_the_lock_is_named_after_the_last_argument(wire: Wire) -> None:
    one, two, three = (created(wire, pre_script=SLEEPS) for _number in range(3))
    first = wire.call("cloudsync.sync", one)
    # By its id alone another task runs beside it, the same one waits, and a third call gets the one that waits.
    other = wire.call("cloudsync.sync", two)
    until(wire, first, "RUNNING")
    until(wire, other, "RUNNING")
    waiting = wire.call("cloudsync.sync", one)
    assert job(wire, waiting)["state"] == "WAITING"
    assert wire.call("cloudsync.sync", one) == waiting
    assert wire.call("cloudsync.get_instance", one)["job"]["id"] == first
    # With options all tasks share a lock, and a call may get the job of another task.
    dry = [wire.call("cloudsync.sync", task, {"dry_run": True}) for task in (one, two, three)]
    assert dry[1] == dry[2]
    assert job(wire, dry[2])["arguments"] == [two, {"dry_run": True}]
    # Whoever waits ends when its turn comes.
    for number in (waiting, dry[1]):
        wire.call("core.job_abort", number)
        assert job(wire, number)["state"] == "WAITING"
    for number in (first, other, dry[0]):
        wire.call("core.job_abort", number)
    for number in (first, other, waiting, *dry):
        assert until(wire, number, "ABORTED")["error"] is None


def test_abort_and_delete_end_a_run(wire: Wire, tmp_path: Path) -> None:
    task = created(wire, pre_script=f"sleep 30 & echo $! > {tmp_path}/pid; wait")
    assert wire.call("cloudsync.abort", task) is False
    number = wire.call("cloudsync.sync", task)
    until(wire, number, "RUNNING")
    while not (tmp_path / "pid").exists() or not (child := (tmp_path / "pid").read_text()):
        time.sleep(0.02)
    assert wire.call("cloudsync.abort", task) is True
    until(wire, number, "ABORTED")
    state = Path(f"/proc/{child.strip()}/stat")
    deadline = time.monotonic() + PATIENCE
    # Ended, and perhaps nobody has asked how.
    while state.exists() and state.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline, "what the script had started goes on"
        time.sleep(0.02)
    assert wire.call("cloudsync.abort", task) is False
    number = wire.call("cloudsync.sync", task)
    until(wire, number, "RUNNING")
    assert wire.call("cloudsync.delete", task) is True
    until(wire, number, "ABORTED")


def test_a_script_that_fails_ends_the_run(wire: Wire) -> None:
    task = created(wire, pre_script='#!/bin/sh\necho "$CLOUD_SYNC_TRANSFER_MODE $CLOUD_SYNC_SNAPSHOT"\nexit 3')
    failed = until(wire, wire.call("cloudsync.sync", task), "FAILED")
    assert failed["error"] == "[EFAULT] Pre-script failed with exit code 3"
    assert failed["logs_excerpt"] == "[Pre-script] COPY 0\n"


def test_a_run_that_is_not_stored(wire: Wire) -> None:
    secret: dict[str, Any] = {"encryption": True, "encryption_password": "a secret"}
    number = wire.call("cloudsync.sync_onetime", sync(path="/mnt", pre_script="true", **secret))
    failed = until(wire, number, "FAILED")
    assert failed["exc_info"]["type"] == "VALIDATION"
    assert failed["exc_info"]["extra"] == [
        triple("cloud_sync_sync_onetime.pre_script", "This option may not be used for onetime cloud sync operations"),
        triple("cloud_sync_sync_onetime.path", "The path must reside within a pool mount point"),
    ]
    assert failed["arguments"][0]["encryption_password"] == "********"
    assert wire.extra("cloudsync.sync_onetime", sync(transfers=0)) == [
        triple("cloud_sync_sync_onetime.transfers", "Input should be greater than 0")
    ]
    failed = until(wire, wire.call("cloudsync.sync_onetime", sync(path="/mnt/tank/none")), "FAILED")
    assert failed["error"] == "[EFAULT] Directory '/mnt/tank/none' does not exist"


def test_a_connection_may_ask_for_results(nas: Simulator) -> None:
    with Wire(nas) as wire:
        wire.login()
        task = created(wire, path="/mnt/tank/none")
        wire.call("core.set_options", {"legacy_jobs": False})
        error = wire.error("cloudsync.sync", task)
        assert (error["code"], error["data"]["reason"]) == (
            -32001,
            "[EFAULT] Directory '/mnt/tank/none' does not exist",
        )
        number = wire.call("cloudsync.get_instance", task)["job"]["id"]
        assert wire.error("core.job_wait", number)["data"]["reason"] == error["data"]["reason"]


def test_parameters_are_checked_before_there_is_a_job(wire: Wire) -> None:
    before = len(wire.call("core.get_jobs"))
    assert wire.extra("cloudsync.sync", "1") == [triple("id", "Input should be a valid integer")]
    assert wire.extra("cloudsync.sync", 1, {"rate_limit": 1})[0][1] == "Extra inputs are not permitted"
    assert wire.extra("cloud_backup.sync", 1, {"rate_limit": 0})[0][0] == "options.rate_limit"
    for method, more in (("delete_snapshot", []), ("list_snapshot_directory", ["/"])):
        assert wire.extra(f"cloud_backup.{method}", 1, "-rf", *more) == [
            triple("snapshot_id", "String should match pattern '^[^-]'")
        ]
    assert wire.extra("cloud_backup.list_snapshot_directory", 1, "ab", "-x")[0][0] == "path"
    assert len(wire.call("core.get_jobs")) == before


def test_unknown_ids(wire: Wire) -> None:
    calls: dict[str, list[Any]] = {"get_instance": [], "update": [{}], "delete": [], "abort": []}
    for service, title in (("cloudsync", "CloudSync"), ("cloud_backup", "CloudBackup")):
        for method, params in calls.items():
            assert wire.extra(f"{service}.{method}", 999, *params) == [triple(None, f"{title} 999 does not exist", 2)]
        failed = until(wire, wire.call(f"{service}.sync", 999), "FAILED")
        assert failed["exc_info"]["extra"] == [triple(None, f"{title} 999 does not exist", 2)]


def test_who_may_run(nas: Simulator) -> None:
    calls: list[tuple[str, list[Any], bool]] = [
        ("cloudsync.sync", [1], True),
        ("cloudsync.sync_onetime", [sync()], True),
        ("cloudsync.abort", [1], True),
        ("cloudsync.restore", [1, {"transfer_mode": "COPY", "path": "/mnt/tank"}], True),
        ("cloudsync.create", [sync()], True),
        ("cloud_backup.create", [backup()], True),
        ("cloud_backup.sync", [1], True),
        ("cloud_backup.delete_snapshot", [1, "ab"], True),
        # Neither the reader nor the writer may put files on the NAS.
        ("cloud_backup.restore", [1, "ab", "/", "/mnt/tank", {}], False),
    ]
    with Wire(nas) as reader, Wire(nas) as writer:
        reader.login(read_only=True)
        writer.login(key=nas.writer_api_key)
        for method, params, may_write in calls:
            assert reader.error(method, *params)["data"]["reason"] == "[EACCES] Not authorized"
            refused = "error" in (reply := writer.reply(method, *params)) and reply["error"]["data"]["error"] == 13
            assert refused is not may_write
        settings = ["DEFAULT", "PERFORMANCE", "FAST_STORAGE"]
        assert reader.call("cloud_backup.transfer_setting_choices") == settings
        assert reader.call("cloudsync.providers")[0]["name"] == "S3"


def test_the_last_run_outlives_the_server(tmp_path: Path) -> None:
    with Simulator(version="27.0.0", seed=SEED, state=tmp_path, login_limit=0) as nas, Wire(nas) as wire:
        wire.login()
        task = created(wire, path="/mnt/tank/none")
        stored = wire.call("cloud_backup.create", backup(path="/mnt/tank/secret"))["id"]
        for method, number in (("cloudsync.sync", task), ("cloud_backup.sync", stored)):
            last = until(wire, wire.call(method, number), "FAILED")
    with Simulator(version="27.0.0", seed=SEED, state=tmp_path, login_limit=0) as nas, Wire(nas) as wire:
        wire.login()
        assert wire.call("core.get_jobs") == []
        shown = wire.call("cloud_backup.get_instance", stored)["job"]
        assert shown == {**last, "id": None, "logs_path": None}
        assert wire.call("cloudsync.get_instance", task)["job"]["state"] == "FAILED"
        # An update of a backup forgets it, one of a sync does not.
        assert wire.call("cloud_backup.update", stored, {})["job"] is None
        assert wire.call("cloudsync.update", task, {})["job"]["state"] == "FAILED"


def test_nothing_runs_while_its_network_activity_is_off() -> None:
    seed = {**SEED, "disabled_activities": ["cloud_backup"]}
    with Simulator(version="26.0.0", seed=seed) as nas, Wire(nas) as wire:
        wire.login()
        error = wire.error("cloud_backup.create", backup())
        assert (error["data"]["error"], error["data"]["reason"]) == (
            64,
            '[ENONET] Network activity "Cloud backup" is disabled',
        )
        assert wire.call("cloudsync.create", sync())["job"] is None
