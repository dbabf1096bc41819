# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task's options to what is done and reported, on a NAS in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.credential.info import listing, selected
from ansible_collections.nasops.truenas.plugins.module_utils.credential.kind import credentials
from ansible_collections.nasops.truenas.plugins.module_utils.credential.spec import field_problems
from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import document, foresee, keypair_of
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.names import MAX_LENGTH
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.messages import LIMIT_AFTER_LOGIN
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tests.unit.credentials import DECLARED, OTHER, S3, SECRET, SERVICE_TASKS, STORED, foretold, keypair, only
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import fresh_kind, run, task


def test_create() -> None:
    nas = FakeNas()
    result = run(nas, s3=DECLARED)
    assert (result["action"], result["changed"]) == ("created", True)
    assert result["changed_fields"] == ["access_key_id", "endpoint", "name", "secret_access_key"]
    assert nas.entries[1] == {"id": 1, "name": "offsite", "provider": S3}
    assert result["credential"]["id"] == 1
    assert result["credential"]["s3"]["endpoint"] == "https://s3.example.net/"
    assert result["diff"]["before"] == {}


def test_a_second_run_changes_nothing_with_one_query() -> None:
    nas = FakeNas(STORED)
    result = run(nas, s3=DECLARED)
    assert (result["action"], result["changed"], result["changed_fields"]) == ("none", False, [])
    assert result["diff"]["before"] == result["diff"]["after"]
    assert nas.calls == ["cloudsync.credentials.query"]


def test_the_version_is_not_asked_for_a_field_that_the_nas_shows() -> None:
    nas = FakeNas(STORED)
    assert run(nas, s3={"force_path_style": False})["changed_fields"] == ["force_path_style"]
    assert nas.calls == ["cloudsync.credentials.query", "cloudsync.credentials.update"]


@pytest.mark.parametrize(("length", "fits"), [(MAX_LENGTH, True), (MAX_LENGTH + 1, False)])
def test_a_name_has_the_length_that_the_nas_takes(length: int, fits: bool) -> None:
    nas = FakeNas()
    if fits:
        assert run(nas, name="n" * length, b2={"account": "a", "key": SECRET})["action"] == "created"
    else:
        with pytest.raises(errors.InvalidInput, match=f"must have at most {MAX_LENGTH} characters"):
            run(nas, name="n" * length, b2={"account": "a", "key": SECRET})


def test_only_what_differs_is_in_the_diff_and_everything_is_sent() -> None:
    nas = FakeNas(STORED)
    result = run(nas, s3={"region": "eu-1"})
    before, after = result["diff"]["before"]["s3"], result["diff"]["after"]["s3"]
    assert {name for name in after if before[name] != after[name]} == {"region"}
    assert result["changed_fields"] == ["region"]
    assert nas.entries[3]["provider"] == {**S3, "region": "eu-1"}


def test_a_secret_that_differs_shows_that_it_does() -> None:
    result = run(FakeNas(STORED), s3={"secret_access_key": OTHER})
    assert result["diff"]["before"]["s3"]["secret_access_key"] == "******** (stored)"
    assert result["diff"]["after"]["s3"]["secret_access_key"] == "******** (desired)"
    assert result["credential"]["s3"]["secret_access_key"] == "********"


def test_userinfo_of_a_url_is_masked_and_shows_that_it_differs() -> None:
    stored = {"id": 1, "name": "offsite", "provider": {"type": "HTTP", "url": f"https://u:{SECRET}@h.example/"}}
    result = run(FakeNas(stored), http={"url": f"https://u:{OTHER}@h.example"})
    assert result["diff"]["before"]["http"]["url"] == "https://******** (stored)@h.example/"
    assert result["credential"]["http"]["url"] == "https://********@h.example/"
    assert result["changed_fields"] == ["url"]


@pytest.mark.parametrize("options", [{"s3": {"region": "x"}}, {"new_name": "n"}, {"state": "absent"}, {"s3": DECLARED}])
@pytest.mark.parametrize("stored", [(), (STORED,)])
def test_check_mode_predicts_apply_and_writes_nothing(options: dict[str, Any], stored: tuple[Any, ...]) -> None:
    checked, applied = FakeNas(*stored), FakeNas(*stored)

    def outcome(nas: FakeNas, check: bool) -> Any:
        try:
            result = run(nas, check, **options)
        except errors.TrueNASError as error:
            return type(error), str(error)
        if result["action"] == "created":
            del result["credential"]["id"]
        return foretold(result)

    assert outcome(checked, True) == outcome(applied, False)
    assert checked.writes == []


