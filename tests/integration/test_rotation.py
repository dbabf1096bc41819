# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotating a secret over a fleet: one NAS after the other, with the old secret kept wherever the new one does not open."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer

from tests.integration.fleet import Fleet
from tests.integration.running import CANARY, Ansible, Run
from tests.lab import Lab
from tests.lab.ftp import Ftp
from tests.simulator import Simulator
from tests.unit.simulator.wire import Wire

ROLE = "nasops.truenas.cloud_credentials : "
SWAP, TOLD = f"{ROLE}Verify and replace the secrets", f"{ROLE}Show old secrets to revoke"
SUMMARY, STOP = f"{ROLE}Report which secret each NAS stores", f"{ROLE}Stop the rotation"
KEEP = "Do not revoke old secrets yet. These NAS systems might still use them:"
INFO = "nasops.truenas.cloud_credential_info"
OLD, NEW, WRONG = f"{CANARY}-old", f"{CANARY}-new", f"{CANARY}-wrong"
VERIFY, UPDATE = "cloudsync.credentials.verify", "cloudsync.credentials.update"
LIST = "cloudsync.list_buckets"
CREATE = "cloudsync.credentials.create"


class Picky(DummyAuthorizer):  # type: ignore[misc]  # pyftpdlib has no types
    """Takes the old password, and the new one until a NAS that it is wary of has stored it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.add_user("backup", OLD, str(folder))
        self.wary_of: Simulator | None = None

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        """Raise for a password that is not taken."""
        stored = self.wary_of is not None and writes(self.wary_of) > 0
        if username != "backup" or password not in ((OLD,) if stored else (OLD, NEW)):
            raise AuthenticationFailed("no")


@contextmanager
def three(lab: Lab) -> Iterator[dict[str, Simulator]]:
    """Run three NAS of different versions, whose rclone reaches all of the lab."""
    with ExitStack() as stack:
        yield {
            f"nas{number}": stack.enter_context(
                Simulator(version=version, login_limit=0, rclone_environment=lab.environment)
            )
            for number, version in enumerate(("26.0.0", "25.10.0", "25.04.2"), 1)
        }


@pytest.fixture
def boxes(lab: Lab) -> Iterator[dict[str, Simulator]]:
    """The three."""
    with three(lab) as boxes:
        yield boxes


def declared(ansible: Ansible, boxes: Mapping[str, Simulator], lab: Lab) -> Fleet:
    """Return the three with the old key of the lab's S3 server declared, and one that nobody rotates."""
    fleet = Fleet(ansible, boxes)
    fleet.variables["nas_update_secret"] = "on_create"  # which is not for a rotation
    fleet.variables |= {"nas_rotate": ["offsite"], "nas_cloud_credentials": [s3(lab.s3.options), idle("before")]}
    return fleet


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, lab: Lab) -> dict[str, list[dict[str, Any]]]:
    """What each of the three stores once it is provisioned."""
    with three(lab) as boxes:
        provisioned(declared(Ansible(tmp_path_factory.mktemp("provisioned")), boxes, lab), boxes)
        found = {}
        for name, box in boxes.items():
            with Wire(box) as wire:
                found[name] = wire.login().call("cloudsync.credentials.query")
        return found


@pytest.fixture
def fleet(
    ansible: Ansible, boxes: Mapping[str, Simulator], lab: Lab, rows: Mapping[str, list[dict[str, Any]]]
) -> Fleet:
    """The three where a rotation begins: they store what the playbook stored on others of their versions."""
    for name, box in boxes.items():
        with Wire(box) as wire:
            wire.login()
            for row in rows[name]:
                wire.call(CREATE, {"name": row["name"], "provider": row["provider"]})
        box.clear_journal()
    return declared(ansible, boxes, lab)


@pytest.fixture
def ftp(tmp_path: Path) -> Iterator[tuple[Ftp, Picky]]:
    """An FTP server, and who may log in."""
    server = Ftp()
    server.user, server.password = "backup", OLD
    (tmp_path / "files").mkdir()
    authorizer = Picky(tmp_path / "files")
    server.settings["authorizer"] = authorizer
    with server:
        yield server, authorizer


