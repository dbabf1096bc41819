# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of cloud tasks as a user meets them: rclone and restic really move files to an S3 server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.running import CANARY, IN_A_PROCESS, Ansible
from tests.lab import Lab
from tests.simulator import Simulator
from tests.unit.simulator.wire import Wire

SYNC_RUN = "nasops.truenas.cloud_sync_run"
BACKUP_RUN = "nasops.truenas.cloud_backup_run"
SNAPSHOTS = "nasops.truenas.cloud_backup_snapshots_info"


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """An S3 server."""
    with Lab(["s3"]) as lab:
        yield lab.s3


@pytest.fixture(scope="module")
def seed(s3: Any) -> dict[str, Any]:
    """A NAS with files, and tasks that push, back up, fail, and take long."""
    provider = {"type": "S3", **s3.options}
    wrong = {**provider, "secret_access_key": f"{CANARY}-wrong"}

    def task(number: int, name: str, folder: str, **more: Any) -> dict[str, Any]:
        attributes = {"bucket": s3.bucket, "folder": folder}
        return {
            "id": number,
            "description": name,
            "path": "/mnt/tank/home",
            "attributes": attributes,
            "credentials": 1,
            **more,
        }

    backup = {"password": f"{CANARY}-restic", "keep_last": 2}
    limit = [{"time": "00:00", "bandwidth": 1000}]
    return {
        "datasets": [{"name": "tank/home"}, {"name": "tank/big"}, {"name": "tank/locked", "locked": True}],
        "files": {
            "/mnt/tank/home/a.txt": "first",
            "/mnt/tank/home/docs/b.txt": "second",
            "/mnt/tank/big/x": "x" * 200_000,
        },
        "credentials": [
            {"id": 1, "name": "s3", "provider": provider},
            {"id": 2, "name": "wrong", "provider": wrong},
        ],
        "cloud_sync": [
            task(1, "nightly", "push", enabled=False),
            task(2, "slow", "slow", path="/mnt/tank/big", bwlimit=limit),
            task(3, "refused", "push", credentials=2),
            task(4, "locked", "locked", path="/mnt/tank/locked"),
            task(5, "twice", "a"),
            task(6, "twice", "b"),
            task(7, "missing", "m", path="/mnt/tank/none"),
        ],
        "cloud_backup": [
            task(1, "photos", "restic", **backup),
            task(2, "unread", "restic", **{**backup, "password": f"{CANARY}-other"}),
            task(3, "empty", "nothing", **backup),
        ],
    }


@pytest.fixture(params=["27.0.0"])
def box(request: pytest.FixtureRequest, seed: dict[str, Any]) -> Iterator[Simulator]:
    """A NAS with these tasks."""
    with Simulator(version=request.param, seed=seed) as nas:
        yield nas


quick_login = pytest.mark.parametrize("box", ["25.10.0"], indirect=True)


def step(name: str, module: str, **options: Any) -> dict[str, Any]:
    """Return a task that may fail."""
    check = options.pop("check_mode", False)
    return {"name": name, module: options, "ignore_errors": True, "check_mode": check}


STEPS = [
    step("planned", SYNC_RUN, description="nightly", check_mode=True),
    step("rehearsed", SYNC_RUN, description="nightly", dry_run=True),
    step("pushed", SYNC_RUN, description="nightly"),
    step("pushed again", SYNC_RUN, id=1),
    step("backed up", BACKUP_RUN, description="photos"),
    step("backed up again", BACKUP_RUN, description="photos"),
    step("listed", SNAPSHOTS, description="photos"),
    step("refused", SYNC_RUN, description="refused"),
    step("missing", SYNC_RUN, description="missing"),
    step("locked", SYNC_RUN, description="locked"),
    step("twice", SYNC_RUN, description="twice"),
    step("unread", SNAPSHOTS, description="unread"),
    step("empty", SNAPSHOTS, description="empty"),
    step("too slow", SYNC_RUN, description="slow", run_timeout=1.5, abort_on_timeout=True),
    step("not waited for", SYNC_RUN, description="slow", wait=False),
    step("joined", SYNC_RUN, description="slow", run_timeout=0.5, abort_on_timeout=True),
]


