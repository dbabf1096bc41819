# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as data: the role, and the playbook that comes with it."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fleet import Fleet
from tests.integration.running import Ansible, Run, secret
from tests.lab import Lab
from tests.simulator import Simulator

TASK = "nasops.truenas.cloud_credentials : Apply the cloud credentials"
WRITES = ("create", "update", "delete")
VERSIONS = {"nas1": "26.0.0", "nas2": "25.04.2"}
OLD = {"id": 1, "name": "old", "provider": {"type": "FTP", "host": "h", "user": "u", "pass": secret(9)}}


Flags = tuple[str, ...]
PLAN: Flags = ("--check", "--diff")
CHECK: Flags = ("--check",)
APPLY: Flags = ("--diff",)
AGAIN: Flags = ()
Life = Generator[Flags, Run, None]
"""The runs that a NAS goes through: yields the flags of the next one, and gets what came of it."""


@pytest.fixture
def boxes() -> Iterator[dict[str, Simulator]]:
    """Two NAS of different versions, each with a credential that nobody names."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Simulator(version=version, seed={"credentials": [OLD]}))
            for name, version in VERSIONS.items()
        }


@pytest.fixture
def fleet(ansible: Ansible, boxes: Mapping[str, Simulator]) -> Fleet:
    """The two and one that is down."""
    return declared(ansible, boxes)


def declared(ansible: Ansible, boxes: Mapping[str, Simulator]) -> Fleet:
    """Return some NAS and one that is down; what all have, and what nas2 has differently."""
    fleet = Fleet(ansible, boxes, down=("nas3",))
    fleet.variables["nas_cloud_credentials"] = [
        {
            "name": "offsite",
            "s3": {"endpoint": "https://s3.example.net", "access_key_id": "A", "secret_access_key": secret(1)},
        },
        {
            "name": "share",
            "webdav": {"url": "https://dav.example.net", "vendor": "OTHER", "user": "u", "pass": secret(2)},
        },
    ]
    fleet.host_variables["nas2"]["nas_cloud_credentials_host"] = [
        {"name": "offsite", "s3": {"access_key_id": "B", "secret_access_key": secret(3)}},
        {"name": "share", "state": "absent"},
    ]
    return fleet


def actions(run: Run, host: str) -> dict[str, str]:
    """Return what the role did, or would do, to each credential of a NAS."""
    return {item["name"]: item["action"] for item in run.named(TASK, host)["credentials"]}


def writes(box: Simulator) -> Counter[str]:
    """Return how often a NAS was asked to write what."""
    called = Counter(call["method"].removeprefix("cloudsync.credentials.") for call in box.journal())
    return Counter({name: called[name] for name in WRITES if called[name]})


def said(run: Run, host: str) -> str:
    """Return the results of a host as text."""
    return json.dumps([line["result"] for line in run.results if line["host"] == host], ensure_ascii=False)


def passed(run: Run, host: str) -> bool:
    """Return whether tasks ran on a host, and none failed."""
    failed = [line["failed"] for line in run.results if line["host"] == host]
    return bool(failed) and not any(failed)


def changes(run: Run, host: str) -> int:
    """Return how many changes the recap of a run counts for a host."""
    [count] = re.findall(rf"(?m)^{host} +: ok=\d+ +changed=(\d+) ", run.output)
    return int(count)


def written(box: Simulator) -> list[str]:
    """Return the calls of a NAS that wrote, in order."""
    return [call["method"] for call in box.journal() if call["method"].rpartition(".")[2] in WRITES]


def live(fleet: Fleet, lives: Mapping[str, Life]) -> None:
    """Take hosts through their runs, which are runs of all whose next flags are the same.

    A key names one host, or several with commas between them.
    """
    waiting = {hosts: next(life) for hosts, life in lives.items()}
    while waiting:
        flags = Counter(waiting.values()).most_common(1)[0][0]
        together = [hosts for hosts, wanted in waiting.items() if wanted == flags]
        run = fleet.play("provision", *flags, "--limit", ",".join(together))
        for hosts in together:
            try:
                waiting[hosts] = lives[hosts].send(run)
            except StopIteration:
                del waiting[hosts]


def planned_brought_there_and_left_alone(boxes: Mapping[str, Simulator]) -> Life:
    wanted: dict[str, dict[str, Any]] = {
        "nas1": {"offsite": "created", "share": "created"},
        "nas2": {"offsite": "created", "share": "none"},
    }
    plan = yield PLAN
    assert {name: actions(plan, name) for name in VERSIONS} == wanted, plan.output[-3000:]
    assert not any(writes(boxes[name]) for name in VERSIONS)

    change = yield APPLY
    assert {name: actions(change, name) for name in VERSIONS} == wanted
    assert change.code == 2, "the one that is down"
    assert "cannot be reached" in change.named(TASK, "nas3")["msg"] or "refused" in change.named(TASK, "nas3")["msg"]
    own = change.named(TASK, "nas2")["credentials"][0]["credential"]["s3"]
    assert (own["access_key_id"], own["endpoint"]) == ("B", "https://s3.example.net/")

    boxes["nas1"].clear_journal()
    again = yield AGAIN
    assert not any(again.named(TASK, name)["changed"] for name in VERSIONS)
    calls = Counter(call["method"] for call in boxes["nas1"].journal())
    assert not writes(boxes["nas1"])
    assert calls["cloudsync.credentials.query"] == 1
    assert len({call["session"] for call in boxes["nas1"].journal()}) == 1
    assert writes(boxes["nas2"]) == {"create": 1}


def keypairs_come_before_the_credentials(host: str, box: Simulator, variables: dict[str, Any]) -> Life:
    variables["nas_ssh_keypairs"] = [
        {"name": "archive", "generate": True},
        {"name": "retired", "state": "absent"},
    ]
    plan = yield PLAN
    assert passed(plan, host), plan.output[-3000:]
    assert not [call for call in box.journal() if "keychain" in call["method"] and "query" not in call["method"]]
    assert passed((yield APPLY), host)
    assert passed((yield ("--tags", "ssh_keypairs")), host)
    methods = [call["method"] for call in box.journal() if call["method"].endswith((".create", ".update"))]
    assert methods == ["keychaincredential.create", *["cloudsync.credentials.create"] * 2]


def credentials_name_their_keypairs_and_are_moved(host: str, box: Simulator, variables: dict[str, Any]) -> Life:
    """From an empty NAS, whose very first check must not fail, to another keypair in place of the first one."""
    credential: dict[str, Any] = {
        "name": "archive",
        "sftp": {"host": "h", "user": "u", "private_key_name": "first"},
    }
    variables |= {
        "nas_ssh_keypairs": [{"name": "first", "generate": True}],
        "nas_cloud_credentials": [credential],
        "nas_cloud_credentials_host": [],
    }
    plan = yield PLAN
    assert passed(plan, host), plan.output[-3000:]
    assert "private_key_name: first" in plan.output or '"private_key_name": "first"' in plan.output
    assert passed((yield APPLY), host)
    again = yield AGAIN
    assert passed(again, host)
    assert not [line for line in again.results if line["host"] == host and line["result"].get("changed")]
    credential["sftp"]["private_key_name"] = "second"
    variables["nas_ssh_keypairs"] = [
        {"name": "first", "state": "absent"},
        {"name": "second", "generate": True},
    ]
    moved = yield APPLY
    assert passed(moved, host), moved.output[-3000:]
    methods = [call["method"] for call in box.journal() if call["method"].endswith((".update", ".delete"))]
    assert methods == ["cloudsync.credentials.update", "keychaincredential.delete"]
    unknown = {**credential, "sftp": {"host": "h", "user": "u", "private_key_name": "third"}}
    variables["nas_cloud_credentials"] = [unknown]
    refused = yield CHECK
    assert not passed(refused, host)
    assert "SSH keypair 'third' not found" in said(refused, host)


TASKS: dict[str, Any] = {
    "nas_ssh_keypairs": [{"name": "archive", "generate": True}],
    "nas_cloud_credentials": [
        {"name": "archive", "sftp": {"host": "h", "user": "u", "private_key_name": "archive"}},
        {"name": "storj", "storj_ix": {"access_key_id": "A", "secret_access_key": secret(1)}},
        {"name": "spare", "ftp": {"host": "h", "user": "u", "password": secret(2)}},
    ],
    "nas_cloud_buckets": [{"credential": "storj", "name": "new"}],
    "nas_cloud_sync_tasks": [
        {
            "description": "documents",
            "credential": "archive",
            "folder": "/srv/{{ inventory_hostname }}",
            "path": "/mnt/tank/data",
            "direction": "PUSH",
            "transfer_mode": "COPY",
            "encryption": True,
            "encryption_password": secret(3),
        }
    ],
    "nas_cloud_sync_tasks_host": [{"description": "documents", "schedule": {"hour": "4"}}],
    "nas_cloud_backup_tasks": [
        {
            "description": "photos",
            "credential": "storj",
            "bucket": "new",
            "folder": "{{ inventory_hostname }}",
            "path": "/mnt/tank/data",
            "repository_password": secret(4),
            "keep_last": 7,
        }
    ],
    "nas_purge": True,
}


def tasks_come_after_their_credentials_and_go_before_them(host: str, box: Simulator, variables: dict[str, Any]) -> Life:
    variables |= copy.deepcopy(TASKS)
    plan = yield PLAN
    assert passed(plan, host), plan.output[-3000:]
    assert not writes(box)

    assert "Could not check the bucket" in plan.warnings(host)
    variables["nas_cloud_buckets"] = []
    done = yield APPLY
    assert passed(done, host), done.output[-3000:]
    assert written(box) == [
        "keychaincredential.create",
        *["cloudsync.credentials.create"] * 3,
        "cloudsync.create",
        "cloud_backup.create",
        "cloudsync.credentials.delete",
    ]
    again = yield AGAIN
    assert passed(again, host)
    assert changes(again, host) == 0, again.output[-3000:]

    box.clear_journal()
    variables |= {
        "nas_ssh_keypairs": [{"name": "archive", "state": "absent"}],
        "nas_cloud_credentials": TASKS["nas_cloud_credentials"][2:],
        "nas_cloud_sync_tasks": [],
        "nas_cloud_sync_tasks_host": [{"description": "documents", "state": "absent"}],
        "nas_cloud_backup_tasks": [],
        "nas_purge_tasks": True,
        "nas_purge_tasks_all": True,
    }
    planned = yield CHECK
    assert passed(planned, host), planned.output[-3000:]
    assert not writes(box)
    gone = yield APPLY
    assert passed(gone, host), gone.output[-3000:]
    assert changes(planned, host) == changes(gone, host) == 4
    assert written(box) == [
        "cloudsync.delete",
        "cloud_backup.delete",
        *["cloudsync.credentials.delete"] * 2,
        "keychaincredential.delete",
    ]


def a_bucket_comes_before_the_task_that_uses_it(
    host: str, box: Simulator, variables: dict[str, Any], storj: dict[str, Any]
) -> Life:
    variables |= {
        "nas_cloud_credentials": [{"name": "storj", "storj_ix": storj}],
        "nas_cloud_buckets": [{"credential": "storj", "name": "made-by-the-role"}],
        "nas_cloud_sync_tasks": [
            {
                "description": "documents",
                "credential": "storj",
                "bucket": "made-by-the-role",
                "folder": "documents",
                "path": "/mnt/tank/data",
                "direction": "PUSH",
                "transfer_mode": "COPY",
            }
        ],
    }
    planned = yield PLAN
    assert passed(planned, host), planned.output[-3000:]
    assert "Could not check the bucket 'made-by-the-role'" in planned.warnings(host)
    done = yield APPLY
    assert passed(done, host), done.output[-3000:]
    methods = [call["method"] for call in box.journal() if ".create" in call["method"]]
    assert methods == ["cloudsync.credentials.create", "cloudsync.create_bucket", "cloudsync.create"]
    again = yield AGAIN
    assert changes(again, host) == 0, again.output[-3000:]


def test_fleets_are_planned_brought_there_and_left_alone(
    ansible: Ansible, boxes: dict[str, Simulator], lab: Lab
) -> None:
    """The lives above, in as few runs as they have in common. A failure is in the life whose name it shows."""
    alike = {
        "nas-tasks": tasks_come_after_their_credentials_and_go_before_them,
        "nas-keypairs": keypairs_come_before_the_credentials,
        "nas-moved": credentials_name_their_keypairs_and_are_moved,
    }
    with ExitStack() as stack:
        for host in alike:
            boxes[host] = stack.enter_context(Simulator(seed={"credentials": [OLD]}))
        environment = {"SSL_CERT_FILE": str(lab.ca_file)}
        boxes["nas-bucket"] = stack.enter_context(Simulator(rclone_environment=environment))
        fleet = declared(ansible, boxes)
        lives = {host: life(host, boxes[host], fleet.host_variables[host]) for host, life in alike.items()}
        lives["nas-bucket"] = a_bucket_comes_before_the_task_that_uses_it(
            "nas-bucket",
            boxes["nas-bucket"],
            fleet.host_variables["nas-bucket"],
            lab.storj_ix.client()["options"],
        )
        lives["nas1,nas2,nas3"] = planned_brought_there_and_left_alone(boxes)
        live(fleet, lives)


def test_a_purge_spares_what_is_kept(fleet: Fleet) -> None:
    fleet.variables["nas_purge"] = True
    fleet.host_variables["nas2"]["nas_purge_keep"] = ["ol*"]
    run = fleet.play("provision", "--limit", "nas1,nas2", "-e", "nas_serial=1")
    assert run.code == 0, run.output[-3000:]
    assert run.named(TASK, "nas1")["purged"] == ["old"]
    assert run.named(TASK, "nas2")["purged"] == []


def test_each_nas_is_refused_by_itself(ansible: Ansible, boxes: dict[str, Simulator]) -> None:
    """One NAS of the run purges all, and every other one is refused something."""
    refused: dict[str, dict[str, Any]] = {
        "nas-variable": {"nas_cloud_credentials": [secret(4)], "nas_verify": "sometimes"},
        # One that is none, so that the task fails; Ansible prints the items of a loop with their failures.
        "nas-key": {"nas_ssh_keypairs": [{"name": "own", "private_key": f"BEGIN PRIVATE KEY {secret(8)}"}]},
        "nas-twice": {"nas_ssh_keypairs": [{"name": "own", "generate": True}, {"name": "own", "state": "absent"}]},
    }
    with ExitStack() as stack:
        for host in refused:
            boxes[host] = stack.enter_context(Simulator(seed={"credentials": [OLD]}))
        fleet = declared(ansible, boxes)
        for host, variables in refused.items():
            fleet.host_variables[host] |= variables
        for host in VERSIONS:
            fleet.host_variables[host] = {"nas_cloud_credentials": [], "nas_purge": True}
        fleet.host_variables["nas2"]["nas_purge_all"] = True
        run = fleet.play("provision", "--limit", ",".join(boxes))
        journals = {host: box.journal() for host, box in boxes.items()}
    assert run.code == 2
    assert [host for host in boxes if passed(run, host)] == ["nas2"]
    assert "purge_all" in run.named(TASK, "nas1")["msg"], "a purge of everything has to be meant"
    assert run.named(TASK, "nas2")["purged"] == ["old"]
    assert not writes(boxes["nas1"])
    assert "nas_verify" in said(run, "nas-variable"), "a wrong variable is named without its value"
    assert not journals["nas-variable"]
    assert "line breaks or other parts are missing" in said(run, "nas-key"), "a private key is not shown"
    assert "nas_ssh_keypairs contains a name twice" in said(run, "nas-twice")


@pytest.mark.parametrize("playbook", ["provision", "audit", "export", "precompute_key"])
def test_a_misspelled_variable_is_refused_before_a_login(
    fleet: Fleet, boxes: Mapping[str, Simulator], playbook: str, tmp_path: Path
) -> None:
    fleet.variables["nas_audit_dest"] = str(tmp_path)
    run = fleet.play(playbook, "--limit", "nas1", "-e", "nas_purg=true")
    assert run.code == 2
    assert "nas_purg: is not a variable of the roles, but is similar to nas_purge" in run.output
    assert boxes["nas1"].journal() == []


def test_a_check_of_the_role_and_a_run_of_its_new_task_passes(ansible: Ansible) -> None:
    task = {**TASKS["nas_cloud_sync_tasks"][0], "credential": "old"}
    login = {f"nas_{name}": f"{{{{ nas.{name} }}}}" for name in ("host", "port", "ca_path", "username", "api_key")}
    run = {"description": "documents", "pending_tasks": "{{ nas_pending_tasks }}"}
    play = {
        "roles": ["nasops.truenas.cloud_credentials"],
        "post_tasks": [{"name": "Run the task", "nasops.truenas.cloud_sync_run": run}],
    }
    with Simulator(seed={"credentials": [OLD]}) as box:
        here = ansible.write([play], box, {**login, "nas_cloud_sync_tasks": [task]})
        planned = ansible.run("ansible-playbook", "-i", "hosts.yml", "play.yml", "--check", here=here)
        assert written(box) == []
    assert planned.named("Run the task")["msg"] == (
        "Would start a run of the cloud sync task 'documents', which an earlier task creates."
    ), planned.output[-3000:]