def test_keep_needs_the_required_fields_only_when_there_is_nothing_to_keep() -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        run(FakeNas(), s3={"region": "eu-1"})
    assert [problem.field for problem in caught.value.problems] == ["s3.access_key_id", "s3.secret_access_key"]


def test_undeclared_default_resets_what_is_not_mentioned() -> None:
    nas = FakeNas({**STORED, "provider": {**S3, "region": "eu-1", "max_upload_parts": 7}})
    result = run(nas, s3=DECLARED, undeclared="default")
    assert result["changed_fields"] == ["max_upload_parts", "region"]
    assert nas.entries[3]["provider"] == S3


def test_a_new_name_that_is_the_name_renames_nothing() -> None:
    nas = FakeNas()
    assert run(nas, s3=DECLARED, new_name="offsite")["action"] == "created"
    assert run(nas, s3=DECLARED, new_name="offsite")["changed"] is False


def test_undeclared_default_asks_for_required_fields_before_anything_is_sent() -> None:
    with pytest.raises(errors.InvalidInput, match=r"s3.secret_access_key: is required"):
        task(s3={"access_key_id": "AKIAEXAMPLE"}, undeclared="default")


def test_clear_fields() -> None:
    sftp = {"type": "SFTP", "host": "h", "port": 2222, "user": "u", "pass": SECRET, "private_key": None}
    nas = FakeNas({"id": 1, "name": "offsite", "provider": sftp})
    result = run(nas, sftp={"host": "h"}, clear_fields=["password", "port"])
    assert result["changed_fields"] == ["pass", "port"]
    assert nas.entries[1]["provider"]["pass"] is None
    assert nas.entries[1]["provider"]["port"] == 22
    assert any("neither pass nor private_key" in warning for warning in result["warnings"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "^provider: is required"),
        ({"s3": DECLARED, "b2": {"account": "a"}}, "^(b2: cannot be combined with s3|s3: cannot be combined with b2)"),
        ({"s3": DECLARED, "clear_fields": ["bucket"]}, "^clear_fields: must contain only fields of s3"),
        (
            {"s3": DECLARED, "clear_fields": ["access_key_id"]},
            "^clear_fields: must not contain s3.access_key_id, which is required and does not have a default",
        ),
        (
            {"s3": DECLARED, "clear_fields": ["endpoint_url"]},
            "^clear_fields: must not contain s3.endpoint, which the task declares",
        ),
        ({"new_name": "n", "clear_fields": ["region"]}, "^clear_fields: requires a provider"),
        ({"state": "absent", "new_name": "n"}, "^new_name: cannot be combined with state: absent"),
        ({"name": "", "s3": DECLARED}, "^name: must not be empty"),
        ({"name": "x" * 1025, "s3": DECLARED}, "^name: must have at most 1024 characters, but has 1025"),
        ({"new_name": "", "s3": DECLARED}, "^new_name: must not be empty"),
        ({"box": {"token": {"access_token": "x" * 66000}}}, "^box.token: makes a request of about"),
    ],
)
def test_contradictions_are_refused_before_anything_is_sent(options: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.InvalidInput, match=message):
        task(**options)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        task(name="", s3={"endpoint": "h", "max_upload_parts": 0, "access_key_id": ""}, clear_fields=["x"])
    assert len(caught.value.problems) == 5


def test_rename() -> None:
    nas = FakeNas(STORED)
    result = run(nas, new_name="abroad")
    assert (result["action"], result["changed_fields"]) == ("updated", ["name"])
    assert nas.entries[3] == {**STORED, "name": "abroad"}
    again = run(nas, new_name="abroad")
    assert (again["action"], again["changed"]) == ("none", False)


