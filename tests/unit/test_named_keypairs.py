# SPDX-License-Identifier: GPL-3.0-or-later
"""Keypairs by name: found, missing, pending, and made by the NAS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.credential.change import CredentialPlan, with_new_keypair
from ansible_collections.nasops.truenas.plugins.module_utils.credential.keypair_reference import (
    PENDING_ID,
    KeypairRef,
    names,
)
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.engine.change import UPDATED
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import Refused
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.stored import StoredKeypair, read
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import sftp
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import masked
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults, fresh_kind
from tests.unit.tasks import task_of_set as task_of_many
from tests.unit.test_many import item

SFTP = {"host": "h", "user": "u"}
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
KEY_TEXT = "-----BEGIN OPENSSH PRIVATE KEY-----\nhush\n-----END OPENSSH PRIVATE KEY-----"


def keypair(number: int, name: str, kind: str = "SSH_KEY_PAIR") -> dict[str, Any]:
    """Return an entry of the keychain."""
    return {"id": number, "name": name, "type": kind, "attributes": {"private_key": "hush", "public_key": PUBLIC}}


class Keychain(FakeNas):
    """A NAS with these keypairs, which makes others when asked."""

    def __init__(self, *keychain: dict[str, Any], **answers: Any) -> None:
        super().__init__()
        self.keychain = list(keychain)
        self.answers |= {
            "keychaincredential.query": lambda *asked: [*self.keychain],
            "keychaincredential.generate_ssh_key_pair": {"private_key": "hush", "public_key": PUBLIC},
            "keychaincredential.create": self.store,
            **answers,
        }

    def store(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Store a keypair under the next number."""
        self.keychain.append({**payload, "id": 1 + max((entry["id"] for entry in self.keychain), default=40)})
        return self.keychain[-1]


def task(**sftp: Any) -> spec.DesiredCredential:
    """Return what a task with these fields wants, the rest at Ansible's defaults."""
    options = {name: sftp.pop(name) for name in [*sftp] if name in ARGUMENTS}
    return spec.read({"name": "archive", **defaults(ARGUMENTS), "sftp": {**SFTP, **sftp}, **options})


def run(nas: FakeNas, check: bool = False, pending: tuple[str, ...] = (), **sftp: Any) -> dict[str, Any]:
    """Run a task and return its result, having looked for the key in it."""
    changes = {"pending_keypairs": [{"name": name} for name in pending]}
    result = ensure(fresh_kind(), task(**sftp), Nas(nas), check, changes)
    assert "hush" not in json.dumps(result)
    return result


def stored(nas: FakeNas) -> Any:
    """Return the number that the one credential has stored."""
    return nas.entries[1]["provider"]["private_key"]


def test_the_name_is_looked_up_and_shown() -> None:
    nas = Keychain(keypair(6, "other"), keypair(7, "backup"))
    result = run(nas, private_key_name="backup")
    assert stored(nas) == 7
    assert result["credential"]["sftp"]["private_key_name"] == "backup"
    assert "private_key" not in result["credential"]["sftp"]
    assert nas.calls.count("keychaincredential.query") == 1
    nas.calls.clear()
    again = run(nas, private_key_name="backup")
    assert (again["changed"], again["diff"]["before"]) == (False, again["diff"]["after"])
    assert nas.calls == ["cloudsync.credentials.query", "keychaincredential.query"]


def test_another_keypair_shows_names_in_the_diff() -> None:
    nas = Keychain(keypair(6, "old"), keypair(7, "new"))
    run(nas, private_key_name="old")
    result = run(nas, private_key_name="new")
    assert result["changed_fields"] == ["private_key"]
    shown = [result["diff"][side]["sftp"]["private_key_name"] for side in ("before", "after")]
    assert shown == ["old", "new"]
    assert result["replaced"]["identified_by"]["private_key_name"] == "old"
    assert run(nas, private_key=7)["credential"]["sftp"]["private_key"] == 7, "a number is shown as one"


def test_a_keypair_in_place_of_a_password_is_shown_by_its_name_alone() -> None:
    nas = Keychain(keypair(6, "backup"))
    run(nas, False, (), **{"pass": "hush"})
    diff = run(nas, private_key_name="backup")["diff"]
    assert (diff["before"]["sftp"]["private_key"], "private_key" in diff["after"]["sftp"]) == (None, False)
    assert diff["after"]["sftp"]["private_key_name"] == "backup"


