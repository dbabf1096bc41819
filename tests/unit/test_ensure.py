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
from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import StoredCredential, foresee
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.names import LONGEST
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.jsonrpc import LIMIT_AFTER_LOGIN
from tests import facts
from tests.unit.fake_nas import FakeNas
from tests.unit.session import Reopening
from tests.unit.tasks import fresh_kind, run, task

SECRET = "hush-canary-0001"
OTHER = "hush-canary-0002"
S3 = {
    "type": "S3",
    "access_key_id": "AKIAEXAMPLE",
    "secret_access_key": SECRET,
    "endpoint": "https://s3.example.net/",
    "region": "",
    "skip_region": False,
    "signatures_v2": False,
    "max_upload_parts": 10000,
    "provider": "Other",
    "force_path_style": True,
    "sign_accept_encoding": True,
}
OLD_S3 = {
    name: value for name, value in S3.items() if name not in ("provider", "force_path_style", "sign_accept_encoding")
}
STORED = {"id": 3, "name": "offsite", "provider": S3}
DECLARED = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET, "endpoint": "https://S3.example.net"}


def keypair(number: int, name: str) -> dict[str, Any]:
    """Return an entry of the keychain as it is listed."""
    return {"id": number, "name": name, "type": "SSH_KEY_PAIR"}


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


@pytest.mark.parametrize(("length", "fits"), [(LONGEST, True), (LONGEST + 1, False)])
def test_a_name_has_the_length_that_the_nas_takes(length: int, fits: bool) -> None:
    nas = FakeNas()
    if fits:
        assert run(nas, name="n" * length, b2={"account": "a", "key": SECRET})["action"] == "created"
    else:
        with pytest.raises(errors.InvalidInput, match=f"must have at most {LONGEST} characters"):
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
def test_check_mode_says_what_apply_does_and_writes_nothing(options: dict[str, Any], stored: tuple[Any, ...]) -> None:
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


def test_all_problems_are_told_at_once() -> None:
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


def test_change_of_provider_keeps_nothing_and_says_so() -> None:
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


@pytest.mark.parametrize(
    ("version", "provider", "options", "message"),
    [
        ("25.10.0", "s3", {**DECLARED, "force_path_style": False}, r"force_path_style: requires TrueNAS 26.00.0|26.0"),
        (
            "25.04.0",
            "storj_ix",
            {"access_key_id": "a", "secret_access_key": SECRET, "endpoint": "https://g.example"},
            "25.04.2",
        ),
        (
            "25.04.2",
            "mega",
            {"user": "u", "pass": SECRET},
            r"mega: requires TrueNAS 25.10.0 or later, but this NAS runs 25.04.2",
        ),
    ],
)
def test_what_a_version_lacks_is_refused(version: str, provider: str, options: dict[str, Any], message: str) -> None:
    nas = FakeNas(version=version)
    with pytest.raises(errors.InvalidInput, match=message):
        run(nas, True, **{provider: options})
    assert nas.writes == []


def test_a_field_that_the_version_lacks_is_refused_although_the_replaced_provider_has_one_of_this_name() -> None:
    nas = FakeNas({**STORED, "provider": OLD_S3}, version="25.04.0")
    storj = {"access_key_id": "a", "secret_access_key": SECRET, "endpoint": "https://g.example/"}
    with pytest.raises(errors.InvalidInput, match=r"storj_ix.endpoint: requires TrueNAS 25\.04\.2"):
        run(nas, storj_ix=storj)


@pytest.mark.parametrize(
    ("version", "provider", "options"),
    [
        ("25.04.0", "s3", {"access_key_id": "a", "secret_access_key": SECRET}),
        ("25.04.2", "storj_ix", {"access_key_id": "a", "secret_access_key": SECRET, "endpoint": "https://g.example/"}),
        ("25.10.0", "mega", {"user": "u", "pass": SECRET}),
        ("26.0.0", "s3", {"access_key_id": "a", "secret_access_key": SECRET, "force_path_style": False}),
    ],
)
def test_what_came_with_a_version_is_written_there(version: str, provider: str, options: dict[str, Any]) -> None:
    nas = FakeNas(version=version)
    assert run(nas, False, **{provider: options})["action"] == "created"
    assert nas.entries[1]["provider"].items() >= options.items()