def test_rename_and_change_at_once_and_once_renamed() -> None:
    nas = FakeNas(STORED)
    assert run(nas, new_name="abroad", s3={"region": "r"})["changed_fields"] == ["name", "region"]
    assert run(nas, new_name="abroad", s3={"region": "r"})["changed"] is False


def test_rename_when_both_names_are_stored_is_an_error() -> None:
    nas = FakeNas(STORED, {**STORED, "id": 4, "name": "abroad"})
    with pytest.raises(errors.InvalidInput, match="new_name: already exists on the NAS, and so does 'offsite'"):
        run(nas, new_name="abroad")


def test_rename_of_nothing() -> None:
    with pytest.raises(errors.NotFound, match="Cannot rename 'offsite' to 'abroad': neither credential exists"):
        run(FakeNas(), new_name="abroad")
    nas = FakeNas()
    run(nas, new_name="abroad", s3=DECLARED)
    assert nas.entries[1]["name"] == "abroad"


def test_more_than_one_of_a_name_is_an_error_never_the_first() -> None:
    nas = FakeNas(STORED, {**STORED, "id": 9})
    for options in ({"s3": DECLARED}, {"state": "absent"}):
        with pytest.raises(errors.InvalidInput, match=r"ids 3, 9"):
            run(nas, **options)
    assert nas.writes == []


def test_change_of_provider_keeps_nothing_and_warns() -> None:
    nas = FakeNas(STORED)
    result = run(nas, b2={"account": "a", "key": OTHER})
    assert (result["action"], result["changed_fields"]) == ("updated", ["account", "key", "provider"])
    assert set(result["diff"]["before"]) == {"name", "s3"}
    assert set(result["diff"]["after"]) == {"name", "b2"}
    assert nas.entries[3]["provider"] == {"type": "B2", "account": "a", "key": OTHER}
    with pytest.raises(errors.InvalidInput, match=r"b2\.key: is required"):
        run(FakeNas(STORED), b2={"account": "a"})


def test_absent() -> None:
    nas = FakeNas(STORED)
    result = run(nas, state="absent")
    assert (result["action"], result["credential"], nas.entries) == ("deleted", None, {})
    assert result["diff"]["after"] == {}
    again = run(nas, state="absent")
    assert (again["action"], again["changed"]) == ("none", False)
    assert nas.calls.count("cloud_backup.query") == 1


@pytest.mark.parametrize("check", [True, False])
def test_absent_names_every_task_that_uses_the_credential(check: bool) -> None:
    nas = FakeNas(
        STORED,
        answers={
            "cloudsync.query": [
                {"id": 5, "description": "nightly", "credentials": {"id": 3}},
                {"id": 6, "description": "", "credentials": {"id": 3}},
            ],
            "cloud_backup.query": [{"id": 2, "description": "weekly", "credentials": {"id": 3}}],
        },
    )
    with pytest.raises(errors.InUse) as caught:
        run(nas, check, state="absent")
    for part in ("cloud sync task 'nightly' (id 5)", "cloud sync task id 6", "cloud backup task 'weekly' (id 2)"):
        assert part in str(caught.value)
    assert nas.writes == []


def test_the_next_delete_of_a_loop_asks_for_tasks_again() -> None:
    fake = FakeNas(STORED, {**STORED, "id": 9, "name": "second"})
    nas = Nas(fake)
    ensure(fresh_kind(), task(state="absent"), nas, False)
    fake.answers["cloudsync.query"] = [{"id": 5, "description": "new", "credentials": {"id": 9}}]
    with pytest.raises(errors.InUse, match="cloud sync task 'new'"):
        ensure(fresh_kind(), task(name="second", state="absent"), nas, False)


def test_absent_without_the_right_to_list_backups_leaves_it_to_the_nas() -> None:
    nas = FakeNas(STORED, answers={"cloud_backup.query": errors.NotPermitted("no")})
    result = run(nas, state="absent")
    assert result["action"] == "deleted"
    assert any("cloud backup task" in warning for warning in result["warnings"])
    assert nas.calls.count("cloud_backup.query") == 1, "a refusal is not asked for again"


