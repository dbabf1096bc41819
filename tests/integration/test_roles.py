# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as data: the role, and the playbook that comes with it."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
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


@pytest.fixture
def boxes() -> Iterator[dict[str, Simulator]]:
    """Two NAS of different versions, each with a credential that nobody names."""
    boxes = {name: Simulator(version=version, seed={"credentials": [OLD]}) for name, version in VERSIONS.items()}
    for box in boxes.values():
        box.start()
    yield boxes
    for box in boxes.values():
        box.stop()


@pytest.fixture
def fleet(ansible: Ansible, boxes: Mapping[str, Simulator]) -> Fleet:
    """The two and one that is down; what all have, and what nas2 has differently."""
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


def test_a_fleet_is_planned_brought_there_and_left_alone(fleet: Fleet, boxes: Mapping[str, Simulator]) -> None:
    wanted: dict[str, dict[str, Any]] = {
        "nas1": {"offsite": "created", "share": "created"},
        "nas2": {"offsite": "created", "share": "none"},
    }
    plan = fleet.play("provision", "--check", "--diff")
    assert {name: actions(plan, name) for name in boxes} == wanted, plan.output[-3000:]
    assert not any(writes(box) for box in boxes.values())

    change = fleet.play("provision", "--diff")
    assert {name: actions(change, name) for name in boxes} == wanted
    assert change.code == 2, "the one that is down"
    assert "cannot be reached" in change.named(TASK, "nas3")["msg"] or "refused" in change.named(TASK, "nas3")["msg"]
    own = change.named(TASK, "nas2")["credentials"][0]["credential"]["s3"]
    assert (own["access_key_id"], own["endpoint"]) == ("B", "https://s3.example.net/")

    boxes["nas1"].clear_journal()
    again = fleet.play("provision")
    assert not any(again.named(TASK, name)["changed"] for name in boxes)
    calls = Counter(call["method"] for call in boxes["nas1"].journal())
    assert not writes(boxes["nas1"])
    assert calls["cloudsync.credentials.query"] == 1
    assert len({call["session"] for call in boxes["nas1"].journal()}) == 1
    assert writes(boxes["nas2"]) == {"create": 1}


def test_a_purge_spares_what_is_kept(fleet: Fleet, boxes: Mapping[str, Simulator]) -> None:
    fleet.variables["nas_purge"] = True
    fleet.host_variables["nas2"]["nas_purge_keep"] = ["ol*"]
    run = fleet.play("provision", "--limit", "nas1,nas2", "-e", "nas_serial=1")
    assert run.code == 0, run.output[-3000:]
    assert run.named(TASK, "nas1")["purged"] == ["old"]
    assert run.named(TASK, "nas2")["purged"] == []


def test_a_purge_of_everything_has_to_be_meant(fleet: Fleet, boxes: Mapping[str, Simulator]) -> None:
    fleet.variables |= {"nas_cloud_credentials": [], "nas_purge": True}
    fleet.host_variables["nas2"].clear()
    fleet.host_variables["nas2"]["nas_purge_all"] = True
    run = fleet.play("provision", "--limit", "nas1,nas2")
    assert "purge_all" in run.named(TASK, "nas1")["msg"]
    assert run.named(TASK, "nas2")["purged"] == ["old"]
    assert not writes(boxes["nas1"])


def test_a_wrong_variable_is_named_without_its_value(fleet: Fleet, boxes: Mapping[str, Simulator]) -> None:
    fleet.variables["nas_cloud_credentials"] = [secret(4)]
    fleet.variables["nas_verify"] = "sometimes"
    run = fleet.play("provision", "--limit", "nas1")
    assert run.code == 2
    assert "nas_verify" in run.output
    assert not boxes["nas1"].journal()


def test_keypairs_come_before_the_credentials(fleet: Fleet, boxes: Mapping[str, Simulator]) -> None:
    fleet.variables["nas_ssh_keypairs"] = [
        {"name": "archive", "generate": True},
        {"name": "retired", "state": "absent"},
    ]
    plan = fleet.play("provision", "--limit", "nas1", "--check", "--diff")
    assert plan.code == 0, plan.output[-3000:]
    assert not [
        call for call in boxes["nas1"].journal() if "keychain" in call["method"] and "query" not in call["method"]
    ]
    assert fleet.play("provision", "--limit", "nas1").code == 0
    assert fleet.play("provision", "--limit", "nas1", "--tags", "ssh_keypairs").code == 0
    methods = [call["method"] for call in boxes["nas1"].journal() if call["method"].endswith((".create", ".update"))]
    assert methods == ["keychaincredential.create", *["cloudsync.credentials.create"] * 2]


def test_a_private_key_is_not_shown_whatever_happens(fleet: Fleet) -> None:
    """One that is none, so that the task fails; Ansible prints the items of a loop with their failures."""
    fleet.variables["nas_ssh_keypairs"] = [{"name": "own", "private_key": f"BEGIN PRIVATE KEY {secret(8)}"}]
    run = fleet.play("provision", "--limit", "nas1")
    assert run.code != 0
    assert "line breaks or other parts are missing" in run.output
    fleet.variables["nas_ssh_keypairs"] = [{"name": "own", "generate": True}, {"name": "own", "state": "absent"}]
    twice = fleet.play("provision", "--limit", "nas1")
    assert "nas_ssh_keypairs contains a name twice" in twice.output