def test_one_made_anew_under_its_name_is_a_change() -> None:
    nas = Keychain(keypair(6, "backup"))
    run(nas, private_key_name="backup")
    nas.keychain = [keypair(9, "backup")]
    result = run(nas, private_key_name="backup")
    assert stored(nas) == 9
    assert result["diff"]["before"]["sftp"]["private_key"] == 6, "which has no name any more"


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("keychain", "told"),
    [
        (
            (),
            r"private_key_name: SSH keypair 'backup' not found\. Create it with ssh_keypair, or set generate_private_key: true",
        ),
        ((keypair(1, "Back up"),), r"Did you mean 'Back up'\?"),
        (
            (keypair(1, "backup", "SSH_CREDENTIALS"),),
            r"^sftp.private_key_name: 'backup' is the name of an SSH connection",
        ),
        (
            (keypair(1, "backup"), keypair(2, "backup")),
            r"^sftp.private_key_name: the NAS has 2 keychain entries named 'backup'",
        ),
    ],
    ids=["missing", "alike", "connection", "twice"],
)
def test_a_name_that_is_no_keypair_fails_in_check_mode_too(
    keychain: tuple[dict[str, Any], ...], told: str, check: bool
) -> None:
    nas = Keychain(*keychain)
    with pytest.raises(errors.InvalidInput, match=told):
        run(nas, check, private_key_name="backup")
    assert nas.writes == []


def test_an_entry_that_cannot_be_read_is_named() -> None:
    nas = Keychain({"id": "7", "name": "backup"})
    with pytest.raises(errors.ServerFault, match=r"list of keychain entries .* row 1 \(id '7', name 'backup'\)"):
        run(nas, private_key_name="backup")


@pytest.mark.parametrize(("rows", "rest"), [(5, ""), (7, " and 2 more")])
def test_of_many_entries_that_cannot_be_read_the_first_five_are_named(rows: int, rest: str) -> None:
    nas = Keychain(*({"id": str(number), "name": "x"} for number in range(rows)))
    with pytest.raises(errors.ServerFault) as caught:
        run(nas, private_key_name="backup")
    assert f"row 5 (id '4', name 'x'), field id{rest}. Check" in str(caught.value)


def test_an_answer_that_is_no_list_of_entries_is_described() -> None:
    with pytest.raises(errors.ServerFault, match="did not answer with a list of keychain entries"):
        run(Keychain(**{"keychaincredential.query": "busy"}), private_key_name="backup")


def test_a_pending_one_is_taken_for_there_in_check_mode_only() -> None:
    nas = Keychain()
    result = run(nas, True, ("backup",), private_key_name="backup")
    assert result["action"] == "created"
    assert result["credential"]["sftp"]["private_key_name"] == "backup"
    assert "generated_keypair" not in result
    with pytest.raises(errors.InvalidInput, match=r"SSH keypair 'backup' not found"):
        run(nas, False, ("backup",), private_key_name="backup")
    assert nas.writes == []


def test_the_nas_makes_one_once() -> None:
    nas = Keychain()
    wanted: dict[str, Any] = {"private_key_name": "backup", "generate_private_key": True}
    planned = run(nas, True, **wanted)
    assert (nas.writes, planned["warnings"]) == ([], [])
    done = run(nas, **wanted)
    assert [call for call in nas.calls if "generate" in call or call in nas.writes] == [
        "keychaincredential.generate_ssh_key_pair",
        "keychaincredential.create",
        "cloudsync.credentials.create",
    ]
    assert stored(nas) == 41
    assert (planned["diff"], planned["changed_fields"]) == (done["diff"], done["changed_fields"])
    assert done["diff"]["after"]["ssh_keypair"] == {"name": "backup"}
    assert planned["generated_keypair"] == {
        "id": None,
        "name": "backup",
        "public_key": None,
        "type": None,
        "fingerprint": None,
    }
    assert (done["generated_keypair"]["id"], done["generated_keypair"]["public_key"]) == (41, PUBLIC)
    again = run(nas, **wanted)
    assert again["changed"] is False
    assert "generated_keypair" not in again


@pytest.mark.parametrize("on_inconclusive", ["warn", "fail", "fail_unless_valid"])
def test_what_is_still_to_be_made_is_not_verified_by_a_check(on_inconclusive: str) -> None:
    nas = Keychain()
    result = run(
        nas,
        True,
        private_key_name="backup",
        generate_private_key=True,
        verify="always",
        verify_by="both",
        on_inconclusive=on_inconclusive,
    )
    assert result["verification"]["state"] == "skipped"
    again = run(nas, True, private_key_name="backup", generate_private_key=True, verify="always", verify_again=True)
    assert again["action"] == "created"
    assert "does not exist yet" in result["verification"]["error"]
    assert "cloudsync.credentials.verify" not in nas.calls