def test_keys_that_the_collection_does_not_know_are_carried_over() -> None:
    nas = FakeNas({**STORED, "provider": {**S3, "brand_new": "x"}})
    result = run(nas, s3={"region": "r"}, undeclared="keep")
    assert nas.entries[3]["provider"]["brand_new"] == "x"
    assert result["credential"]["s3"]["brand_new"] == "********"
    [warning] = result["warnings"]
    assert warning.startswith("offsite: this collection does not support the stored brand_new.")
    assert run(nas, s3={"region": "r"})["warnings"] == []


def test_an_sftp_keypair_that_is_not_there_is_warned_about() -> None:
    options: dict[str, Any] = {"sftp": {"host": "h", "user": "u", "private_key": 7}}
    there = FakeNas(answers={"keychaincredential.query": [keypair(7, "seven")]})
    assert run(there, **options)["warnings"] == []
    missing = FakeNas(answers={"keychaincredential.query": [keypair(8, "eight")]})
    assert any("ID 7" in warning for warning in run(missing, **options)["warnings"])
    again = run(missing, **options)
    assert again["changed"] is False
    assert missing.calls.count("keychaincredential.query") == 1


def test_a_length_is_warned_about_once_and_not_in_every_run() -> None:
    long = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "x" * 64}
    nas = FakeNas()
    assert any("64 characters" in warning for warning in run(nas, s3=long)["warnings"])
    assert run(nas, s3=long)["warnings"] == []
    assert run(nas, s3={**long, "region": "r"})["warnings"] == []
    assert any("65 characters" in text for text in run(nas, s3={**long, "secret_access_key": "x" * 65})["warnings"])
    assert run(FakeNas(), s3={**long, "endpoint": "https://garage.example"})["warnings"] == []


def test_eight_asterisks_that_are_really_stored_are_replaced_by_a_writer() -> None:
    nas = FakeNas({**STORED, "provider": {**S3, "secret_access_key": "********"}})
    assert run(nas, s3=DECLARED)["changed_fields"] == ["secret_access_key"]
    assert nas.entries[3]["provider"] == S3


def test_a_change_is_verified_before_it_is_written() -> None:
    refused = {"valid": False, "error": f"long\n{SECRET}", "excerpt": f"403 for {SECRET}"}
    nas = FakeNas(STORED, answers={"cloudsync.credentials.verify": refused})
    with pytest.raises(errors.VerificationFailed) as caught:
        run(nas, s3={"region": "r"}, verify="changed")
    assert "403 for ********" in str(caught.value)
    assert caught.value.details()["verification"]["state"] == "invalid"
    assert nas.writes == []


@pytest.mark.parametrize(
    ("verify", "check", "region", "asked", "state"),
    [
        ("never", False, "r", [], None),
        ("changed", False, "r", ["verify", "list_buckets"], "valid"),
        ("changed", False, "", [], None),
        ("changed", True, "r", [], None),
        ("always", False, "", ["list_buckets"], "valid"),
        ("always", True, "r", ["verify"], "skipped"),
    ],
)
def test_when_a_verification_runs(verify: str, check: bool, region: str, asked: list[str], state: str | None) -> None:
    nas = FakeNas(STORED)
    result = run(nas, check, s3={"region": region}, verify=verify)
    calls = [call.rpartition(".")[2] for call in nas.calls]
    assert [call for call in calls if call in ("verify", "list_buckets")] == asked
    assert (result["verification"] or {}).get("state") == state


@pytest.mark.parametrize(
    "answer",
    [
        errors.TimedOut("late"),
        errors.ServerFault(f"no backend {SECRET}", -32001),
        errors.ServerFault("ENONET", -32001, 64),
    ],
)
def test_what_the_nas_cannot_find_out_is_inconclusive_and_written_with_a_warning(answer: errors.TrueNASError) -> None:
    nas = FakeNas(STORED, answers={"cloudsync.credentials.verify": answer})
    result = run(nas, s3={"region": "r"}, verify="changed")
    assert result["verification"]["state"] == "inconclusive"
    assert nas.writes == ["cloudsync.credentials.update"]
    assert any("inconclusive" in warning for warning in result["warnings"])