def test_what_a_version_does_anyway_is_left_out() -> None:
    nas = FakeNas(version="25.10.0")
    run(nas, s3={**DECLARED, "force_path_style": True})
    assert nas.entries[1]["provider"] == OLD_S3
    again = run(nas, s3={**DECLARED, "force_path_style": True})
    assert again["changed"] is False


class Pinned(Reopening):
    """A connection whose task asks for an older version of the API; it never gets lost."""

    def __init__(self, *api_version: int) -> None:
        self.api_version = api_version

    def open(self) -> Any:
        """Not needed."""
        raise AssertionError


def pinned(nas: FakeNas, check: bool, *api_version: int, **options: Any) -> dict[str, Any]:
    """Run a task that asks for a version of the API."""
    return ensure(fresh_kind(), task(**options), Nas(nas, Pinned(*api_version)), check)


@pytest.mark.parametrize("check", [True, False])
def test_an_older_api_is_good_for_reading_but_updates_nothing_that_it_cannot_see(check: bool) -> None:
    nas = FakeNas({**STORED, "provider": OLD_S3}, version="26.0.0")
    assert pinned(nas, check, 25, 10, 0, s3=DECLARED)["changed"] is False
    with pytest.raises(
        errors.InvalidInput, match=r"^api_version: 25\.10\.0 hides provider, force_path_style, sign_accept_encoding"
    ):
        pinned(nas, check, 25, 10, 0, s3={"region": "r"})
    with pytest.raises(errors.InvalidInput, match=r"force_path_style: requires TrueNAS 26.*api_version is older"):
        pinned(nas, check, 25, 10, 0, s3={"force_path_style": False})
    assert nas.writes == []
    assert pinned(nas, check, 25, 10, 0, new_name="abroad")["changed_fields"] == ["name"], "sends no provider"


def test_an_older_api_that_hides_nothing_updates() -> None:
    b2 = {"type": "B2", "account": "z", "key": SECRET}
    nas = FakeNas({"id": 1, "name": "offsite", "provider": b2}, version="26.0.0")
    assert pinned(nas, False, 25, 10, 0, b2={"account": "a"})["changed_fields"] == ["account"]
    same = FakeNas({**STORED, "provider": OLD_S3}, version="25.10.0")
    assert pinned(same, False, 25, 10, 0, s3={"region": "r"})["changed_fields"] == ["region"]
    with pytest.raises(errors.InvalidInput, match=r"mega: requires TrueNAS 25.10.0 or later, but api_version is older"):
        pinned(nas, False, 25, 4, 2, name="new", mega={"user": "u", "pass": SECRET})


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


def test_a_reader_can_check_what_is_visible_and_apply_nothing() -> None:
    nas = FakeNas(STORED, reader=True)
    hidden = run(nas, True, s3={"secret_access_key": OTHER, "region": "r"})
    assert (hidden["changed"], hidden["unknown_fields"]) == (False, ["region", "secret_access_key"])
    assert hidden["diff"]["before"] == hidden["diff"]["after"]
    assert any("CLOUD_SYNC_WRITE" in warning for warning in hidden["warnings"])
    visible = run(nas, True, s3={"endpoint": "https://other.example", "region": "r"})
    assert visible["changed_fields"] == ["endpoint"]
    with pytest.raises(errors.NotPermitted, match="CLOUD_SYNC_WRITE"):
        run(nas, s3={"endpoint": "https://other.example"})
    assert nas.writes == []


@pytest.mark.parametrize(
    ("options", "compared"),
    [
        ({"s3": {"region": "r"}}, "region"),
        ({"s3": {"secret_access_key": OTHER, "region": "r"}}, "region, secret_access_key"),
        ({"s3": DECLARED}, "access_key_id, secret_access_key"),
        ({"s3": {}, "clear_fields": ["region"]}, "region"),
    ],
)
def test_a_reader_who_applies_what_cannot_be_compared_fails_before_anything_is_sent(
    options: dict[str, Any], compared: str
) -> None:
    nas = FakeNas(STORED, reader=True)
    with pytest.raises(errors.NotPermitted, match=rf"role CLOUD_SYNC_WRITE.*'offsite' \(compare .*{compared}"):
        run(nas, **options)
    assert nas.writes == []
    checked = run(nas, True, **options)
    assert (checked["changed"], checked["drift"]) == (False, "unknown")
    [warning] = checked["warnings"]
    assert f"could not compare {', '.join(checked['unknown_fields'])}, because the NAS hides the values" in warning