def test_the_keypair_stays_if_the_far_side_does_not_know_it_yet() -> None:
    asked: list[Any] = []

    def refuse(candidate: dict[str, Any]) -> dict[str, Any]:
        asked.append(candidate["private_key"])
        return {"valid": False, "error": "ssh: handshake failed: ssh: unable to authenticate", "excerpt": None}

    nas = Keychain(**{"cloudsync.credentials.verify": refuse})
    wanted: dict[str, Any] = {"private_key_name": "backup", "generate_private_key": True, "verify": "changed"}
    with pytest.raises(
        errors.VerificationFailed,
        match=r"The credential was not written\. The NAS created the SSH keypair 'backup' and keeps it",
    ):
        run(nas, **wanted)
    assert (asked, nas.entries) == ([41], {}), "the new key was tried"
    nas.answers["cloudsync.credentials.verify"] = {"valid": True, "error": None, "excerpt": None}
    run(nas, **wanted)
    assert (stored(nas), len(nas.keychain)) == (41, 1)


@pytest.mark.parametrize(
    ("failure", "is_there", "fails"),
    [
        (errors.ConnectionLost("lost"), True, False),
        (errors.ConnectionLost("lost"), False, True),
        (errors.InvalidField("x", [errors.Problem("name", "Object with this name already exists", "")]), True, False),
    ],
    ids=["lost but stored", "lost", "overtaken"],
)
def test_a_keypair_whose_reply_was_lost_is_looked_for(failure: Exception, is_there: bool, fails: bool) -> None:
    nas = Keychain()

    def create(payload: dict[str, Any]) -> Any:
        if is_there:
            nas.store(payload)
        return failure

    nas.answers["keychaincredential.create"] = create
    wanted: dict[str, Any] = {"private_key_name": "backup", "generate_private_key": True}
    if fails:
        with pytest.raises(errors.ConnectionLost):
            run(nas, **wanted)
        assert nas.entries == {}
    else:
        run(nas, **wanted)
        assert stored(nas) == 41


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"private_key_name": "a", "private_key": 3}, r"sftp.private_key_name: cannot be combined with private_key"),
        ({"private_key_name": "a", "private_key_id": 3}, r"cannot be combined with private_key"),
        ({"generate_private_key": True}, r"sftp.generate_private_key: requires private_key_name"),
        ({"private_key_name": ""}, r"sftp.private_key_name: must not be empty"),
        ({"private_key_name": "a" * 1025}, r"at most 1024 characters, but has 1025"),
        ({"private_key_name": KEY_TEXT}, r"sftp.private_key_name: must be the name of a keypair, but contains a key"),
        (
            {"private_key_name": "a", "clear_fields": ["private_key"]},
            r"clear_fields: must not contain sftp.private_key, which",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(options: dict[str, Any], told: str) -> None:
    with pytest.raises(errors.InvalidInput, match=told) as refused:
        task(**options)
    assert "hush" not in str(refused.value)


def test_a_name_is_shown_among_the_options_and_a_key_in_its_place_is_not() -> None:
    shown = masked({"sftp": {"private_key_name": "backup", "generate_private_key": True}}, ARGUMENTS)
    assert shown == {"sftp": {"private_key_name": "backup", "generate_private_key": True}}
    assert "hush" not in str(masked({"sftp": {"private_key_name": KEY_TEXT}}, ARGUMENTS))
    assert "hush" not in str(masked({"sftp": {"private_key_name": KEY_TEXT.replace("\n", " ")}}, ARGUMENTS))


def test_without_the_role_the_name_cannot_be_looked_up() -> None:
    nas = Keychain(**{"keychaincredential.query": errors.NotPermitted("no")})
    with pytest.raises(errors.NotPermitted, match=r"role KEYCHAIN_CREDENTIAL_READ, or set the ID"):
        run(nas, private_key_name="backup")


def test_a_reader_gets_no_change_that_is_uncertain() -> None:
    nas = Keychain(keypair(7, "backup"))
    run(nas, private_key_name="backup")
    nas.reader = True
    result = run(nas, True, private_key_name="backup")
    assert result["changed"] is False
    assert "private_key" in result["unknown_fields"]
    assert result["diff"]["before"]["sftp"]["private_key"] == result["diff"]["after"]["sftp"]["private_key"]


def test_many_share_one_that_is_made_once() -> None:
    nas = Keychain()
    one = {**item("a", state="present"), "sftp": {**SFTP, "private_key_name": "k"}}
    other = {**item("b", state="present"), "sftp": {**SFTP, "private_key_name": "k", "generate_private_key": True}}
    third = {**item("c", state="present"), "sftp": {**SFTP, "private_key_name": "k", "generate_private_key": True}}
    desired = task_of_many(one, other, third)
    planned = batch.ensure(fresh_kind(), desired, Nas(nas), True)
    done = batch.ensure(fresh_kind(), desired, Nas(nas), False)
    assert planned["diff"] == done["diff"]
    assert nas.calls.count("keychaincredential.create") == 1
    assert {entry["provider"]["private_key"] for entry in nas.entries.values()} == {41}
    assert batch.ensure(fresh_kind(), desired, Nas(nas), False)["changed"] is False


def test_a_set_reports_all_that_is_missing_before_anything_is_written() -> None:
    nas = Keychain()
    items = [{**item(name, state="present"), "sftp": {**SFTP, "private_key_name": name}} for name in ("k1", "k2")]
    with pytest.raises(errors.InvalidInput) as refused:
        batch.ensure(fresh_kind(), task_of_many(*items), Nas(nas), False)
    assert [problem.path for problem in refused.value.problems] == [
        "credentials[0] (k1).sftp.private_key_name",
        "credentials[1] (k2).sftp.private_key_name",
    ]
    pending = task_of_many(*items, pending_keypairs=[{"name": "k1"}, {"name": "k2"}])
    assert batch.ensure(fresh_kind(), pending, Nas(nas), True)["counts"]["created"] == 2
    assert nas.writes == []


def test_a_keypair_that_cannot_be_made_fails_its_items_alone() -> None:
    nas = Keychain(**{"keychaincredential.generate_ssh_key_pair": errors.ServerFault("no entropy")})
    one = {**item("a", state="present"), "sftp": {**SFTP, "private_key_name": "k", "generate_private_key": True}}
    other = item("b")
    result = batch.ensure(fresh_kind(), task_of_many(one, other, verify="changed"), Nas(nas), False)
    assert result["counts"] == {"created": 1, "updated": 0, "deleted": 0, "none": 0, "failed": 1}
    assert [entry["name"] for entry in nas.entries.values()] == ["b"]
    assert "no entropy" in result["msg"]


def test_items_of_one_session_look_the_names_up_once() -> None:
    fake = Keychain(keypair(7, "backup"))
    nas = Nas(fake)
    for name in ("a", "b"):
        ensure(fresh_kind(), task(private_key_name="backup", name=name), nas, False)
    assert fake.calls.count("keychaincredential.query") == 1
    nas.invalidate()
    ensure(fresh_kind(), task(private_key_name="backup", name="c"), nas, False)
    assert fake.calls.count("keychaincredential.query") == 2, "a retry sees the keypairs of now"


def test_without_its_keypair_nothing_is_written_again() -> None:
    """The reply to the create is lost, and when the task looks again the keypair is gone."""
    nas = Keychain()

    def create(payload: dict[str, Any]) -> Exception:
        nas.keychain.clear()
        return errors.ConnectionLost("lost")

    nas.answers["cloudsync.credentials.create"] = create
    with pytest.raises(errors.ConnectionLost):
        run(nas, private_key_name="backup", generate_private_key=True)
    assert nas.calls.count("cloudsync.credentials.create") == 1


def test_a_possibly_created_keypair_is_reported_even_if_the_nas_cannot_be_asked() -> None:
    nas = Keychain(**{"keychaincredential.create": errors.ConnectionLost("lost")})

    def gone(*asked: Any) -> Any:
        return errors.RateLimited("too many logins") if "keychaincredential.create" in nas.calls else []

    nas.answers["keychaincredential.query"] = gone
    with pytest.raises(errors.ConnectionLost, match=r"might have applied the change"):
        run(nas, private_key_name="backup", generate_private_key=True)


@pytest.mark.parametrize(
    ("lacks", "cannot"),
    [("CLOUD_SYNC_WRITE", "apply the change"), ("KEYCHAIN_CREDENTIAL_WRITE", "create the keypair")],
)
def test_check_mode_warns_of_the_role_that_the_account_lacks(lacks: str, cannot: str) -> None:
    nas = Keychain()
    nas.has_role = lambda role: role != lacks  # type: ignore[method-assign]  # an account with every other role
    result = run(nas, True, private_key_name="backup", generate_private_key=True)
    assert result["warnings"] == [f"archive: this account cannot {cannot}; it needs the role {lacks}."]


@pytest.mark.parametrize("payload", [{"name": "archive"}, {"provider": {"host": "h", "private_key": PENDING_ID}}])
@pytest.mark.parametrize("generate", [True, False])
def test_a_plan_gets_the_keypair_that_it_needs(generate: bool, payload: dict[str, Any]) -> None:
    needed = KeypairRef("private_key", "sftp.private_key_name", "backup", generate)
    before = CredentialPlan(
        UPDATED,
        "archive",
        payload=payload,
        candidate={"host": "h", "private_key": PENDING_ID},
        keypairs={6: "other"},
        needs_keypair=needed,
    )
    made = StoredKeypair(7, "backup", "hush", PUBLIC)
    plan = with_new_keypair(before, made)
    assert plan.payload == ({"provider": {"host": "h", "private_key": 7}} if "provider" in payload else payload)
    assert (plan.candidate, plan.keypairs) == ({"host": "h", "private_key": 7}, {6: "other", 7: "backup"})
    assert (plan.new_keypair, plan.needs_keypair) == (made if generate else None, None)


def test_a_name_that_two_have_names_neither() -> None:
    assert names([read(keypair(1, "k")), read(keypair(2, "k")), read(keypair(3, "x"))]) == {3: "x"}


@pytest.mark.parametrize(
    "body",
    [
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz",
        "MIIEowIBAAKCAQEA" + "hush" * 20,
        "hush\nhush",
    ],
)
def test_the_inside_of_a_key_is_no_name_and_is_not_shown(body: str) -> None:
    with pytest.raises(errors.InvalidInput, match=r"must be the name of a keypair, but contains a key") as refused:
        task(private_key_name=body)
    assert body not in str(refused.value)
    assert body not in str(masked({"sftp": {"private_key_name": body}}, ARGUMENTS))


def test_a_pending_keypair_counts_in_check_mode_only() -> None:
    one = item("one", b2=None, sftp={**SFTP, "private_key_name": "soon"})
    wanted = task_of_many(one, pending_keypairs=[{"name": "soon"}])
    assert batch.ensure(fresh_kind(), wanted, Nas(Keychain()), True)["counts"]["created"] == 1
    with pytest.raises(errors.InvalidInput, match="soon"):
        batch.ensure(fresh_kind(), wanted, Nas(Keychain()), False)


def test_a_generated_keypair_is_reported_though_the_credential_had_to_be_planned_again() -> None:
    problem = errors.Problem("name", "the name already exists")
    taken: list[errors.TrueNASError] = [errors.InvalidField(str(problem), [problem])]
    nas = Keychain()
    create = nas._create

    def creating(payload: dict[str, Any]) -> Any:
        if not taken:
            return create(payload)
        create({**payload, "provider": {**payload["provider"], "user": "theirs"}})
        return taken.pop()

    nas.answers["cloudsync.credentials.create"] = creating
    result = run(nas, private_key_name="backup", generate_private_key=True)
    assert (result["action"], result["generated_keypair"]["name"]) == ("updated", "backup")


def test_the_next_item_of_a_loop_sees_the_keypair_that_was_made() -> None:
    nas = Nas(Keychain(keypair(6, "other")))
    for options in ({"private_key_name": "other"}, {"private_key_name": "backup", "generate_private_key": True}):
        ensure(fresh_kind(), task(**options), nas, False)
    assert ensure(fresh_kind(), task(name="second", private_key_name="backup"), nas, False)["action"] == "created"


@pytest.mark.parametrize(
    ("value", "remedy"),
    [("k" * 63, "name of a keypair"), ("k" * 64, "Store the key on the NAS"), (KEY_TEXT, "Store the key on the NAS")],
)
def test_text_in_place_of_an_id_has_a_remedy_for_a_name_and_one_for_a_key(value: str, remedy: str) -> None:
    with pytest.raises(Refused) as refused:
        sftp.keypair_id(value)
    assert remedy in refused.value.remedy


def test_rclone_needs_the_file_of_a_stored_key() -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        sftp.Sftp.to_rclone({"host": "h", "private_key": 1}, None)
    assert [problem.field for problem in refused.value.problems] == ["sftp.private_key"]