def test_a_provider_that_rotates_its_token_is_not_verified_unless_that_may_be() -> None:
    options: dict[str, Any] = {"box": {"token": {"access_token": "a"}}, "verify": "changed"}
    nas = FakeNas()
    result = run(nas, **options)
    assert result["verification"]["state"] == "skipped"
    assert "cloudsync.credentials.verify" not in nas.calls
    allowed = FakeNas()
    assert run(allowed, **options, verify_may_refresh=True)["verification"]["state"] == "valid"


def test_secrets_can_be_left_alone_once_they_are_there() -> None:
    nas = FakeNas(STORED)
    options: dict[str, Any] = {"s3": {**DECLARED, "secret_access_key": OTHER}, "update_secret": "on_create"}
    result = run(nas, **options)
    assert (result["changed"], result["kept_fields"]) == (False, ["secret_access_key"])
    assert result["kept_reasons"] == ["secret_access_key (update_secret is on_create)"]
    changed = run(nas, **{**options, "s3": {**options["s3"], "region": "r"}}, undeclared="default")
    assert changed["changed_fields"] == ["region"]
    assert nas.entries[3]["provider"] == {**S3, "region": "r"}


def test_what_is_cleared_by_name_is_cleared_all_the_same() -> None:
    sftp = {"type": "SFTP", "host": "h", "port": 22, "user": "u", "pass": SECRET, "private_key": 3}
    nas = FakeNas({"id": 1, "name": "offsite", "provider": sftp})
    result = run(nas, sftp={"host": "h"}, clear_fields=["pass"], update_secret="on_create")
    assert result["changed_fields"] == ["pass"]


@pytest.mark.parametrize("name", ["OffSite", " offsite", "off site", "off\u200bsite", "\uff4fffsite", "o\ufb00site"])
def test_a_name_that_looks_like_another_is_pointed_out(name: str) -> None:
    created = run(FakeNas(STORED), True, name=name, s3=DECLARED)
    assert created["action"] == "created"
    assert any(f"Creating {name!r}, although 'offsite' exists" in warning for warning in created["warnings"])
    both = run(FakeNas(STORED, {**STORED, "id": 4, "name": "OFFSITE"}), True, name=name, s3=DECLARED)["warnings"]
    assert any("although 'OFFSITE' and 'offsite' exist." in warning for warning in both)
    absent = run(FakeNas(STORED), name=name, state="absent")
    assert absent["changed"] is False
    assert any("Did you mean 'offsite'?" in warning for warning in absent["warnings"])
    with pytest.raises(errors.NotFound, match=r"Did you mean 'offsite'\?"):
        run(FakeNas(STORED), name=name, new_name="abroad")
    with pytest.raises(errors.NotFound, match=r"Did you mean 'offsite'\?"):
        run(FakeNas(STORED, {**STORED, "id": 2, "name": "old"}), name="old", state="absent", replace_with=name)


def test_a_letter_of_two_characters_looks_like_one() -> None:
    composed, decomposed = "t\u00f6n", "to\u0308n"
    stored = {**STORED, "name": composed}
    [warning] = run(FakeNas(stored), True, name=decomposed, s3=DECLARED)["warnings"]
    assert "Names that differ in case, spaces, or Unicode form are different credentials." in warning


def test_a_name_that_looks_like_no_other_is_not() -> None:
    assert run(FakeNas(STORED), name="off-site", s3=DECLARED)["warnings"] == []
    assert run(FakeNas(STORED), name="off-site", state="absent")["warnings"] == []


def test_a_rename_alone_is_not_verified() -> None:
    nas = FakeNas(STORED)
    assert run(nas, new_name="abroad", verify="changed")["verification"] is None


@pytest.mark.parametrize("check", [True, False])
def test_a_change_of_provider_in_use_has_to_be_meant(check: bool) -> None:
    nas = FakeNas(STORED, answers={"cloudsync.query": [{"id": 5, "description": "nightly", "credentials": {"id": 3}}]})
    with pytest.raises(errors.InUse, match=r"use it: cloud sync task 'nightly' \(id 5\).*allow_type_change"):
        run(nas, check, b2={"account": "a", "key": OTHER})
    assert nas.writes == []
    result = run(nas, check, b2={"account": "a", "key": OTHER}, allow_type_change=True)
    assert result["action"] == "updated"
    assert any("cloud sync task 'nightly'" in warning for warning in result["warnings"])
    assert nas.calls.count("cloudsync.query") == nas.calls.count("cloud_backup.query") == 2, "once for each task"