@pytest.mark.parametrize(
    "options",
    [
        {"s3": {}},
        {"s3": {"endpoint": S3["endpoint"]}},
        {"s3": {"secret_access_key": OTHER}, "update_secret": "on_create"},
        {"name": "new", "state": "absent"},
    ],
)
def test_a_reader_with_nothing_to_compare_and_nothing_to_change_is_fine(options: dict[str, Any]) -> None:
    result = run(FakeNas(STORED, reader=True), **options)
    assert (result["changed"], result["drift"]) == (False, "none")


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


def token(expiry: str | None, access: str = "a") -> dict[str, Any]:
    """Return a token that expires at that time."""
    return {"access_token": f"{SECRET}-{access}", **({"expiry": expiry} if expiry else {})}


@pytest.mark.parametrize(
    ("stored", "declared", "changes"),
    [
        ("2026-09-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z", True),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("2026-01-01T01:00:00.123456789+02:00", "2025-12-31T23:00:00Z", False),
        ("0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", True),
        (None, "2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00Z", None, True),
        ("not a time", "2026-01-01T00:00:00Z", True),
    ],
)
def test_a_token_that_the_nas_has_refreshed_is_kept(stored: str | None, declared: str | None, changes: bool) -> None:
    entry = {"type": "BOX", "client_id": "", "client_secret": "", "token": json.dumps(token(stored, "new"))}
    nas = FakeNas({"id": 1, "name": "offsite", "provider": entry})
    result = run(nas, box={"token": token(declared, "old")})
    assert result["changed"] is changes
    assert result["kept_fields"] == ([] if changes else ["token"])
    assert (nas.entries[1]["provider"]["token"] == entry["token"]) is not changes


LATE, EARLY = token("2026-09-01T00:00:00Z", "late"), token("2026-01-01T00:00:00Z", "early")


def with_token(wire_type: str = "BOX", stored: Any = None) -> FakeNas:
    """Return a NAS that stores one credential with a token, given as a mapping or as text; LATE if none is."""
    stored = LATE if stored is None else stored
    text = stored if isinstance(stored, str) else json.dumps(stored)
    provider = {"type": wire_type, "client_id": "", "client_secret": f"{SECRET}-client", "token": text}
    return FakeNas({"id": 1, "name": "offsite", "provider": provider})


@pytest.mark.parametrize("client", [{"client_id": "c"}, {"client_secret": OTHER}])
@pytest.mark.parametrize("update", ["newest", "on_create"])
def test_another_client_brings_its_token(client: dict[str, str], update: str) -> None:
    nas = with_token()
    result = run(nas, box={"token": EARLY, **client}, update_token=update)
    assert result["changed_fields"] == sorted([*client, "token"])
    assert (result["kept_reasons"], json.loads(nas.entries[1]["provider"]["token"])) == ([], EARLY)


@pytest.mark.parametrize(
    ("update", "stored", "declared", "kept"),
    [
        ("newest", LATE, EARLY, ["token (refreshed by the NAS)"]),
        ("newest", EARLY, LATE, None),
        ("always", LATE, EARLY, None),
        ("always", EARLY, LATE, None),
        ("always", EARLY, EARLY, []),
        ("on_create", LATE, EARLY, ["token (update_token is on_create)"]),
        ("on_create", EARLY, LATE, ["token (update_token is on_create)"]),
        ("newest", "no json", EARLY, None),
    ],
)
def test_which_token_stays(update: str, stored: Any, declared: Any, kept: list[str] | None) -> None:
    for check in (True, False):
        nas = with_token(stored=stored)
        result = run(nas, check, box={"token": declared}, update_token=update)
        assert result["changed"] is (kept is None)
        assert result["kept_reasons"] == (kept or [])
        assert result["drift"] == ("found" if kept is None else "none")
    assert run(nas, box={"token": declared}, update_token=update)["changed"] is False


def test_a_newer_token_stays_also_where_the_nas_does_not_refresh_it() -> None:
    assert run(with_token("DROPBOX"), dropbox={"token": EARLY})["kept_reasons"] == ["token (it expires later)"]


def test_a_token_is_written_when_the_credential_is_created_whatever_is_said_of_updates() -> None:
    nas = FakeNas()
    result = run(nas, box={"token": EARLY}, update_token="on_create", update_secret="on_create")
    assert (result["action"], result["kept_reasons"]) == ("created", [])
    assert json.loads(nas.entries[1]["provider"]["token"]) == EARLY


