# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud sync and cloud backup tasks as a user meets them, on every version of the NAS, in the worker and as modules."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.integration.prepared_python import PreparedPython
from tests.integration.running import Ansible, as_modules, calls_besides_logins, secret
from tests.lab import Lab
from tests.simulator import Simulator
from tests.unit.simulator.wire import Wire

SYNC = "nasops.truenas.cloud_sync_task"
SYNCS = "nasops.truenas.cloud_sync_tasks"
SYNC_INFO = "nasops.truenas.cloud_sync_task_info"
BACKUP = "nasops.truenas.cloud_backup_task"
BACKUPS = "nasops.truenas.cloud_backup_tasks"
BACKUP_INFO = "nasops.truenas.cloud_backup_task_info"
VERSIONS = ["25.04.2", "25.10.0", "26.0.0", "27.0.0"]
LOGIN = Counter({"auth.mechanism_choices": 1, "auth.login_ex": 2})

S3 = {"type": "S3", "access_key_id": "AKIAEXAMPLE", "secret_access_key": secret(1), "region": "eu-west-1"}
SEED: dict[str, Any] = {
    "credentials": [
        {"id": 1, "name": "offsite", "provider": S3},
        {"id": 2, "name": "cloud", "provider": {"type": "B2", "account": "a", "key": secret(2)}},
        {"id": 3, "name": "branch", "provider": {"type": "SFTP", "host": "h", "user": "u", "pass": secret(3)}},
    ],
    "cloud_sync": [{"id": 7, "description": "by hand", "credentials": 2}],
    "cloud_backup": [
        {
            "id": 5,
            "description": "photos",
            "credentials": 1,
            "path": "/mnt/tank/photos",
            "attributes": {
                "bucket": "nas1",
                "folder": "photos",
                "fast_list": False,
                "region": "",
                "encryption": None,
                "storage_class": "",
            },
            "password": secret(5),
            "keep_last": 7,
        }
    ],
}
PUSH: dict[str, Any] = {
    "description": "nightly",
    "credential": "offsite",
    "bucket": "backups",
    "folder": "nas1",
    "path": "/mnt/tank/data",
    "direction": "PUSH",
    "transfer_mode": "COPY",
    "schedule": {"minute": "30", "hour": "3"},
    "encryption": True,
    "encryption_password": "{{ password }}",
    "exclude": ["*.tmp"],
    "bwlimit": ["8:00,2M", "19:00,off"],
}
STORED: dict[str, Any] = {"description": "photos", "repository_password": "{{ repository }}", "keep_last": 7}
VARIABLES = {"password": secret(10), "other": secret(11), "repository": secret(5), "script": "date"}


@pytest.fixture
def fleet() -> Iterator[dict[str, Simulator]]:
    """A NAS of each version with credentials and tasks. One run with all of them costs hardly more than with one."""
    with ExitStack() as stack:
        yield {
            f"v{version}": stack.enter_context(Simulator(version=version, seed=copy.deepcopy(SEED)))
            for version in VERSIONS
        }