def test_a_merged_request_that_would_be_too_long_is_refused_in_check_mode_too() -> None:
    entry = {"type": "BOX", "client_id": "", "client_secret": "", "token": json.dumps({"access_token": "x" * 64900})}
    for check in (True, False):
        nas = FakeNas({"id": 1, "name": "offsite", "provider": entry})
        with pytest.raises(errors.InvalidInput, match=r"box\.token: makes a request of about"):
            run(nas, check, box={"client_secret": "y" * 500})


@pytest.mark.parametrize("provider", ["********", None, {}, {"type": None}, []])
def test_a_row_that_the_nas_cannot_read_stops_nothing(provider: Any) -> None:
    nas = FakeNas({"id": 9, "name": "broken", "provider": provider}, STORED)
    assert run(nas, s3=DECLARED)["changed"] is False
    assert run(nas, True, name="broken", b2={"account": "a", "key": OTHER})["action"] == "updated"


@pytest.mark.parametrize(
    ("method", "answer"),
    [("cloudsync.credentials.query", None), ("system.version_short", "MASTER"), ("system.version_short", None)],
)
def test_odd_answers_are_the_servers_fault(method: str, answer: Any) -> None:
    with pytest.raises(errors.ServerFault):
        run(FakeNas(answers={method: answer}), s3=DECLARED)


def test_an_error_of_the_nas_that_quotes_a_secret_is_shown_without() -> None:
    nas = FakeNas(STORED, answers={"cloudsync.credentials.update": errors.ServerFault(f"bad value '{SECRET}'")})
    with pytest.raises(errors.ServerFault, match=r"bad value '\*{8}'"):
        run(nas, s3={"region": "r"})


def test_a_readable_field_does_not_show_a_password_in_a_url() -> None:
    swift = {"type": "OPENSTACK_SWIFT", "user": "u", "key": SECRET, "auth": f"https://bob:{OTHER}@ks/v3"}
    nas = FakeNas({"id": 1, "name": "offsite", "provider": swift})
    result = run(nas, openstack_swift={"region": "r"})
    assert result["credential"]["openstack_swift"]["auth"] == "https://********@ks/v3"


def test_credentials_that_earlier_tasks_create_have_ids_that_no_stored_one_has() -> None:
    changes = [{"name": name, "provider": "http", "fields": {"url": "https://h/"}} for name in ("a", "b", "c")]
    numbers = [credential.id for credential in foresee([], changes)]
    assert len({*numbers}) == 3
    assert max(numbers) < 0
    assert [credential.title for credential in foresee([], [{"name": "a"}])] == ["an unknown provider"]


def test_check_mode_finds_a_credential_that_an_earlier_task_renames() -> None:
    changes = {"pending_credentials": [{"id": 3, "name": "abroad", "former_name": "offsite"}]}
    nas = FakeNas(STORED)
    result = ensure(fresh_kind(), task(name="abroad", state="absent"), Nas(nas), True, changes)
    assert (result["action"], nas.writes) == ("deleted", [])


def test_the_limit_of_a_request_counts_the_name_and_the_defaults() -> None:
    def token(length: int) -> dict[str, str]:
        return {"token": json.dumps({"access_token": "t" * length})}

    name = "n" * 1000
    left = LIMIT_AFTER_LOGIN - spec.ENVELOPE - len(json.dumps([name, token(0)]))
    task(name=name, box=token(left))
    with pytest.raises(errors.InvalidInput, match=r"^box.token: makes a request of about"):
        task(name=name, box=token(left + 1))
    nas = FakeNas()
    with pytest.raises(errors.InvalidInput, match=r"^box.token: makes a request of about"):
        run(nas, name=name, box=token(left))
    assert nas.writes == []
    assert run(nas, name="n", box=token(left))["changed"] is True


def test_a_stored_url_in_another_form_is_in_sync() -> None:
    nas = FakeNas({**STORED, "provider": {**S3, "endpoint": "https://S3.example.net"}})
    assert run(nas, s3={"endpoint": "https://s3.example.net/"})["changed"] is False