@pytest.mark.parametrize(("refresh", "warned"), [("r", False), ("", True), (None, True)])
def test_a_token_without_refresh_token_is_warned_about(refresh: str | None, warned: bool) -> None:
    declared = {**EARLY, **({} if refresh is None else {"refresh_token": refresh})}
    warnings = run(FakeNas(), box={"token": declared})["warnings"]
    assert any("no refresh_token" in warning for warning in warnings) is warned
    assert run(FakeNas(), pcloud={"token": declared})["warnings"] == [], "pCloud gives out none"


def test_secrets_can_be_left_alone_once_they_are_there() -> None:
    nas = FakeNas(STORED)
    options: dict[str, Any] = {"s3": {**DECLARED, "secret_access_key": OTHER}, "update_secret": "on_create"}
    result = run(nas, **options)
    assert (result["changed"], result["kept_fields"]) == (False, ["secret_access_key"])
    assert result["kept_reasons"] == ["secret_access_key (update_secret is on_create)"]
    changed = run(nas, **{**options, "s3": {**options["s3"], "region": "r"}}, undeclared="default")
    assert changed["changed_fields"] == ["region"]
    assert nas.entries[3]["provider"] == {**S3, "region": "r"}


def test_a_reader_need_not_know_a_secret_that_stays_anyway() -> None:
    result = run(FakeNas(STORED, reader=True), True, s3={"secret_access_key": OTHER}, update_secret="on_create")
    assert (result["drift"], result["unknown_fields"], result["warnings"]) == ("none", [], [])


def test_what_is_cleared_by_name_is_cleared_all_the_same() -> None:
    sftp = {"type": "SFTP", "host": "h", "port": 22, "user": "u", "pass": SECRET, "private_key": 3}
    nas = FakeNas({"id": 1, "name": "offsite", "provider": sftp})
    result = run(nas, sftp={"host": "h"}, clear_fields=["pass"], update_secret="on_create")
    assert result["changed_fields"] == ["pass"]


@pytest.mark.parametrize(
    ("options", "reader", "drift"),
    [
        ({"s3": DECLARED}, False, "none"),
        ({"s3": {"region": "r"}}, False, "found"),
        ({"s3": {"region": "r"}}, True, "unknown"),
        ({"s3": {"endpoint": "https://s3.example.net"}}, True, "none"),
        ({"s3": {"endpoint": "https://other.example", "region": "r"}}, True, "found"),
        ({"name": "new", "s3": DECLARED}, True, "found"),
        ({"state": "absent"}, True, "found"),
        ({"name": "new", "state": "absent"}, True, "none"),
    ],
)
def test_drift_is_told_as_far_as_the_account_can_see_it(options: dict[str, Any], reader: bool, drift: str) -> None:
    assert run(FakeNas(STORED, reader=reader), True, **options)["drift"] == drift


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
    composed, decomposed = "b\u00fcro", "bu\u0308ro"
    stored = {**STORED, "name": composed}
    [warning] = run(FakeNas(stored), True, name=decomposed, s3=DECLARED)["warnings"]
    assert "Names that differ in case, spaces, or Unicode form are different credentials." in warning


def test_a_name_that_looks_like_no_other_is_not() -> None:
    assert run(FakeNas(STORED), name="off-site", s3=DECLARED)["warnings"] == []
    assert run(FakeNas(STORED), name="off-site", state="absent")["warnings"] == []


def test_the_same_token_written_otherwise_is_no_change() -> None:
    stored = json.dumps(token("2026-01-01T00:00:00Z"), indent=3).replace("\n", "\r\n")
    nas = FakeNas(
        {
            "id": 1,
            "name": "offsite",
            "provider": {"type": "DROPBOX", "client_id": "", "client_secret": "", "token": stored},
        }
    )
    assert run(nas, dropbox={"token": token("2026-01-01T00:00:00Z")})["changed"] is False


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


def test_a_row_without_a_provider_has_one_that_is_unknown() -> None:
    nas = FakeNas({"id": 3, "name": "offsite", "provider": None}, answers=SERVICE_TASKS)
    with pytest.raises(errors.InUse, match="Changing 'offsite' from an unknown provider to Amazon S3"):
        run(nas, s3=DECLARED)


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([STORED, "odd"], r"row 2\."),
        ([STORED, {"id": "4", "name": "abroad"}], r"row 2 \(id '4', name 'abroad'\)\."),
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
    assert SECRET in nas.held


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