def test_credentials_name_their_keypairs_and_are_moved_to_others(fleet: Fleet, boxes: Mapping[str, Simulator]) -> None:
    """From an empty NAS, whose very first check must not fail, to another keypair in place of the first one."""
    credential: dict[str, Any] = {
        "name": "archive",
        "sftp": {"host": "h", "user": "u", "private_key_name": "first"},
    }
    fleet.variables |= {
        "nas_ssh_keypairs": [{"name": "first", "generate": True}],
        "nas_cloud_credentials": [credential],
        "nas_cloud_credentials_host": [],
    }
    plan = fleet.play("provision", "--limit", "nas1", "--check", "--diff")
    assert plan.code == 0, plan.output[-3000:]
    assert "private_key_name: first" in plan.output or '"private_key_name": "first"' in plan.output
    assert fleet.play("provision", "--limit", "nas1").code == 0
    again = fleet.play("provision", "--limit", "nas1")
    assert not [line for line in again.results if line["result"].get("changed")]
    credential["sftp"]["private_key_name"] = "second"
    fleet.variables["nas_ssh_keypairs"] = [
        {"name": "first", "state": "absent"},
        {"name": "second", "generate": True},
    ]
    moved = fleet.play("provision", "--limit", "nas1", "--diff")
    assert moved.code == 0, moved.output[-3000:]
    writes = [call["method"] for call in boxes["nas1"].journal() if call["method"].endswith((".update", ".delete"))]
    assert writes == ["cloudsync.credentials.update", "keychaincredential.delete"]
    unknown = {**credential, "sftp": {"host": "h", "user": "u", "private_key_name": "third"}}
    fleet.variables["nas_cloud_credentials"] = [unknown]
    refused = fleet.play("provision", "--limit", "nas1", "--check")
    assert refused.code != 0
    assert "SSH keypair 'third' not found" in refused.output


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


def test_tasks_come_after_their_credentials_and_go_before_them(fleet: Fleet, boxes: Mapping[str, Simulator]) -> None:
    fleet.variables |= copy.deepcopy(TASKS)
    plan = fleet.play("provision", "--limit", "nas1", "--check", "--diff")
    assert plan.code == 0, plan.output[-3000:]
    assert not writes(boxes["nas1"])

    assert "Could not check the bucket" in plan.output
    fleet.variables["nas_cloud_buckets"] = []
    done = fleet.play("provision", "--limit", "nas1")
    assert done.code == 0, done.output[-3000:]
    written = [call["method"] for call in boxes["nas1"].journal() if call["method"].rpartition(".")[2] in WRITES]
    assert written == [
        "keychaincredential.create",
        *["cloudsync.credentials.create"] * 3,
        "cloudsync.create",
        "cloud_backup.create",
        "cloudsync.credentials.delete",
    ]
    again = fleet.play("provision", "--limit", "nas1")
    assert again.code == 0
    assert re.search(r"nas1 +: ok=\d+ +changed=0 ", again.output), again.output[-3000:]

    boxes["nas1"].clear_journal()
    fleet.variables |= {
        "nas_ssh_keypairs": [{"name": "archive", "state": "absent"}],
        "nas_cloud_credentials": TASKS["nas_cloud_credentials"][2:],
        "nas_cloud_sync_tasks": [],
        "nas_cloud_sync_tasks_host": [{"description": "documents", "state": "absent"}],
        "nas_cloud_backup_tasks": [],
        "nas_purge_tasks": True,
        "nas_purge_tasks_all": True,
    }
    planned = fleet.play("provision", "--limit", "nas1", "--check")
    assert planned.code == 0, planned.output[-3000:]
    assert not writes(boxes["nas1"])
    gone = fleet.play("provision", "--limit", "nas1")
    assert gone.code == 0, gone.output[-3000:]
    changed = [re.findall(r"nas1 +: ok=\d+ +changed=(\d+) ", run.output) for run in (planned, gone)]
    assert changed[0] == changed[1] == ["4"]
    written = [call["method"] for call in boxes["nas1"].journal() if call["method"].rpartition(".")[2] in WRITES]
    assert written == [
        "cloudsync.delete",
        "cloud_backup.delete",
        *["cloudsync.credentials.delete"] * 2,
        "keychaincredential.delete",
    ]


def test_a_bucket_comes_before_the_task_that_uses_it(ansible: Ansible, lab: Lab) -> None:
    with Simulator(rclone_environment={"SSL_CERT_FILE": str(lab.ca_file)}) as box:
        fleet = Fleet(ansible, {"nas1": box})
        fleet.variables |= {
            "nas_cloud_credentials": [{"name": "storj", "storj_ix": lab.storj_ix.client()["options"]}],
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
        planned = fleet.play("provision", "--check")
        assert planned.code == 0, planned.output[-3000:]
        assert "Could not check the bucket 'made-by-the-role'" in planned.output
        done = fleet.play("provision")
        assert done.code == 0, done.output[-3000:]
        written = [call["method"] for call in box.journal() if ".create" in call["method"]]
        assert written == ["cloudsync.credentials.create", "cloudsync.create_bucket", "cloudsync.create"]
        again = fleet.play("provision")
        assert re.search(r"nas1 +: ok=\d+ +changed=0 ", again.output), again.output[-3000:]


@pytest.mark.parametrize("playbook", ["provision", "audit", "export", "precompute_key"])
def test_a_misspelled_variable_is_refused_before_a_login(
    fleet: Fleet, boxes: Mapping[str, Simulator], playbook: str, tmp_path: Path
) -> None:
    fleet.variables["nas_audit_dest"] = str(tmp_path)
    run = fleet.play(playbook, "--limit", "nas1", "-e", "nas_purg=true")
    assert run.code == 2
    assert "nas_purg: is not a variable of the roles, but is similar to nas_purge" in run.output
    assert boxes["nas1"].journal() == []