def test_a_credential_of_an_unknown_provider_is_renamed_with_its_type_in_the_result() -> None:
    row = {"id": 3, "name": "offsite", "provider": {"type": "NEWCOMER", "x": SECRET}}
    nas = FakeNas(row, answers={"cloudsync.credentials.update": {**row, "name": "abroad"}})
    shown = {"name": "abroad", "type": "NEWCOMER", "unknown_provider": {"x": "********"}}
    for check in (True, False):
        result = run(nas, check, new_name="abroad")
        assert result["changed_fields"] == ["name"]
        assert result["credential"] == {**shown, "id": 3}
        assert (result["diff"]["before"], result["diff"]["after"]) == ({**shown, "name": "offsite"}, shown)
    assert only(nas, ("cloudsync.credentials.update",)) == [("cloudsync.credentials.update", (3, {"name": "abroad"}))]


def test_a_credential_of_an_unknown_provider_is_deleted_with_its_type_in_the_diff() -> None:
    nas = FakeNas({"id": 3, "name": "offsite", "provider": {"type": "NEWCOMER", "x": SECRET}})
    before = run(nas, state="absent")["diff"]["before"]
    assert before == {"name": "offsite", "type": "NEWCOMER", "unknown_provider": {"x": "********"}}


def test_a_keypair_that_the_nas_hides_has_no_id() -> None:
    assert keypair_of(PROVIDERS["sftp"], {"private_key": 3}) == 3
    assert keypair_of(PROVIDERS["sftp"], {"private_key": "********"}) is None


def test_an_unsupported_field_is_shown_only_if_secrets_are() -> None:
    for reveal, shown in ((True, 5), (False, "********")):
        assert document("a", PROVIDERS["s3"], "S3", {"strange": 5}, reveal) == {"name": "a", "s3": {"strange": shown}}


def test_a_row_without_a_provider_has_one_that_is_unknown() -> None:
    nas = FakeNas({"id": 3, "name": "offsite", "provider": None}, answers=SERVICE_TASKS)
    with pytest.raises(errors.InUse, match="Changing 'offsite' from an unknown provider to Amazon S3"):
        run(nas, s3=DECLARED)


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([STORED, "odd"], r"row 2\."),
        ([STORED, {"id": "4", "name": "offsite"}], r"row 2 \(id '4', name 'offsite'\), field id\."),
        ([STORED, {"id": 4}], r"row 2 \(id 4\), field name\."),
    ],
)
def test_a_row_that_cannot_be_read_is_named(rows: list[Any], place: str) -> None:
    nas = FakeNas(answers={"cloudsync.credentials.query": rows})
    with pytest.raises(errors.ServerFault, match=rf"^The list of credentials .* cannot read: {place}"):
        run(nas, s3=DECLARED)


def test_spaces_around_a_text_are_warned_about_but_not_around_json() -> None:
    warnings = run(FakeNas(), mega={"user": " u", "pass": f"{SECRET}\n"}, name=" x")["warnings"]
    assert [text for text in warnings if "space" in text] == [
        "' x' starts or ends with a space. The NAS keeps the space.",
        *(
            f"mega.{name} starts or ends with a space or a line break. The NAS keeps it as part of the value."
            for name in ("user", "pass")
        ),
    ]
    token = json.dumps({"access_token": SECRET, "refresh_token": SECRET, "expiry": "2030-01-01T00:00:00Z"})
    assert run(FakeNas(), dropbox={"token": f"{token}\n"})["warnings"] == []


def test_the_diff_names_the_credential_before_and_after() -> None:
    diff = run(FakeNas(STORED), new_name="abroad", s3=DECLARED)["diff"]
    assert (diff["before_header"], diff["after_header"]) == ("offsite (stored)", "abroad (desired)")


def test_a_field_that_the_nas_requires_but_does_not_use_has_its_own_remedy() -> None:
    login = {"auth": "https://k.example/v3", "application_credential_id": "i", "application_credential_secret": SECRET}
    with pytest.raises(errors.InvalidInput) as caught:
        run(FakeNas(), openstack_swift=login)
    assert [(problem.field, problem.remedy[:12]) for problem in caught.value.problems] == [
        ("openstack_swift.user", "Set any text"),
        ("openstack_swift.key", "Set any text"),
    ]