SERVICE_TASKS = {
    "cloudsync.query": [{"id": 5, "description": "nightly", "credentials": {"id": 3}}],
    "cloud_backup.query": [{"id": 2, "description": "", "credentials": {"id": 3}}],
}
ABROAD = {**STORED, "id": 4, "name": "abroad"}
GOES: dict[str, Any] = {"state": "absent", "replace_with": "abroad"}
MOVES = ("cloudsync.update", "cloud_backup.update")


def used(**answers: Any) -> FakeNas:
    """Return a NAS with two credentials, the first of which two tasks use."""
    return FakeNas(
        STORED, ABROAD, answers={**SERVICE_TASKS, "cloudsync.update": {}, "cloud_backup.update": {}, **answers}
    )


def foretold(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without the changes for later tasks, which only check mode returns."""
    return {**result, "pending_credentials": []}


def moved(nas: FakeNas) -> list[tuple[Any, ...]]:
    """Return which tasks were given which credential, in order."""
    return [(method, number, given["credentials"]) for method, (number, given) in only(nas, MOVES)]


def only(nas: FakeNas, methods: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Return the calls of these methods with their parameters."""
    return [(method, params) for method, params in nas.params if method in methods]


def test_tasks_are_moved_before_their_credential_goes() -> None:
    predicted = run(nas := used(), True, **GOES)
    assert nas.writes == []
    assert foretold(run(nas, **GOES)) == foretold(predicted)
    assert moved(nas) == [("cloudsync.update", 5, 4), ("cloud_backup.update", 2, 4)]
    assert nas.writes[-1] == "cloudsync.credentials.delete"
    assert list(nas.entries) == [4]
    assert predicted["moved_tasks"] == [
        {"service": "cloudsync", "id": 5, "description": "nightly", "credential": "abroad"},
        {"service": "cloud_backup", "id": 2, "description": "", "credential": "abroad"},
    ]
    names = ("cloud sync task 'nightly' (id 5)", "cloud backup task id 2")
    assert predicted["diff"]["before"]["tasks"] == dict.fromkeys(names, "offsite")
    assert predicted["diff"]["after"] == {"tasks": dict.fromkeys(names, "abroad")}
    again = run(FakeNas(ABROAD), **GOES)
    assert (again["changed"], again["moved_tasks"]) == (False, [])


def test_a_task_that_a_play_gives_a_credential_counts_as_its_user() -> None:
    nas = FakeNas(ABROAD, STORED, answers=SERVICE_TASKS)
    changes = {"pending_tasks": [{"service": "cloudsync", "id": 5, "credential": "abroad"}]}
    with pytest.raises(errors.InUse, match="is used by cloud sync task id 5"):
        ensure(fresh_kind(), task(name="abroad", state="absent"), Nas(nas), True, changes)


def test_one_that_cannot_be_moved_sends_the_others_back_and_nothing_is_deleted() -> None:
    nas = used(**{"cloud_backup.update": errors.ServerFault("dataset is locked.")})
    with pytest.raises(errors.TrueNASError) as caught:
        run(nas, **GOES)
    assert moved(nas) == [("cloudsync.update", 5, 4), ("cloud_backup.update", 2, 4), ("cloudsync.update", 5, 3)]
    assert "cloud backup task id 2 cannot use 'abroad': dataset is locked." in str(caught.value)
    assert "These tasks use 'offsite' again: cloud sync task 'nightly' (id 5)." in str(caught.value)
    assert "cloudsync.credentials.delete" not in nas.calls


def test_one_that_cannot_go_back_is_named_with_what_it_uses() -> None:
    nas = used(**{"cloud_backup.update": errors.ServerFault("locked.")})
    real = nas.call

    def call(method: str, *params: Any, timeout: float | None = None) -> Any:
        if method == "cloudsync.update" and params[1] == {"credentials": 3}:
            raise errors.ServerFault("path gone.")
        return real(method, *params, timeout=timeout)

    nas.call = call  # type: ignore[method-assign]  # a fault in one call
    with pytest.raises(
        errors.TrueNASError, match=r"'nightly' \(id 5\) could not be reassigned to 'offsite' and now uses 'abroad'"
    ):
        run(nas, **GOES)


def test_a_delete_that_the_nas_refuses_after_all_sends_the_tasks_back() -> None:
    nas = used(**{"cloudsync.credentials.delete": errors.InUse("used by cloud sync task new.")})
    with pytest.raises(errors.InUse, match="use 'offsite' again"):
        run(nas, **GOES)
    assert moved(nas)[2:] == [("cloudsync.update", 5, 3), ("cloud_backup.update", 2, 3)]


def test_a_move_has_the_time_to_list_a_remote_folder() -> None:
    nas = used()
    real, given = nas.call, []

    def call(method: str, *params: Any, timeout: float | None = None) -> Any:
        if method in MOVES:
            given.append(timeout)
        return real(method, *params)

    nas.call = call  # type: ignore[method-assign]  # records the timeouts
    run(nas, **GOES)
    assert given == [180, 180]


def test_a_delete_whose_reply_is_lost_after_the_moves_is_not_sent_again() -> None:
    """Another client might have given the credential tasks again."""
    nas = used(**{"cloudsync.credentials.delete": errors.ConnectionLost("lost.")})
    with pytest.raises(errors.ConnectionLost, match=r"These tasks now use 'abroad': .*nightly"):
        run(nas, **GOES)
    assert nas.calls.count("cloudsync.credentials.delete") == 1


def test_a_connection_lost_amid_the_moves_says_what_may_have_been_moved() -> None:
    nas = used(**{"cloud_backup.update": errors.ConnectionLost("lost.")})
    with pytest.raises(errors.ConnectionLost, match=r"might already use 'abroad': .*nightly.*id 2.*Run the task again"):
        run(nas, **GOES)


@pytest.mark.parametrize("check", [True, False])
def test_the_other_credential_has_to_be_there(check: bool) -> None:
    nas = used()
    with pytest.raises(errors.NotFound, match=r"Credential 'Abroad' not found.*Did you mean 'abroad'"):
        run(nas, check, state="absent", replace_with="Abroad")
    assert nas.calls == ["cloudsync.credentials.query", "cloudsync.query", "cloud_backup.query"]
    assert nas.writes == []


def test_tasks_that_cannot_all_be_seen_are_not_moved() -> None:
    nas = used(**{"cloud_backup.query": errors.NotPermitted("no")})
    with pytest.raises(errors.NotPermitted, match="cloud backup task"):
        run(nas, **GOES)
    assert nas.writes == []


def test_moving_backups_takes_the_role_for_backups() -> None:
    nas = used()
    nas.may = lambda role: role == "CLOUD_SYNC_WRITE"  # type: ignore[method-assign]  # an account with one role
    with pytest.raises(errors.NotPermitted, match="needs the role CLOUD_BACKUP_WRITE"):
        run(nas, **GOES)
    assert nas.writes == []


B2_ABROAD = {"id": 4, "name": "abroad", "provider": {"type": "B2", "account": "a", "key": SECRET}}


def test_tasks_moved_to_another_provider_are_warned_about() -> None:
    nas = used(**{"cloud_backup.query": []})
    nas.entries[4] = B2_ABROAD
    assert any("a folder for Amazon S3" in warning for warning in run(nas, True, **GOES)["warnings"])
    run(nas, **GOES)
    [(_method, (_number, sent))] = only(nas, MOVES)
    assert sent == {
        "credentials": 4,
        "attributes": {"bucket": "b", "folder": "f", "fast_list": False, "chunk_size": 96},
    }


@pytest.mark.parametrize("check", [True, False])
def test_tasks_that_cannot_use_the_other_credential_are_named_before_a_write(check: bool) -> None:
    glacier = {"bucket": "b", "folder": "f", "storage_class": "GLACIER"}
    [sync] = SERVICE_TASKS["cloudsync.query"]
    nas = used(**{"cloudsync.query": [{**sync, "attributes": glacier}]})
    nas.entries[4] = B2_ABROAD
    with pytest.raises(errors.InvalidInput) as refused:
        run(nas, check, **GOES)
    assert [(problem.field, problem.reason.partition(": ")[0]) for problem in refused.value.problems] == [
        ("replace_with", "cannot be 'abroad' for the cloud sync task 'nightly' (id 5)"),
        ("replace_with", "cannot be 'abroad' for the cloud backup task id 2"),
    ]
    assert nas.writes == []


def test_a_refusal_of_the_nas_names_the_option_and_no_secret_of_the_task() -> None:
    text = "cloud_backup_update.password: no key found for hush-canary-repository"
    refusal = errors.InvalidField(text, [errors.Problem("password", "no key found for hush-canary-repository")])
    with pytest.raises(errors.TrueNASError, match="repository_password: no key found for") as refused:
        run(used(**{"cloud_backup.update": refusal}), **GOES)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"s3": DECLARED, "replace_with": "x"}, "^replace_with: requires state: absent"),
        ({"state": "absent", "replace_with": "offsite"}, "^replace_with: must not be the deleted credential itself"),
    ],
)
def test_replace_with_is_for_a_credential_that_goes(options: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.InvalidInput, match=message):
        task(**options)