def test_runs_of_rclone_and_restic(ansible: Ansible, box: Simulator) -> None:
    run = ansible.play(STEPS, box)
    assert run.code == 0, run.output[-3000:]
    found = {name: run.named(name) for name in (one["name"] for one in STEPS)}

    assert found["planned"]["changed"], "a run would be started"
    assert found["planned"]["msg"] == "Would start a run of the cloud sync task 'nightly' (id 1)."
    moved = {
        name: (found[name]["changed"], found[name]["transferred"]) for name in ("rehearsed", "pushed", "pushed again")
    }
    assert moved == {
        "rehearsed": (False, {"files": 2, "size": "11 B", "deleted": 0}),
        "pushed": (True, {"files": 2, "size": "11 B", "deleted": 0}),
        "pushed again": (False, {"files": 0, "size": "0 B", "deleted": 0}),
    }
    assert (found["pushed"]["action"], found["pushed"]["job"]["state"]) == ("started", "SUCCESS")

    assert (found["backed up"]["changed"], found["backed up"]["transferred"]["files"]) == (True, 2)
    assert (found["backed up again"]["changed"], found["backed up again"]["transferred"]["bytes"]) == (False, 0)
    snapshots = found["listed"]["snapshots"]
    assert [one["id"][:8] for one in snapshots] == [
        found[name]["transferred"]["snapshot"][:8] for name in ("backed up", "backed up again")
    ]

    causes = {name: found[name].get("cause") for name in ("refused", "missing", "unread", "empty")}
    assert causes == {
        # rclone hides the error of the provider here (tried with 1.75.2).
        "refused": "not_a_folder",
        "missing": "local_path",
        "unread": "wrong_repository_password",
        "empty": "no_repository",
    }
    assert "Verify the credential" in found["refused"]["hint"]
    assert "Directory '/mnt/tank/none' does not exist" in found["missing"]["msg"]
    assert "is locked, so each run fails" in found["locked"]["msg"]
    assert "(ids 5, 6)" in found["twice"]["msg"]

    assert "It was aborted" in found["too slow"]["msg"]
    assert found["too slow"]["job"]["state"] == "ABORTED"
    assert found["not waited for"]["job"]["state"] in ("WAITING", "RUNNING")
    assert "It was not aborted" in found["joined"]["msg"]
    assert found["joined"]["job"]["id"] == found["not waited for"]["job"]["id"]

    calls = Counter(call["method"] for call in box.journal())
    assert (calls["auth.login_ex"], calls["cloudsync.sync"], calls["cloudsync.abort"]) == (2, 7, 1)
    assert calls["core.job_wait"] == 0
    # Each is a run in progress: the one that was not waited for, and the one that was joined.
    assert calls["core.get_jobs"] <= 2
    with Wire(box) as wire:
        wire.login().call("cloudsync.abort", 2)


@quick_login
def test_both_ways_and_a_loop_give_the_same_results(ansible: Ansible, box: Simulator) -> None:
    def shape(result: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in result.items() if key not in ("invocation", "job", "diff")}

    names = ["pushed again", "refused", "unread"]
    tasks = [one for one in STEPS if one["name"] in names]
    elsewhere = [{**one, "name": f"{one['name']} elsewhere", "environment": IN_A_PROCESS} for one in tasks]
    first = step("first", SYNC_RUN, id=1)
    loop = {"name": "loop", SYNC_RUN: {"id": "{{ item }}"}, "loop": [1, 5]}
    run = ansible.play([first, *tasks, *elsewhere, loop], box, verbose=False)
    assert run.code == 0, run.output[-3000:]
    for name in names:
        assert shape(run.named(name)) == shape(run.named(f"{name} elsewhere")), name
    items = run.named("loop")["results"]
    assert [(one["changed"], one["task"]["id"]) for one in items] == [(False, 1), (True, 5)]


@quick_login
def test_hosts_share_a_login_and_each_hears_of_its_own_run(ansible: Ansible, box: Simulator) -> None:
    tasks = [{"name": "run", SYNC_RUN: {"id": "{{ 1 if inventory_hostname == 'nas1' else 5 }}"}}]
    run = ansible.play(tasks, {"nas1": box, "nas2": box}, api_key=box.writer_api_key, verbose=False)
    assert run.code == 0, run.output[-3000:]
    assert {run.named("run", host)["task"]["id"] for host in ("nas1", "nas2")} == {1, 5}
    calls = Counter(call["method"] for call in box.journal())
    assert (calls["auth.login_ex"], calls["cloudsync.sync"]) == (1, 2)
    assert calls["core.subscribe"] == calls["core.unsubscribe"] == 2


@pytest.mark.parametrize("fault", ["reset-before-reply:3", "reset-after-reply:3"])
def test_a_lost_connection_starts_no_second_run(ansible: Ansible, seed: dict[str, Any], fault: str) -> None:
    with Simulator(version="25.10.0", seed=seed, faults=[fault]) as nas:
        run = ansible.play([step("run", SYNC_RUN, id=1)], nas, verbose=False)
        result = run.named("run")
        assert result.get("job", {}).get("state") == "SUCCESS", result
        calls = Counter(call["method"] for call in nas.journal())
        assert (calls["cloudsync.sync"], calls["auth.login_ex"]) == (1, 2)