def test_another_provider_for_a_credential_does_not_count_as_a_new_name() -> None:
    nas = FakeNas(STORED, {**STORED, "id": 4, "name": "Offsite"})
    result = run(nas, b2={"account": "a", "key": SECRET})
    assert (result["action"], result["warnings"]) == ("updated", [])


def test_two_credentials_of_one_name_have_to_be_renamed() -> None:
    with pytest.raises(errors.InvalidInput, match=r"'offsite' \(ids 3, 4\)\. Rename or delete one of them on the NAS"):
        run(FakeNas(STORED, {**STORED, "id": 4}), s3=DECLARED)


def test_a_change_to_a_credential_that_is_gone_creates_none() -> None:
    renamed = {"id": 4, "name": "abroad", "former_name": "offsite"}
    assert foresee([], [renamed]) == []
    assert [entry.name for entry in foresee([], [{**renamed, "id": None}])] == ["abroad"]


def test_stored_secrets_are_kept_out_of_later_messages() -> None:
    nas = Nas(FakeNas(STORED))
    ensure(fresh_kind(), task(name="other", state="absent"), nas, False)
    assert SECRET in nas.known_secrets


def test_listing() -> None:
    web = {"id": 8, "name": "a", "provider": {"type": "HTTP", "url": f"https://u:{SECRET}@h.example/"}}
    odd = {"id": 9, "name": "b", "provider": {"type": "NEWEST", "hidden": SECRET}}
    stored = credentials(Nas(FakeNas(STORED, web, odd)))
    shown = listing(selected(stored))
    assert [entry["name"] for entry in shown] == ["a", "b", "offsite"]
    assert SECRET not in json.dumps(shown)
    assert shown[1] == {"id": 9, "name": "b", "type": "NEWEST", "unknown_provider": {"hidden": "********"}}
    assert [entry["name"] for entry in listing(selected(stored, provider="s3"))] == ["offsite"]
    assert selected(stored, name="x") == []
    [revealed] = listing(selected(stored, name="offsite"), reveal=True)
    assert revealed["s3"]["secret_access_key"] == SECRET
    [unknown] = listing(selected(stored, name="b"), reveal=True)
    assert unknown["unknown_provider"] == {"hidden": SECRET}
    assert listing([]) == []


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("provider.S3.endpoint", "s3.endpoint"),
        ("provider.S3", "s3"),
        ("provider.NEWCOMER.x", "provider.NEWCOMER.x"),
        ("provider", "provider"),
        ("name", "name"),
    ],
)
def test_a_refusal_names_the_option_of_the_task(field: str, option: str) -> None:
    refusal = errors.InvalidField("refused", [errors.Problem(field, "is odd")])
    nas = FakeNas(answers={"cloudsync.credentials.create": refusal})
    with pytest.raises(errors.InvalidField) as caught:
        run(nas, s3=DECLARED)
    assert [problem.field for problem in caught.value.problems] == [option]


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"http": {"url": "h"}}, ["http.url"]),
        ({"http": {"url": "h"}, "state": "absent"}, []),
        ({"http": {"url": "h"}, "ftp": {"host": "h"}}, []),
        ({"http": "h"}, []),
        ({}, []),
    ],
)
def test_fields_are_checked_alone_where_one_provider_is_declared(options: dict[str, Any], fields: list[str]) -> None:
    assert [problem.field for problem in field_problems(options)] == fields


def test_a_missing_name_is_reported_with_a_remedy() -> None:
    with pytest.raises(errors.NotFound) as caught:
        run(FakeNas(), new_name="abroad")
    assert str(caught.value).endswith(
        "neither credential exists. Check the name, or set a provider to create the credential."
    )
    with pytest.raises(errors.NotFound) as caught:
        run(FakeNas({**STORED, "name": "OFFSITE"}), new_name="abroad")
    assert str(caught.value).endswith("neither credential exists. Did you mean 'OFFSITE'?")
    with pytest.raises(errors.NotFound) as caught:
        run(FakeNas(STORED), state="absent", replace_with="abroad")
    assert str(caught.value).endswith(
        "it cannot replace 'offsite'. Check replace_with, or create the credential first."
    )