def test_eight_asterisks_in_a_field_that_the_nas_shows_are_a_value_to_a_reader_too() -> None:
    [shown] = [field for field in facts.fields("S3").values() if field["name"] == "provider"]
    assert not shown["secret"]
    nas = FakeNas({**STORED, "provider": {**S3, "provider": "********"}}, reader=True)
    result = run(nas, check=True, s3={"provider": "Minio"})
    assert (result["changed_fields"], result["unknown_fields"]) == (["provider"], [])


S3_EU = {**S3, "region": "eu"}
SFTP = {"type": "SFTP", "host": "h", "port": 22, "user": "u", "pass": SECRET, "private_key": 3}


@pytest.mark.parametrize(
    ("stored", "options", "passed"),
    [
        (
            (),
            {"s3": DECLARED},
            {"id": None, "former_name": None, "name": "offsite", "provider": "s3", "fields": S3, "keypair": None},
        ),
        (
            (STORED,),
            {"s3": {"region": "eu"}, "new_name": "abroad"},
            {"id": 3, "former_name": "offsite", "name": "abroad", "provider": "s3", "fields": S3_EU, "keypair": None},
        ),
        ((STORED,), {"state": "absent"}, {"id": 3, "former_name": "offsite", "name": None}),
        (
            ({"id": 4, "name": "offsite", "provider": SFTP},),
            {"new_name": "abroad"},
            {"id": 4, "former_name": "offsite", "name": "abroad", "provider": "sftp", "fields": SFTP, "keypair": 3},
        ),
        (
            ({"id": 5, "name": "offsite", "provider": {"type": "NEWCOMER", "x": SECRET}},),
            {"new_name": "abroad"},
            {"id": 5, "former_name": "offsite", "name": "abroad"},
        ),
    ],
    ids=["created", "updated", "deleted", "keypair", "unknown"],
)  # fmt: skip
def test_check_mode_passes_a_change_on_without_secrets(
    stored: tuple[Any, ...], options: dict[str, Any], passed: dict[str, Any]
) -> None:
    [pending] = run(FakeNas(*stored), True, **options)["pending_credentials"]
    if "fields" in passed:
        hidden = ("type", "secret_access_key", "private_key", "pass")
        passed = {**passed, "fields": {name: value for name, value in passed["fields"].items() if name not in hidden}}
    assert pending == passed


