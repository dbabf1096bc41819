# SPDX-License-Identifier: GPL-3.0-or-later
"""Equality on a server that lives: it renews tokens, others write to it, replies get lost, and tasks use what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from tests import facts
from tests.integration.running import Ansible, secret
from tests.simulator import Simulator

MODULE = "nasops.truenas.cloud_credential"
SET = "nasops.truenas.cloud_credentials"
INFO = "nasops.truenas.cloud_credential_info"
CREATE = "cloudsync.credentials.create"


@contextmanager
def each_version(**how: Any) -> Iterator[dict[str, Simulator]]:
    """Run a NAS of each version. One run with all of them costs hardly more than with one."""
    with ExitStack() as stack:
        yield {
            version: stack.enter_context(Simulator(version=version.removeprefix("v"), **how))
            for version in facts.VERSIONS
        }


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


def test_a_token_that_the_nas_has_refreshed_stays(ansible: Ansible) -> None:
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
    with each_version(seed=seed()) as fleet:
        run = ansible.play(tasks, fleet, variables={"early": EARLY, "late": LATE})
    for version in fleet:
        found = {line["task"]: line["result"] for line in run.results if line["host"] == version}
        assert found["kept"]["kept_reasons"] == ["token (refreshed by the NAS)"], version
        assert found["on create"]["kept_reasons"] == ["token (update_token is on_create)"], version
        assert found["secrets"]["kept_reasons"] == ["token (update_secret is on_create)"], version
        changed = {name for name, result in found.items() if result["changed"]}
        assert changed == {"predicted", "always", "newer"}, version
        drifts = [found[name]["drift"] for name in ("kept", "predicted", "same")]
        assert drifts == ["none", "found", "none"], version


def test_one_token_for_two_nas_is_noticed(ansible: Ansible) -> None:
    give = {"name": "give", MODULE: {"name": "mine", "box": {"token": "{{ early }}"}}}
    with Simulator() as one, Simulator(login_limit=0) as two:
        run = ansible.play([give], {"nas1": one, "nas2": two}, variables={"early": EARLY})
    assert run.code == 0, run.output[-3000:]
    assert " ".join(run.output.split()).count("Get a separate token for each NAS") == 1


def test_a_reader_learns_what_is_hidden(ansible: Ansible) -> None:
    tasks = [
        {**task("one", name="old", b2={"account": "b"}), "check_mode": True},
        {"name": "set", SET: {"credentials": [{"name": "old", "b2": {"account": "b"}}]}, "check_mode": True},
        {**task("apply", name="new", b2={"account": "b", "key": "{{ key }}"}), "ignore_errors": True},
        {**task("hidden", name="old", b2={"account": "b"}), "ignore_errors": True},
        task("nothing", name="old", b2={}),
    ]
    with each_version(seed=seed()) as fleet:
        run = ansible.play(tasks, fleet, api_key=Simulator.read_only_api_key, variables={"key": secret(30)})
        journals = {version: nas.journal() for version, nas in fleet.items()}
    for version, journal in journals.items():
        found = {line["task"]: line["result"] for line in run.results if line["host"] == version}
        assert (found["one"]["drift"], found["one"]["changed"]) == ("unknown", False), version
        assert (found["set"]["drift"], found["set"]["credentials"][0]["drift"]) == ("unknown", "unknown"), version
        assert "CLOUD_SYNC_WRITE" in found["apply"]["msg"], version
        refusal = "needs the role CLOUD_SYNC_WRITE for these changes: 'old' (compare account)"
        assert refusal in found["hidden"]["msg"], version
        assert (found["nothing"].get("failed", False), found["nothing"]["changed"]) == (False, False), version
        assert [call for call in journal if call["method"].endswith((".create", ".update", ".delete"))] == [], version


BRINGS = {"s3": "26.0.0", "storj": "25.04.2", "mega": "25.10.0"}


def test_what_a_version_lacks_is_refused_with_the_version(ansible: Ansible) -> None:
    keys = {"access_key_id": "A", "secret_access_key": "{{ key }}"}
    tasks = [
        task("s3", name="s3", s3={**keys, "provider": "AWS"}),
        task("storj", name="storj", storj_ix={**keys, "endpoint": "https://g.example"}),
        task("mega", name="mega", mega={"user": "u", "pass": "{{ key }}"}),
        task("hubic", name="hubic", hubic={"token": "{{ key }}"}),
    ]
    with each_version() as fleet:
        run = ansible.play(tasks, fleet, variables={"key": secret(30)})
        journals = {version: nas.journal() for version, nas in fleet.items()}
    for version, journal in journals.items():
        known = {name for name, since in BRINGS.items() if f"v{since}" <= version}
        for name, since in BRINGS.items():
            result = run.named(name, version)
            if name in known:
                assert result["action"] == "created", version
            else:
                assert f"requires TrueNAS {since} or later, but this NAS runs {version[1:]}" in result["msg"]
        assert len([call for call in journal if call["method"] == CREATE]) == len(known) + 1, version
        told = run.warnings(version)
        assert "Hubic: the service was shut down" in told, version
        assert ("Mega: the NAS stores the credential but no longer supports" in told) is ("mega" in known), version
    assert "Hubic: the service was shut down" in " ".join(run.output.split())


def test_an_older_api_reads_but_does_not_reset_what_it_hides(ansible: Ansible) -> None:
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
    with each_version() as fleet:
        run = ansible.play(tasks, fleet, variables={"key": secret(30)})
    for version in fleet:
        found = {line["task"]: line["result"] for line in run.results if line["host"] == version}
        assert found["create"]["action"] == "created", version
        assert (found["read"]["action"], found["read"]["drift"]) == ("none", "none"), version
        # From 25.10 on, the older path does not say which version the NAS is, so any newer field might be reset.
        if version < "v25.10":
            assert found["update"]["action"] == "updated", version
        else:
            assert "api_version: 25.04.0 hides provider, force_path_style" in found["update"]["msg"], version
        older = "this NAS runs 25.04.0" if version == "v25.04.0" else "api_version is older"
        lacking = f"storj_ix.endpoint: requires TrueNAS 25.04.2 or later, but {older}"
        assert lacking in found["storj"]["msg"], version
        assert "api_version: must be an API version" in found["nowhere"]["msg"], version
        assert "support this api_version" in found["unknown"]["msg"], version


def test_tasks_keep_what_they_use(ansible: Ansible) -> None:
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
    with each_version(seed=seed(**used)) as fleet:
        run = ansible.play(tasks, fleet, variables={"ftp": FTP})
        journals = {version: nas.journal() for version, nas in fleet.items()}
    for version, journal in journals.items():
        found = {line["task"]: line["result"] for line in run.results if line["host"] == version}
        for refused in ("type", "gone"):
            users = "cloud sync task 'nightly' (id 4), cloud backup task 'weekly' (id 5)"
            assert users in found[refused]["msg"], version
        assert "Did you mean 'other'?" in found["nowhere"]["msg"], version
        assert found["predicted"]["diff"] == found["moved"]["diff"], version
        assert [user["id"] for user in found["moved"]["moved_tasks"]] == [4, 5], version
        moves = [call["method"] for call in journal if call["method"].endswith(("sync.update", "backup.update"))]
        assert moves == ["cloudsync.update", "cloud_backup.update"], version
        assert found["again"]["changed"] is False, version
        assert found["allowed"]["changed"] is True, version


LOST = ["reset-before-reply", "reset-after-reply", "no-reply"]


def test_a_lost_reply_is_looked_after(ansible: Ansible, way: dict[str, Any]) -> None:
    """The second call is the one that creates. The timeout leaves time for the logins of all."""
    create = {"name": "create", MODULE: {"name": "files", "ftp": "{{ ftp }}", "timeout": 10}, **way}
    versions = ["v26.0.0"] if way else [*facts.VERSIONS]
    with ExitStack() as stack:
        fleet = {
            f"{version}-{fault}": stack.enter_context(
                Simulator(version=version.removeprefix("v"), faults=[f"{fault}:2"])
            )
            for version in versions
            for fault in LOST
        }
        run = ansible.play([create, {"name": "all", INFO: {}}], fleet, variables={"ftp": FTP})
        journals = {host: nas.journal() for host, nas in fleet.items()}
    assert run.code == 0, run.output[-3000:]
    for host, journal in journals.items():
        created = run.named("create", host)
        assert [call["method"] for call in journal].count(CREATE) == 1, host
        assert created["action"] == "created", host
        assert [entry["id"] for entry in run.named("all", host)["credentials"]] == [created["credential"]["id"]], host


def test_two_runs_at_once_end_in_one_credential(ansible: Ansible) -> None:
    names = [f"item {number}" for number in range(6)]
    create = {"name": "create", SET: {"credentials": [{"name": name, "ftp": "{{ ftp }}"} for name in names]}}
    with each_version() as fleet:
        others = [Ansible(ansible.folder / f"{number}") for number in range(2)]
        with ThreadPoolExecutor() as pool:
            runs = list(pool.map(lambda one: one.play([create], fleet, variables={"ftp": FTP}), others))
        after = ansible.play([create, {"name": "all", INFO: {}}], fleet, variables={"ftp": FTP})
    assert after.code == 0, after.output[-3000:]
    for version in fleet:
        assert after.named("create", version)["changed"] is False, version
        assert [entry["name"] for entry in after.named("all", version)["credentials"]] == names, version
        ended = [line for run in runs for line in run.results if line["host"] == version]
        assert len(ended) == len(runs), version
        assert not all(line["failed"] for line in ended), version