def s3(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the credential that is rotated."""
    return {"name": "offsite", "s3": dict(options)}


def idle(account: str) -> dict[str, Any]:
    """Return one that is not, and would be refused."""
    return {"name": "idle", "b2": {"account": account, "key": WRONG}}


def provisioned(fleet: Fleet, boxes: Mapping[str, Simulator]) -> None:
    """Bring the fleet to where a rotation begins."""
    run = fleet.play("provision")
    assert run.code == 0, run.output[-3000:]
    for box in boxes.values():
        box.clear_journal()


def rotated(fleet: Fleet, lab: Lab, *flags: str) -> Run:
    """Rotate to the next key, and look that neither secret of the server came out or stayed behind."""
    fleet.variables["nas_cloud_credentials"] = [s3(lab.s3.options | asdict(lab.s3.next_key)), idle("after")]
    run = fleet.play("rotate", *flags)
    left = [
        path.read_text(errors="replace")
        for path in fleet.folder.rglob("*")
        if path.is_file() and path.name != "hosts.yml"
    ]
    for key in (lab.s3.key, lab.s3.next_key):
        assert not any(key.secret_access_key in text for text in (run.output, *left))
    return run


def writes(box: Simulator) -> int:
    """Return how often a NAS was told to store, to change or to delete something."""
    return sum(call["method"].endswith((".create", ".update", ".delete")) for call in box.journal())


def summary(run: Run) -> list[str]:
    """Return the lines that the run ended with."""
    return list(run.named(SUMMARY)["msg"])


def stored(ansible: Ansible, boxes: Mapping[str, Simulator]) -> dict[str, dict[str, Any]]:
    """Return what each NAS stores under the name, and whether that opens its provider now."""
    run = ansible.play([{"name": "look", INFO: {"name": "offsite", "verify": "always"}}], boxes)
    return {name: dict(run.named("look", name)["credentials"][0]) for name in boxes}


def changes(run: Run) -> dict[str, int]:
    """Return how many changes the recap of a run counts for each NAS that it names."""
    recap = run.stdout.partition("PLAY RECAP")[2]
    return {name: int(count) for name, count in re.findall(r"(?m)^(\S+)\s+: ok=.* changed=(\d+)", recap)}


def opens_with(ansible: Ansible, boxes: Mapping[str, Simulator]) -> dict[str, tuple[str, str]]:
    """Return the key ID that each NAS stores, and whether it opens the provider."""
    return {
        name: (found["s3"]["access_key_id"], found["verification"]["state"])
        for name, found in stored(ansible, boxes).items()
    }


def test_a_new_key_goes_round_and_the_old_one_is_named(
    ansible: Ansible, fleet: Fleet, boxes: dict[str, Simulator], lab: Lab
) -> None:
    old, new = lab.s3.key.access_key_id, lab.s3.next_key.access_key_id
    plan = rotated(fleet, lab, "--check", "--limit", "nas1,nas2")
    assert plan.code == 0, plan.output[-3000:]
    assert (
        f"nas1: offsite: would get the new secret. Then revoke the previous secret_access_key (s3: access_key_id {old}"
        in (plan.named(TOLD, "nas1")["msg"][0])
    )
    assert summary(plan)[-2:] == ["nas3: was not part of this run.", "Check mode: nothing was changed."]
    assert not any(writes(box) for box in boxes.values())
    assert [call["method"] for call in boxes["nas1"].journal()].count(VERIFY) == 1
    assert not boxes["nas3"].journal()
    boxes["nas1"].clear_journal()

    change = rotated(fleet, lab, "--limit", "nas1,nas2")
    assert change.code == 0, change.output[-3000:]
    assert (
        f"nas2: offsite: has the new secret. Revoke the previous secret_access_key (s3: access_key_id {old}"
        in (change.named(TOLD, "nas2")["msg"][0])
    )
    assert summary(change)[-1] == f"{KEEP} nas3"
    calls = [call["method"] for call in boxes["nas1"].journal()]
    assert [call for call in calls if call in (VERIFY, UPDATE, LIST)] == [VERIFY, UPDATE, LIST]
    opened = {"nas1": (new, "valid"), "nas2": (new, "valid"), "nas3": (old, "valid")}
    assert opens_with(ansible, boxes) == opened

    rest = rotated(fleet, lab)
    assert [rest.named(SWAP, name)["changed"] for name in boxes] == [False, False, True]
    assert "nas1: offsite: nothing changed, because the new secret is already stored." in summary(rest)
    assert summary(rest)[-1] == "Every NAS has the new secrets. Revoke the old ones."


def test_one_that_is_refused_stops_it_and_the_old_one_still_opens(
    ansible: Ansible, fleet: Fleet, boxes: dict[str, Simulator], lab: Lab
) -> None:
    old, new = lab.s3.key.access_key_id, lab.s3.next_key.access_key_id
    wrong = {"access_key_id": new, "secret_access_key": WRONG}
    fleet.host_variables["nas2"]["nas_cloud_credentials_host"] = [
        {"name": "offsite", "s3": wrong, "on_inconclusive": "warn"}
    ]
    plan = rotated(fleet, lab, "--check")
    assert plan.code != 0
    assert changes(plan)["nas2"] == 0
    assert "nas2: offsite: would fail, and the NAS keeps the old secret" in summary(plan)[1]
    assert not any(writes(box) for box in boxes.values())
    assert not boxes["nas3"].journal()
    run = rotated(fleet, lab)
    assert run.code != 0
    failed = run.named(SWAP, "nas2")
    assert failed["credentials"][0]["verification"]["cause"] == "wrong_secret"
    assert "No changes were made" in failed["msg"]
    assert "run the playbook again" in run.named(STOP)["msg"]
    assert not boxes["nas3"].journal(), "not even a login"
    assert [writes(box) for box in boxes.values()] == [1, 0, 0]
    assert changes(run) == {"nas1": 1, "nas2": 0, "nas3": 0}
    opened = {"nas1": (new, "valid"), "nas2": (old, "valid"), "nas3": (old, "valid")}
    assert opens_with(ansible, boxes) == opened
    told = summary(run)
    assert "nas1: offsite: has the new secret" in told[0]
    assert "nas2: offsite: failed, and the NAS keeps the old secret: " in told[1]
    assert told[2] == "nas3: offsite: was not reached, and keeps its previous values."
    assert told[3] == f"{KEEP} nas2, nas3"

    for box in boxes.values():
        box.clear_journal()
    fleet.host_variables["nas2"].clear()
    again = rotated(fleet, lab)
    assert again.code == 0, again.output[-3000:]
    assert [writes(box) for box in boxes.values()] == [0, 1, 1]
    assert opens_with(ansible, boxes) == dict.fromkeys(boxes, (new, "valid"))


def test_one_that_no_longer_opens_once_stored_is_taken_back(
    ansible: Ansible, boxes: dict[str, Simulator], ftp: tuple[Ftp, Picky]
) -> None:
    server, authorizer = ftp
    fleet = Fleet(ansible, boxes)
    fleet.variables["nas_cloud_credentials"] = [{"name": "offsite", "ftp": server.options}]
    provisioned(fleet, boxes)
    fleet.variables["nas_cloud_credentials"] = [{"name": "offsite", "ftp": server.options | {"pass": NEW}}]
    authorizer.wary_of = boxes["nas2"]
    run = fleet.play("rotate", "-e", "nas_rotate=offsite")
    assert run.code != 0
    assert "Rolled back to the previous values." in run.named(SWAP, "nas2")["msg"]
    assert changes(run) == {"nas1": 1, "nas2": 0, "nas3": 0}
    told = summary(run)
    assert f"Revoke the previous pass (ftp: host 127.0.0.1, port {server.port}, user backup)." in told[0]
    assert "nas2: offsite: failed, and the NAS keeps the old secret" in told[1]
    assert told[3] == f"{KEEP} nas2, nas3"
    assert Counter(call["method"] for call in boxes["nas2"].journal())[UPDATE] == 2
    assert not boxes["nas3"].journal()
    states = {name: found["verification"]["state"] for name, found in stored(ansible, boxes).items()}
    assert states == {"nas1": "invalid", "nas2": "valid", "nas3": "valid"}, "only the old one opens by now"

    authorizer.wary_of = None
    again = fleet.play("rotate", "-e", "nas_rotate=offsite")
    assert again.code == 0, again.output[-3000:]
    assert [again.named(SWAP, name)["changed"] for name in boxes] == [False, True, True]


def test_several_at_a_time_stop_together(fleet: Fleet, boxes: dict[str, Simulator], lab: Lab) -> None:
    wrong = {"secret_access_key": WRONG}
    fleet.host_variables["nas1"]["nas_cloud_credentials_host"] = [{"name": "offsite", "s3": wrong}]
    run = rotated(fleet, lab, "-e", "nas_serial=2")
    assert run.code != 0
    assert [writes(box) for box in boxes.values()] == [0, 1, 0]
    assert changes(run) == {"nas1": 0, "nas2": 1, "nas3": 0}
    assert not boxes["nas3"].journal()
    assert "nas2: offsite: has the new secret. Revoke the previous" in summary(run)[1]
    assert summary(run)[-1] == f"{KEEP} nas1, nas3"


def test_a_nas_that_is_down_stops_it(ansible: Ansible, fleet: Fleet, boxes: dict[str, Simulator], lab: Lab) -> None:
    boxes["nas2"].stop()
    run = rotated(fleet, lab)
    assert run.code != 0
    assert "nas2: offsite: failed; could not determine whether the old or the new secret is stored" in summary(run)[1]
    assert not boxes["nas3"].journal()


def test_a_key_that_cannot_be_verified_is_not_swapped(ansible: Ansible, boxes: dict[str, Simulator], lab: Lab) -> None:
    token = {"access_token": NEW, "refresh_token": NEW, "expiry": "2030-01-01T00:00:00Z"}
    scoped = lab.s3.client()["scoped_options"]
    fleet = Fleet(ansible, boxes)
    fleet.variables |= {
        "nas_rotate": ["login", "offsite"],
        "nas_cloud_credentials": [
            {"name": "login", "box": {"token": token}},
            {"name": "offsite", "s3": scoped, "verify": "never", "on_inconclusive": "warn"},
        ],
    }
    run = fleet.play("rotate")
    assert run.code != 0
    login, offsite = (item["msg"] for item in run.named(SWAP, "nas1")["credentials"])
    assert "set verify_may_refresh: true" in login
    assert "set verify_bucket to it" in offsite
    assert not any(writes(box) for box in boxes.values())


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"nas_rotate": []}, "nas_rotate is empty"),
    "unknown names": (
        {"nas_rotate": ["offsite", "ofsite", "nowhere"]},
        "not declared for this NAS: ofsite, nowhere",
    ),
    "a mapping": ({"nas_rotate": {"a": 1}}, "nas_rotate"),
    "no number": ({"nas_timeout": "soon"}, "nas_timeout"),
    "an undefined variable": (
        {"nas_cloud_credentials_host": [{"name": "offsite", "s3": {"region": "{{ vault_nothing }}"}}]},
        "vault_nothing",
    ),
    "no secret": (
        {"nas_cloud_credentials": [s3({"region": "x", "secret_access_key": "{{ vault_nothing | default(omit) }}"})]},
        "declare neither a secret nor a keypair for this NAS: offsite. Declare their new secrets",
    ),
}


def test_an_impossible_request_is_reported_before_anything_is_sent(
    fleet: Fleet, boxes: dict[str, Simulator], lab: Lab
) -> None:
    for case, (variables, says) in REFUSED.items():
        fleet.host_variables["nas3"] = dict(variables)
        run = rotated(fleet, lab)
        assert run.code != 0, case
        assert says in run.output, case
        assert not any(box.journal() for box in boxes.values()), f"{case}: the others neither"


def test_a_nas_that_is_to_have_none_keeps_the_old_secret_until_it_is_gone(
    fleet: Fleet, boxes: dict[str, Simulator], lab: Lab
) -> None:
    fleet.host_variables["nas2"]["nas_cloud_credentials_host"] = [{"name": "offsite", "state": "absent"}]
    run = rotated(fleet, lab)
    assert run.code == 0, run.output[-3000:]
    assert "nas2: offsite: declared absent, but still stored with its old secret" in run.named(TOLD, "nas2")["msg"][0]
    assert not writes(boxes["nas2"])
    assert summary(run)[-1] == f"{KEEP} nas2"

    provisioned(fleet, boxes)
    again = rotated(fleet, lab)
    assert again.code == 0, again.output[-3000:]
    assert again.named(TOLD, "nas2")["msg"] == ["nas2: offsite: declared absent, and does not exist."]
    assert summary(again)[-1].startswith("Nothing changed: every NAS already had the declared secrets.")


def test_another_credential_with_the_old_secret_is_named(
    ansible: Ansible, boxes: dict[str, Simulator], lab: Lab
) -> None:
    fleet = Fleet(ansible, {"nas1": boxes["nas1"]})
    twin = {**s3(lab.s3.options), "name": "twin"}
    fleet.variables |= {"nas_rotate": "offsite", "nas_cloud_credentials": [s3(lab.s3.options), twin]}
    provisioned(fleet, {"nas1": boxes["nas1"]})
    fleet.variables["nas_cloud_credentials"] = [s3(lab.s3.options | asdict(lab.s3.next_key)), twin]
    run = fleet.play("rotate")
    assert run.code == 0, run.output[-3000:]
    assert "Revoke the previous secret_access_key" in summary(run)[0]
    assert "when it is no longer used by twin on this NAS" in summary(run)[0]
    assert summary(run)[-1] == f"{KEEP} nas1"


def test_a_keypair_is_rotated_while_the_old_one_exists(ansible: Ansible) -> None:
    """As the documentation has it: another keypair, which the server learns before the old one goes."""
    with Lab(["sshd"]) as lab, Simulator() as box:
        fleet = Fleet(ansible, {"nas1": box})
        known = lab.sshd.folder / "authorized_keys"

        def declare(*keypairs: str) -> None:
            sftp = {"host": lab.sshd.host, "port": lab.sshd.port, "user": lab.sshd.user}
            named = {**sftp, "private_key_name": keypairs[-1]}
            fleet.variables["nas_ssh_keypairs"] = [{"name": name, "generate": True} for name in keypairs]
            fleet.variables["nas_cloud_credentials"] = [{"name": "offsite", "sftp": named}]
            assert fleet.play("provision", "--tags", "ssh_keypairs").code == 0

        def learn(keypair: str) -> None:
            with Wire(box) as wire:
                [row] = wire.login().call("keychaincredential.query", [["name", "=", keypair]])
            known.write_text(known.read_text() + row["attributes"]["public_key"])

        known.write_text("")
        declare("first")
        learn("first")
        assert fleet.play("provision").code == 0
        fleet.variables["nas_rotate"] = "offsite"
        declare("first", "second")
        refused = fleet.play("rotate")
        assert refused.code != 0
        assert "the NAS keeps the old secret" in refused.output
        learn("second")
        rotated = fleet.play("rotate")
        assert rotated.code == 0, rotated.output[-3000:]
        [told] = rotated.named(TOLD)["msg"]
        assert "the previous private_key (sftp: " in told
        assert "private_key_name first" in told
        fleet.variables["nas_ssh_keypairs"] = [{"name": "first", "state": "absent"}, {"name": "second"}]
        assert fleet.play("provision").code == 0
        assert [call["method"] for call in box.journal() if ".delete" in call["method"]] == [
            "keychaincredential.delete"
        ]