def step(name: str, module: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
    """Return a task that may fail."""
    return {"name": name, module: options, "ignore_errors": True, **({"check_mode": True} if check else {})}


def twice(name: str, module: str, **options: Any) -> list[dict[str, Any]]:
    """Return a task in check mode, for real, and again."""
    return [
        step(f"plan {name}", module, check=True, **options),
        step(name, module, **options),
        step(f"again {name}", module, **options),
    ]


LIVES: dict[str, tuple[str, dict[str, Any]]] = {
    "create": (SYNC, PUSH),
    "another text": (SYNC, {**PUSH, "folder": "/nas1/", "schedule": {"minute": "30", "hour": "03", "dow": "0-7"}}),
    "one field": (SYNC, {"description": "nightly", "storage_class": "STANDARD_IA"}),
    "secret": (SYNC, {"description": "nightly", "encryption_password": "{{ other }}"}),
    "provider": (SYNC, {"description": "nightly", "credential": "branch", "folder": "/srv", "undeclared": "default"}),
    "rename": (SYNC, {"description": "nightly", "new_description": "weekly"}),
    "backup": (BACKUP, {**STORED, "keep_last": 9, "exclude": ["cache"]}),
    "backup renamed": (BACKUP, {**STORED, "keep_last": 9, "new_description": "pictures"}),
    "set": (
        SYNCS,
        {
            "tasks": [
                PUSH,
                {**PUSH, "description": "second", "folder": "second"},
                {"description": "weekly", "state": "absent"},
            ]
        },
    ),
    "purge": (SYNCS, {"tasks": [PUSH], "purge": True, "purge_keep": ["by*"]}),
    "backups": (BACKUPS, {"tasks": [{"description": "pictures", "enabled": False}]}),
    "absent": (SYNC, {"description": "nightly", "state": "absent"}),
    "backup absent": (BACKUP, {"description": "pictures", "state": "absent"}),
}
"""Steps in the life of tasks, in their order: each is planned, done, and done again."""
ACTIONS = {"create": "created", "another text": "none", "absent": "deleted", "backup absent": "deleted"}


def test_the_life_of_tasks(ansible: Ansible, fleet: dict[str, Simulator]) -> None:
    tasks = [step for name, (module, options) in LIVES.items() for step in twice(name, module, **options)]
    run = ansible.play(tasks, fleet, variables=VARIABLES)
    assert run.code == 0, run.output[-3000:]
    for host, box in fleet.items():
        for name in LIVES:
            planned, done, again = (run.named(f"{time}{name}", host) for time in ("plan ", "", "again "))
            assert not done.get("failed"), (host, name, done.get("msg"))
            assert done["changed"] is (name != "another text"), (host, name)
            for key in ("changed", "diff", "counts", "purged", "undeclared", "changed_fields", "action"):
                assert planned.get(key) == done.get(key), (host, name, key)
            assert (again["changed"], again["drift"]) == (False, "none"), (host, name)
            assert done.get("action", "updated") == ACTIONS.get(name, "updated"), (host, name)
        assert run.named("purge", host)["purged"] == ["second"], host
        assert run.named("purge", host)["undeclared"] == ["by hand"], host
        with Wire(box) as wire:
            assert [task["description"] for task in wire.login().call("cloudsync.query")] == ["by hand"], host
            assert wire.call("cloud_backup.query") == [], host


def scenarios() -> list[dict[str, Any]]:
    """Return tasks of every kind, in the order of a life, and mistakes."""
    mistakes = [
        step("attribute", SYNC, **{**PUSH, "credential": "cloud", "storage_class": "GLACIER"}),
        step("no bucket", SYNC, **{**PUSH, "credential": "branch"}),
        step("credential", SYNC, **{**PUSH, "credential": "nowhere"}),
        step("pending", SYNC, check=True, **{**PUSH, "credential": "soon", "pending_credentials": [{"name": "soon"}]}),
        step("schedule", SYNC, **{**PUSH, "schedule": {"hour": "22-6", "dow": "fri#1"}}),
        step("number", SYNC, **{**PUSH, "schedule": {"hour": 3}}),
        step("limit", SYNC, **{**PUSH, "bwlimit": ["24:00,1"]}),
        step("files from", SYNC, **{**PUSH, "args": "--files-from x"}),
        step("misspelt", SYNC, **{**PUSH, "direktion": "{{ other }}"}),
        step("choice", SYNC, **{**PUSH, "direction": "push"}),
        step("hazard", SYNC, check=True, **{**PUSH, "direction": "PULL", "transfer_mode": "SYNC"}),
        step("script", SYNC, check=True, **{**PUSH, "pre_script": "{{ script }}"}),
        step("provider of a backup", BACKUP, **{**STORED, "credential": "cloud"}),
        step("password of a backup", BACKUP, **{**STORED, "repository_password": "{{ other }}"}),
        step("blank", BACKUP, **{**STORED, "repository_password": "{{ other }} "}),
        step("set wrong", SYNCS, tasks=[{**PUSH, "path": "x"}, {**PUSH, "schedule": {"hour": "L"}}]),
        step(
            "shared",
            BACKUPS,
            check=True,
            tasks=[
                STORED,
                {
                    **STORED,
                    "description": "new",
                    "credential": "offsite",
                    "bucket": "nas1",
                    "folder": "./photos/",
                    "path": "/mnt/tank/x",
                },
            ],
        ),
        step("list", SYNC_INFO),
        step("list backups", BACKUP_INFO, credential="offsite"),
    ]
    return [*mistakes, *(step(name, module, **options) for name, (module, options) in LIVES.items())]


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what differs from NAS to NAS."""
    kept = {name: value for name, value in result.items() if name not in ("invocation", "_ansible_no_log")}
    arguments = dict(result.get("invocation", {}).get("module_args", {}))
    return {**kept, "arguments": {name: value for name, value in arguments.items() if name not in ("port", "ca_path")}}


def test_both_ways_give_the_same_results(ansible: Ansible, python: PreparedPython) -> None:
    told = []
    for tasks in (scenarios(), as_modules(scenarios(), python)):
        with Simulator(seed=copy.deepcopy(SEED), login_limit=0) as nas:
            run = ansible.play(tasks, nas, variables=VARIABLES)
            assert run.code == 0, run.output[-3000:]
            told.append((run, calls_besides_logins(nas)))
    (here, calls_here), (there, calls_there) = told
    for mine, other in zip(here.results, there.results, strict=True):
        assert comparable(mine["result"]) == comparable(other["result"]), mine["task"]
    assert calls_here == calls_there
    assert here.named("attribute")["msg"].startswith(
        "storage_class: cannot be combined with a credential for Backblaze B2."
    )
    assert "22-23,0-6" in here.named("schedule")["msg"]
    assert here.named("number")["msg"].startswith("schedule.hour: must be text, but is a whole number (3).")
    assert here.named("pending")["action"] == "created"
    assert here.output.count("--s3-directory-markers") == there.output.count("--s3-directory-markers") > 0
    assert "provider" not in here.named("list backups")["tasks"][0]


def test_a_converged_set_costs_one_login_and_one_query(ansible: Ansible) -> None:
    items = [{**PUSH, "description": f"task {number:02d}", "folder": f"f{number}"} for number in range(20)]
    task = {"name": "set", SYNCS: {"tasks": items}}
    with Simulator(seed=copy.deepcopy(SEED)) as nas:
        ansible.play([task], nas, variables=VARIABLES)
        made = Counter(call["method"] for call in nas.journal())
        nas.clear_journal()
        run = ansible.play([task], nas, variables=VARIABLES)
        calls = Counter(call["method"] for call in nas.journal())
    assert made == LOGIN + Counter({"cloudsync.query": 2, "cloudsync.credentials.query": 1, "cloudsync.create": 20})
    assert run.named("set")["changed"] is False
    assert calls == LOGIN + Counter({"cloudsync.query": 1})


def test_a_reader_sees_drift_that_is_unknown_and_writes_nothing(ansible: Ansible, fleet: dict[str, Simulator]) -> None:
    ansible.play([step("create", SYNC, **PUSH)], fleet, variables=VARIABLES)
    tasks = [
        step("same", SYNC, check=True, **PUSH),
        step("write", SYNC, **PUSH),
        step("kept", SYNC, check=True, **PUSH, update_secret="on_create"),
        step("list", SYNC_INFO),
    ]
    run = ansible.play(tasks, fleet, variables=VARIABLES, api_key=Simulator.read_only_api_key)
    for host in fleet:
        same = run.named("same", host)
        found = (same["changed"], same["drift"], same["unknown_fields"])
        assert found == (False, "unknown", ["encryption_password"]), host
        assert "CLOUD_SYNC_WRITE" in run.named("write", host)["msg"], host
        assert run.named("kept", host)["drift"] == "none", host
        assert len(run.named("list", host)["tasks"]) == 2, host


def test_backups_go_to_a_real_repository(ansible: Ansible) -> None:
    with Lab(["s3"]) as lab:
        server = lab.s3
        login = server.options
        seed = {
            "datasets": [{"name": "tank/home"}],
            "credentials": [
                {"id": 1, "name": "offsite", "provider": {"type": "S3", **login}},
                {"id": 2, "name": "located", "provider": {"type": "S3", **login, "region": ""}},
                {"id": 3, "name": "broken", "provider": {"type": "S3", **login, "secret_access_key": secret(9)}},
            ],
        }
        home: dict[str, Any] = {
            "credential": "offsite",
            "bucket": server.bucket,
            "folder": "home",
            "path": "/mnt/tank/home",
        }
        backup: dict[str, Any] = {
            **home,
            "description": "home",
            "repository_password": "{{ repository }}",
            "keep_last": 7,
        }
        region = {**PUSH, **home, "credential": "located", "region": "eu-west-1"}
        steps = [
            *twice("backup", BACKUP, **backup),
            step("other password", BACKUP, **{**backup, "repository_password": "{{ other }}"}),
            step("delete", BACKUP, description="home", state="absent"),
            step("wrong password", BACKUP, **{**backup, "repository_password": "{{ other }}"}),
            step("no bucket", BACKUP, **{**backup, "bucket": "nowhere"}),
            step("broken", BACKUP, **{**backup, "credential": "broken"}),
            step("no folder", SYNC, **{**PUSH, **home, "direction": "PULL", "folder": "nowhere"}),
            *twice("region", SYNC, **region),
        ]
        with Simulator(version="27.0.0", seed=seed) as nas:
            run = ansible.play(steps, nas, variables=VARIABLES)
            assert run.code == 0, run.output[-3000:]
            calls = Counter(call["method"] for call in nas.journal() if call["method"].startswith("cloud_backup"))
    made = run.named("backup")
    assert (made["action"], made["diff"]) == ("created", run.named("plan backup")["diff"])
    assert run.named("again backup")["changed"] is False
    assert run.named("other password")["msg"].startswith("repository_password: cannot be changed")
    assert "repository_password: " in run.named("wrong password")["msg"]
    assert "wrong password or no key found" in run.named("wrong password")["msg"]
    assert "can't create buckets" in run.named("no bucket")["msg"]
    assert "rejects this secret" in run.named("broken")["msg"]
    assert "folder: Directory does not exist. Create the folder" in run.named("no folder")["msg"]
    assert (run.named("region")["task"]["region"], run.named("again region")["changed"]) == ("us-east-1", False)
    assert calls["cloud_backup.update"] == 0, "what does not differ is not written"
    assert calls["cloud_backup.create"] == 4