def test_check_mode_passes_no_keypair_on_that_does_not_exist_yet() -> None:
    sftp = {"host": "h", "user": "u", "private_key_name": "k", "generate_private_key": True}
    [pending] = run(FakeNas(), True, sftp=sftp)["pending_credentials"]
    assert pending["keypair"] is None


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


def test_a_name_that_does_not_exist_is_told_with_what_to_do() -> None:
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


@pytest.mark.parametrize(
    ("change", "wire_type", "values"),
    [
        ({"name": "abroad"}, "B2", {"account": "a", "key": SECRET}),
        ({"name": "abroad", "provider": "b2", "fields": {"account": "b"}}, "B2", {"account": "b", "key": SECRET}),
        ({"name": "abroad", "provider": "http", "fields": {"url": "h"}}, "HTTP", {"url": "h"}),
        ({"name": "abroad", "provider": "b2", "fields": None}, "B2", {"account": "a", "key": SECRET}),
    ],
)
def test_check_mode_foresees_the_fields_of_a_credential(
    change: dict[str, Any], wire_type: str, values: dict[str, Any]
) -> None:
    entry = StoredCredential(3, "offsite", "B2", {"account": "a", "key": SECRET})
    [later] = foresee([entry], [{"id": 3, **change}])
    assert (later.name, later.wire_type, dict(later.values)) == ("abroad", wire_type, values)
