# SPDX-License-Identifier: GPL-3.0-or-later
"""Equality on a server that lives: it renews tokens, others write to it, replies get lost, and tasks use what is stored."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import facts
from tests.integration.running import Ansible, secret
from tests.simulator import Simulator

MODULE = "nasops.truenas.cloud_credential"
SET = "nasops.truenas.cloud_credentials"
INFO = "nasops.truenas.cloud_credential_info"
CREATE = "cloudsync.credentials.create"

versions = pytest.mark.parametrize("version", facts.VERSIONS)


def token(expiry: str, number: int) -> dict[str, str]:
    """Return a token that expires at that time."""
    return {"access_token": secret(number), "refresh_token": secret(number + 1), "expiry": expiry}


EARLY, LATE = token("2026-01-01T00:00:00Z", 10), token("2026-09-01T00:00:00Z", 20)
BOX = {"type": "BOX", "client_id": "", "client_secret": "", "token": json.dumps(LATE, indent=2)}
B2 = {"type": "B2", "account": "a", "key": secret(30)}
FTP = {"host": "h", "user": "u", "pass": secret(31)}


def seed(**more: Any) -> dict[str, Any]:
    """Return what a NAS starts with."""
    return {
        "credentials": [
            {"id": 1, "name": "drive", "provider": BOX},
            {"id": 2, "name": "old", "provider": B2},
            {"id": 3, "name": "other", "provider": B2},
        ],
        **more,
    }


def task(title: str, **options: Any) -> dict[str, Any]:
    """Return a task that may fail."""
    return {"name": title, MODULE: options, "ignore_errors": True}


@versions
def test_a_token_that_the_nas_has_refreshed_stays(ansible: Ansible, version: str) -> None:
    mine: dict[str, Any] = {"name": "drive", "box": {"token": "{{ early }}"}}
    tasks = [
        task("kept", **mine),
        task("on create", **mine, update_token="on_create"),
        task("secrets", **mine, update_secret="on_create", update_token="always"),
        {**task("predicted", **mine, update_token="always"), "check_mode": True},
        task("same", name="drive", box={"token": "{{ late }}"}),
        task("always", **mine, update_token="always"),
        task("newer", name="drive", box={"token": "{{ late }}"}),
    ]
    with Simulator(version=version.removeprefix("v"), seed=seed()) as nas:
        run = ansible.play(tasks, nas, variables={"early": EARLY, "late": LATE})
    found = {line["task"]: line["result"] for line in run.results}
    assert found["kept"]["kept_reasons"] == ["token (refreshed by the NAS)"]
    assert found["on create"]["kept_reasons"] == ["token (update_token is on_create)"]
    assert found["secrets"]["kept_reasons"] == ["token (update_secret is on_create)"]
    changed = {name for name, result in found.items() if result["changed"]}
    assert changed == {"predicted", "always", "newer"}
    assert [found[name]["drift"] for name in ("kept", "predicted", "same")] == ["none", "found", "none"]


def test_one_token_for_two_nas_is_noticed(ansible: Ansible) -> None:
    give = {"name": "give", MODULE: {"name": "mine", "box": {"token": "{{ early }}"}}}
    with Simulator() as one, Simulator(login_limit=0) as two:
        run = ansible.play([give], {"nas1": one, "nas2": two}, variables={"early": EARLY})
    assert run.code == 0, run.output[-3000:]
    assert " ".join(run.output.split()).count("Get a separate token for each NAS") == 1


@versions
def test_a_reader_is_told_what_it_cannot_see(ansible: Ansible, version: str) -> None:
    tasks = [
        {**task("one", name="old", b2={"account": "b"}), "check_mode": True},
        {"name": "set", SET: {"credentials": [{"name": "old", "b2": {"account": "b"}}]}, "check_mode": True},
        {**task("apply", name="new", b2={"account": "b", "key": "{{ key }}"}), "ignore_errors": True},
        {**task("hidden", name="old", b2={"account": "b"}), "ignore_errors": True},
        task("nothing", name="old", b2={}),
    ]
    with Simulator(version=version.removeprefix("v"), seed=seed()) as nas:
        run = ansible.play(tasks, nas, api_key=nas.read_only_api_key, variables={"key": secret(30)})
        writes = [call for call in nas.journal() if call["method"].endswith((".create", ".update", ".delete"))]
    assert (run.named("one")["drift"], run.named("one")["changed"]) == ("unknown", False)
    assert (run.named("set")["drift"], run.named("set")["credentials"][0]["drift"]) == ("unknown", "unknown")
    assert "CLOUD_SYNC_WRITE" in run.named("apply")["msg"]
    assert "needs the role CLOUD_SYNC_WRITE for these changes: 'old' (compare account)" in run.named("hidden")["msg"]
    assert (run.named("nothing").get("failed", False), run.named("nothing")["changed"]) == (False, False)
    assert writes == []


BRINGS = {"s3": "26.0.0", "storj": "25.04.2", "mega": "25.10.0"}


@versions
def test_what_a_version_lacks_is_refused_with_the_version(ansible: Ansible, version: str) -> None:
    keys = {"access_key_id": "A", "secret_access_key": "{{ key }}"}
    tasks = [
        task("s3", name="s3", s3={**keys, "provider": "AWS"}),
        task("storj", name="storj", storj_ix={**keys, "endpoint": "https://g.example"}),
        task("mega", name="mega", mega={"user": "u", "pass": "{{ key }}"}),
        task("hubic", name="hubic", hubic={"token": "{{ key }}"}),
    ]
    with Simulator(version=version.removeprefix("v")) as nas:
        run = ansible.play(tasks, nas, variables={"key": secret(30)})
        created = [call for call in nas.journal() if call["method"] == CREATE]
    known = {name for name, since in BRINGS.items() if f"v{since}" <= version}
    for name, since in BRINGS.items():
        if name in known:
            assert run.named(name)["action"] == "created"
        else:
            assert f"requires TrueNAS {since} or later, but this NAS runs {version[1:]}" in run.named(name)["msg"]
    assert len(created) == len(known) + 1
    told = " ".join(run.output.split())
    assert "Hubic: the service was shut down" in told
    assert ("Mega: the NAS stores the credential but no longer supports" in told) is ("mega" in known)


@versions
def test_an_older_api_reads_but_does_not_reset_what_it_hides(ansible: Ansible, version: str) -> None:
    declared = {"access_key_id": "A", "secret_access_key": "{{ key }}"}
    pin = {"api_version": "v25.04.0"}
    tasks = [
        task("create", name="s3", s3=declared),
        task("read", name="s3", s3=declared, **pin),
        task("update", name="s3", s3={"region": "r"}, **pin),
        task("storj", name="storj", storj_ix={**declared, "endpoint": "https://g.example"}, **pin),
        task("nowhere", name="s3", s3=declared, api_version="v25.03.0"),
        task("unknown", name="s3", s3=declared, api_version="v99.10.0"),
    ]
    with Simulator(version=version.removeprefix("v")) as nas:
        run = ansible.play(tasks, nas, variables={"key": secret(30)})
    assert run.named("create")["action"] == "created"
    assert (run.named("read")["action"], run.named("read")["drift"]) == ("none", "none")
    # From 25.10 on, the older path does not say which version the NAS is, so any newer field might be reset.
    if version < "v25.10":
        assert run.named("update")["action"] == "updated"
    else:
        assert "api_version: 25.04.0 hides provider, force_path_style" in run.named("update")["msg"]
    older = "this NAS runs 25.04.0" if version == "v25.04.0" else "api_version is older"
    assert f"storj_ix.endpoint: requires TrueNAS 25.04.2 or later, but {older}" in run.named("storj")["msg"]
    assert "api_version: must be an API version" in run.named("nowhere")["msg"]
    assert "support this api_version" in run.named("unknown")["msg"]


@versions
def test_tasks_keep_what_they_use(ansible: Ansible, version: str) -> None:
    tasks = [
        task("type", name="old", ftp="{{ ftp }}"),
        task("gone", name="old", state="absent"),
        task("nowhere", name="old", state="absent", replace_with="Other"),
        {**task("predicted", name="old", state="absent", replace_with="other"), "check_mode": True},
        task("moved", name="old", state="absent", replace_with="other"),
        task("again", name="old", state="absent", replace_with="other"),
        task("allowed", name="other", ftp="{{ ftp }}", allow_type_change=True),
    ]
    # A backup task needs one of the two providers that have backups, and moves to another of its kind.
    storj = {"type": "STORJ_IX", "access_key_id": "a", "secret_access_key": secret(32)}
    used = {
        "credentials": [{"id": 2, "name": "old", "provider": storj}, {"id": 3, "name": "other", "provider": storj}],
        "cloud_sync": [{"id": 4, "description": "nightly", "credentials": 2}],
        "cloud_backup": [{"id": 5, "description": "weekly", "credentials": 2}],
    }
    with Simulator(version=version.removeprefix("v"), seed=seed(**used)) as nas:
        run = ansible.play(tasks, nas, variables={"ftp": FTP})
        moves = [call["method"] for call in nas.journal() if call["method"].endswith(("sync.update", "backup.update"))]
    for refused in ("type", "gone"):
        assert "cloud sync task 'nightly' (id 4), cloud backup task 'weekly' (id 5)" in run.named(refused)["msg"]
    assert "Did you mean 'other'?" in run.named("nowhere")["msg"]
    assert run.named("predicted")["diff"] == run.named("moved")["diff"]
    assert [user["id"] for user in run.named("moved")["moved_tasks"]] == [4, 5]
    assert moves == ["cloudsync.update", "cloud_backup.update"]
    assert run.named("again")["changed"] is False
    assert run.named("allowed")["changed"] is True


LOST = ["reset-before-reply:2", "reset-after-reply:2", "no-reply:2"]
CASES = [*((version, "here") for version in facts.VERSIONS), ("v26.0.0", "process")]


@pytest.mark.parametrize(("version", "way"), CASES)
@pytest.mark.parametrize("fault", LOST)
def test_a_lost_reply_is_looked_after(ansible: Ansible, version: str, fault: str, way: str) -> None:
    create = {
        "name": "create",
        MODULE: {"name": "files", "ftp": "{{ ftp }}", "timeout": 3},
        **({"environment": {"WHICH_WAY": "module"}} if way == "process" else {}),
    }
    with Simulator(version=version.removeprefix("v"), faults=[fault]) as nas:
        run = ansible.play([create, {"name": "all", INFO: {}}], nas, variables={"ftp": FTP})
        assert run.code == 0, run.output[-3000:]
        assert [call["method"] for call in nas.journal()].count(CREATE) == 1
    assert run.named("create")["action"] == "created"
    assert [entry["id"] for entry in run.named("all")["credentials"]] == [run.named("create")["credential"]["id"]]


@versions
def test_two_runs_at_once_end_in_one_credential(ansible: Ansible, version: str) -> None:
    names = [f"item {number}" for number in range(6)]
    create = {"name": "create", SET: {"credentials": [{"name": name, "ftp": "{{ ftp }}"} for name in names]}}
    with Simulator(version=version.removeprefix("v")) as nas:
        others = [Ansible(ansible.folder / f"{number}") for number in range(2)]
        with ThreadPoolExecutor() as pool:
            runs = list(pool.map(lambda one: one.play([create], nas, variables={"ftp": FTP}), others))
        after = ansible.play([create, {"name": "all", INFO: {}}], nas, variables={"ftp": FTP})
    assert after.code == 0, after.output[-3000:]
    assert after.named("create")["changed"] is False
    assert [entry["name"] for entry in after.named("all")["credentials"]] == names
    assert any(run.code == 0 for run in runs)
