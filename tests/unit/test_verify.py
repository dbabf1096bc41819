# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying before and after a write, on a NAS in memory: what is asked, what it means, and what is stored in the end."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.arguments import VERIFICATION, VERIFICATION_PLACE
from ansible_collections.nasops.truenas.plugins.module_utils.credential.verification import ask
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis import causes, pool
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Aim, ProbeRefused
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_audit import TASK as AUDIT
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_info import TASK as INFO
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults, run, task_of_set

SECRET = "hush-canary-0001"
VERIFY, LOOK = "cloudsync.credentials.verify", "cloudsync.list_directory"
LIST = "cloudsync.list_buckets"
DENIED = "operation error S3: ListBuckets, api error AccessDenied: Access Denied"
SCOPED = {"valid": False, "error": f"ERROR : error listing: {DENIED}\n", "excerpt": f"ERROR : error listing: {DENIED}"}
WRONG = {"valid": False, "error": "api error SignatureDoesNotMatch", "excerpt": "api error SignatureDoesNotMatch"}
REFUSED, UNLISTED = (
    errors.ServerFault(f"The NAS failed ({LIST}): {said}", -32001, 14, said)
    for said in ("api error SignatureDoesNotMatch", DENIED)
)
MISSING = errors.ServerFault(f"The NAS failed ({LOOK}): directory not found", -32001, 14)
B2_OPTIONS = {"account": "a", "key": SECRET}
B2 = {"type": "B2", **B2_OPTIONS}
STORED = {"id": 4, "name": "offsite", "provider": B2}
S3 = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET}


def info(nas: FakeNas, **options: Any) -> list[dict[str, Any]]:
    """Return what an audit of the stored credentials finds."""
    found: list[dict[str, Any]] = INFO.read({**defaults(INFO.arguments), **options}, True)(Nas(nas))["credentials"]
    return found


def test_a_key_that_opens_its_bucket_is_valid_though_it_may_not_list_the_root() -> None:
    nas = FakeNas(answers={VERIFY: SCOPED, LOOK: [{"Name": "x"}]})
    result = run(nas, s3=S3, verify="changed", verify_bucket="backups", verify_path="nas1")
    assert (result["action"], result["verification"]["state"]) == ("created", "valid")
    [asked] = [params for method, params in nas.params if method == LOOK]
    assert asked == ({"credentials": 1, "attributes": {"bucket": "backups", "folder": "nas1"}},)
    assert nas.writes == ["cloudsync.credentials.create"]


def test_without_a_bucket_such_a_key_is_inconclusive_and_written_unless_that_fails() -> None:
    nas = FakeNas(answers={VERIFY: SCOPED})
    result = run(nas, s3=S3, verify="changed")
    assert (result["verification"]["state"], result["verification"]["cause"]) == ("inconclusive", "scoped_key")
    [warning] = result["warnings"]
    assert "verify_bucket" in warning, "the hint says what to do"
    assert warning.endswith(" The task stores the new values anyway. To refuse them, set on_inconclusive: fail.")
    assert nas.writes == ["cloudsync.credentials.create"]
    nas.answers[LIST] = []
    again = run(nas, s3=S3, verify="always")
    assert again["changed"] is False
    assert warning.startswith("Verification of 'offsite' was inconclusive: ")
    [unwritten] = again["warnings"]
    assert unwritten.endswith(again["verification"]["hint"]), "nothing is written"
    strict = FakeNas(answers={VERIFY: SCOPED})
    with pytest.raises(errors.VerificationFailed, match=r"was inconclusive.*No changes were made") as caught:
        run(strict, s3=S3, verify="changed", on_inconclusive="fail")
    assert caught.value.details()["verification"]["cause"] == "scoped_key"
    assert strict.writes == []


def test_what_was_created_for_nothing_is_removed_again() -> None:
    nas = FakeNas(answers={VERIFY: SCOPED, LOOK: MISSING})
    with pytest.raises(
        errors.VerificationFailed, match=r"directory not found.*after the change was written.*deleted again"
    ):
        run(nas, s3=S3, verify="changed", verify_bucket="nowhere")
    assert nas.writes == ["cloudsync.credentials.create", "cloudsync.credentials.delete"]
    assert nas.entries == {}


def test_what_was_updated_for_nothing_is_as_it_was() -> None:
    nas = FakeNas(STORED, answers={LOOK: MISSING})
    with pytest.raises(errors.VerificationFailed, match="Rolled back to the previous values"):
        run(nas, b2={"account": "b", "key": f"{SECRET}-new"}, new_name="abroad", verify="changed", verify_bucket="x")
    assert nas.entries == {4: STORED}
    assert nas.writes == ["cloudsync.credentials.update"] * 2


def test_a_restore_that_fails_says_what_is_stored_now() -> None:
    nas = FakeNas(STORED)
    nas.answers[LOOK] = lambda *params: nas.answers.update({"cloudsync.credentials.update": MISSING}) or MISSING
    result = run(nas, b2={"key": f"{SECRET}-new"}, verify="changed", verify_bucket="x")
    assert "'offsite' still has the new values" in result["msg"]
    assert nas.entries[4]["provider"]["key"] == f"{SECRET}-new"
    assert stands(result)
    assert result["verification"]["state"] == "invalid"


def test_values_that_failed_are_not_said_to_be_stored_on_purpose() -> None:
    nas = FakeNas(STORED)
    late = errors.TimedOut("late.")
    nas.answers[LOOK] = lambda *params: nas.answers.update({"cloudsync.credentials.update": MISSING}) or late
    options = {"verify": "changed", "verify_bucket": "x", "on_inconclusive": "fail"}
    result = run(nas, False, b2={"key": f"{SECRET}-new"}, **options)
    assert (result["failed"], result["verification"]["state"]) == (True, "inconclusive")
    assert "anyway" not in str(result["warnings"])


def stands(result: dict[str, Any]) -> bool:
    """Tell whether a result is a failure that says what was written all the same, and which secret that replaced."""
    told = (result["failed"], result["changed"], result["action"], result["replaced"]["fields"])
    return told == (True, True, "updated", ["key"])


def test_a_credential_that_another_client_deletes_before_the_rollback_is_not_created_again() -> None:
    nas = FakeNas(STORED)

    def look(*params: Any) -> Any:
        nas.entries.clear()
        nas.answers["cloudsync.credentials.update"] = errors.NotFound("gone.")
        return MISSING

    nas.answers[LOOK] = look
    with pytest.raises(errors.VerificationFailed, match="Rollback failed: 'offsite' no longer exists"):
        run(nas, b2={"key": NEW}, verify="changed", verify_bucket="x")
    assert nas.writes == ["cloudsync.credentials.update"] * 2


@pytest.mark.parametrize("created", [True, False])
def test_what_another_client_has_changed_since_is_not_rolled_back(created: bool) -> None:
    nas = FakeNas(*([] if created else [STORED]))
    theirs = {"type": "B2", "account": "theirs", "key": f"{SECRET}-theirs"}

    def look(*params: Any) -> Any:
        [number] = nas.entries
        nas.entries[number] = {**nas.entries[number], "provider": theirs}
        return MISSING

    nas.answers[LOOK] = look
    result = run(nas, b2={"account": "b", "key": NEW}, verify="changed", verify_bucket="x")
    assert "Not rolled back, because another client has changed 'offsite' since" in result["msg"]
    assert result["changed"]
    assert [entry["provider"] for entry in nas.entries.values()] == [theirs]
    assert len(nas.writes) == 1
    assert nas.calls.count("cloudsync.credentials.query") == (3 if created else 2)
    assert result["credential"]["b2"]["account"] == "theirs", "the result shows what the NAS stores now"


def test_a_provider_that_this_collection_does_not_support_is_rolled_back_too() -> None:
    was = {"id": 4, "name": "offsite", "provider": {"type": "NEWCOMER", "x": SECRET}}
    nas = FakeNas(was, answers={VERIFY: turns(VALID, WRONG)})
    nas.answers["cloudsync.credentials.update"] = lambda number, payload: (
        nas.entries.update({number: {**nas.entries[number], **payload}}) or nas.entries[number]
    )
    with pytest.raises(errors.VerificationFailed, match="Rolled back to the previous values"):
        run(nas, new_name="abroad", verify="always", verify_again=True)
    assert nas.entries == {4: was}


def test_a_token_that_the_nas_refreshes_does_not_prevent_the_rollback() -> None:
    token = {"access_token": f"{SECRET}-a", "refresh_token": f"{SECRET}-r", "expiry": "2020-01-01T00:00:00Z"}
    stored = {
        "id": 4,
        "name": "offsite",
        "provider": {"type": "DROPBOX", "token": json.dumps(token), "client_id": "", "client_secret": ""},
    }
    nas = FakeNas(stored)

    def verify(*params: Any) -> Any:
        fresh = json.dumps({**token, "access_token": f"{SECRET}-b", "expiry": "2099-01-01T00:00:00Z"})
        nas.entries[4]["provider"]["token"] = fresh
        return MISSING

    nas.answers[LOOK] = verify
    with pytest.raises(errors.VerificationFailed, match="Rolled back to the previous values"):
        run(nas, dropbox={"client_id": "own", "client_secret": NEW}, verify="changed", verify_path="x")
    assert nas.writes == ["cloudsync.credentials.update"] * 2


def test_a_name_that_was_not_rolled_back_is_a_failed_rollback() -> None:
    nas = FakeNas(STORED)

    def restore(*params: Any) -> Any:
        nas.entries[4] = {**STORED, "name": "abroad"}
        return MISSING

    nas.answers[LOOK] = lambda *params: nas.answers.update({"cloudsync.credentials.update": restore}) or MISSING
    result = run(nas, b2={"account": "b", "key": NEW}, new_name="abroad", verify="changed", verify_bucket="x")
    assert "Rollback failed: 'abroad' still has the new values" in result["msg"]
    assert result["credential"]["b2"]["account"] == "a", "the result shows what the NAS stores now"


def test_a_creation_that_cannot_be_removed_is_a_change() -> None:
    nas = FakeNas(answers={VERIFY: SCOPED, LOOK: MISSING, "cloudsync.credentials.delete": MISSING})
    result = run(nas, s3=S3, verify="changed", verify_bucket="nowhere")
    assert "could not delete 'offsite'" in result["msg"]
    assert (result["failed"], result["action"], result["credential"]["id"]) == (True, "created", 1)


@pytest.mark.parametrize("unsure", [True, False])
def test_where_nobody_can_look_the_reply_to_the_restore_counts(unsure: bool) -> None:
    nas = FakeNas(STORED)

    def look(*params: Any) -> Any:
        nas.answers["cloudsync.credentials.query"] = MISSING
        if unsure:
            nas.answers["cloudsync.credentials.update"] = errors.ConnectionLost("lost")
        return MISSING

    nas.answers[LOOK] = look
    if unsure:
        result = run(nas, b2={"key": f"{SECRET}-new"}, verify="changed", verify_bucket="x")
        assert "Could not check whether the rollback succeeded" in result["msg"]
        assert stands(result)
    else:
        with pytest.raises(errors.VerificationFailed, match="Could not check whether the rollback succeeded"):
            run(nas, b2={"key": f"{SECRET}-new"}, verify="changed", verify_bucket="x")


def test_a_connection_that_breaks_after_the_write_is_told() -> None:
    nas = FakeNas(STORED)
    nas.each = _breaking(nas, LOOK)  # type: ignore[method-assign]  # a session whose connection breaks
    result = run(nas, b2={"key": f"{SECRET}-new"}, verify="changed", verify_bucket="x")
    assert result["msg"].startswith(
        "The connection was lost. The NAS stores the new values of 'offsite', but they were"
    )
    assert stands(result)


def _breaking(nas: FakeNas, method: str, error: Exception | None = None) -> Any:
    each = nas.each

    def broken(calls: Any) -> Any:
        if any(call.method == method for call in calls):
            raise error or errors.ConnectionLost("The connection was lost.")
        return each(calls)

    return broken


@pytest.mark.parametrize("error", [errors.ServerFault("not JSON"), errors.InvalidField("not JSON", [])])
def test_an_answer_that_cannot_be_read_after_the_write_is_told(error: errors.TrueNASError) -> None:
    nas = FakeNas(STORED)
    nas.each = _breaking(nas, LOOK, error)  # type: ignore[method-assign]  # a session that breaks
    result = run(nas, b2={"key": f"{SECRET}-new"}, verify="changed", verify_bucket="x")
    assert "not JSON" in result["msg"]
    assert "stores the new values of 'offsite', but they were not verified" in result["msg"]
    assert stands(result)


def test_a_wrong_secret_ends_it_before_the_bucket_is_looked_into() -> None:
    nas = FakeNas(answers={VERIFY: WRONG, LOOK: []})
    with pytest.raises(errors.VerificationFailed, match=r"No changes were made"):
        run(nas, s3=S3, verify="changed", verify_bucket="backups")
    assert LOOK not in nas.calls
    assert nas.writes == []


def test_check_mode_says_that_it_cannot_look_into_a_bucket_of_what_is_not_stored() -> None:
    nas = FakeNas(STORED, answers={LOOK: []})
    changed = run(nas, True, b2={"key": f"{SECRET}-new"}, verify="always", verify_bucket="x")
    assert changed["verification"]["state"] == "skipped"
    settled = run(nas, True, b2={"key": SECRET}, verify="always", verify_bucket="x")
    assert settled["verification"]["state"] == "valid"
    assert nas.writes == []


BUCKETS = {
    "s3": S3,
    "storj_ix": S3,
    "b2": B2_OPTIONS,
    "azureblob": {"account": "account", "key": "a2V5"},
    "google_cloud_storage": {
        "service_account_credentials": {
            **{"type": "service_account", "project_id": "p", "private_key": SECRET},
            **{"client_email": "a@example.com", "token_uri": "https://h.example/"},
        }
    },
    "openstack_swift": {"user": "u", "key": SECRET, "auth": "https://h.example/v3", "auth_version": "3"},
}
"""Options of a credential for each provider with buckets that a NAS can use."""


def test_every_provider_with_buckets_is_among_them() -> None:
    assert BUCKETS.keys() == {key for key, one in PROVIDERS.items() if one.has_buckets and not one.retired}


@pytest.mark.parametrize("key", BUCKETS)
def test_a_root_without_buckets_proves_nothing_and_fails_only_if_asked_to(key: str) -> None:
    given: dict[str, Any] = {key: BUCKETS[key], "verify": "changed"}
    nas = FakeNas(answers={LIST: []})
    result = run(nas, **given)
    assert (result["action"], result["verification"]["state"]) == ("created", "inconclusive")
    assert (result["verification"]["cause"], result["verification"]["by"]) == ("empty_root", "nas")
    assert any("verify_bucket" in warning for warning in result["warnings"]), "the hint says what to do"
    assert [call for call in nas.calls if call in (VERIFY, LIST)] == [VERIFY, LIST]
    strict = FakeNas(answers={LIST: []})
    with pytest.raises(
        errors.VerificationFailed, match=r"does not contain buckets.*verify_bucket.*It was deleted again"
    ):
        run(strict, **given, on_inconclusive="fail")
    assert strict.entries == {}


@pytest.mark.parametrize("key", BUCKETS)
def test_a_root_with_a_bucket_is_looked_at_once_it_can_be(key: str) -> None:
    nas = FakeNas()
    given: dict[str, Any] = {key: BUCKETS[key], "verify": "always"}
    assert run(nas, **given)["verification"]["state"] == "valid"
    assert [call for call in nas.calls if call in (VERIFY, LIST)] == [VERIFY, LIST], "one more call for a write"
    nas.calls.clear()
    again = run(nas, **given)
    assert (again["changed"], again["verification"]["state"]) == (False, "valid")
    assert [call for call in nas.calls if call in (VERIFY, LIST)] == [LIST], "and none more for what is stored"


def test_where_nothing_is_verified_or_nothing_has_buckets_no_buckets_are_asked_for() -> None:
    for options in ({"s3": S3}, {"http": {"url": "https://h.example/"}, "verify": "always", "verify_again": True}):
        nas = FakeNas()
        run(nas, **options)
        assert LIST not in nas.calls


def test_a_wrong_secret_ends_it_before_buckets_are_asked_for() -> None:
    nas = FakeNas(answers={VERIFY: WRONG})
    with pytest.raises(errors.VerificationFailed, match="No changes were made"):
        run(nas, s3=S3, verify="changed")
    assert (nas.writes, LIST in nas.calls) == ([], False)


def test_a_list_of_buckets_that_is_refused_after_the_write_takes_it_back() -> None:
    nas = FakeNas(STORED, answers={LIST: REFUSED})
    with pytest.raises(errors.VerificationFailed, match=r"SignatureDoesNotMatch.*Rolled back to the previous values"):
        run(nas, b2={"key": f"{SECRET}-new"}, verify="changed")
    assert nas.entries == {4: STORED}


def test_check_mode_says_that_it_cannot_list_the_buckets_of_what_is_not_stored() -> None:
    nas = FakeNas(STORED)
    changed = run(nas, True, b2={"key": f"{SECRET}-new"}, verify="always", on_inconclusive="fail")
    assert (changed["verification"]["state"], changed["verification"]["cause"]) == ("skipped", "not_stored_yet")
    assert run(nas, True, b2={"key": SECRET}, verify="always")["verification"]["state"] == "valid"
    assert nas.writes == []


def test_an_audit_says_of_an_empty_root_that_it_proves_nothing() -> None:
    [found] = info(FakeNas(STORED, answers={LIST: []}), verify="always")
    assert (found["verification"]["state"], found["verification"]["cause"]) == ("inconclusive", "empty_root")


@pytest.mark.parametrize("place", [{}, {"verify_bucket": "x"}])
@pytest.mark.parametrize(("code", "errno"), [(-32001, 201), (-32601, 0)])
def test_an_api_version_without_lists_proves_nothing_and_takes_nothing_back(
    place: dict[str, Any], code: int, errno: int
) -> None:
    lacks = errors.ServerFault("Method 'list_buckets' not found in 'cloudsync'", code, errno)
    nas = FakeNas(STORED, answers={LIST: lacks, LOOK: lacks})
    [found] = info(nas, name="offsite", verify="always", **place)
    result = run(nas, b2={"key": f"{SECRET}-new"}, verify="changed", **place)
    for verification in (found["verification"], result["verification"]):
        assert verification["state"] == "inconclusive"
        assert "api_version" in verification["hint"]
    assert nas.writes == ["cloudsync.credentials.update"]


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Mapping[str, Any], Aim]]:
    """What B2's probe, replaced by one that refuses the account `wrong`, was asked."""
    asked: list[tuple[Mapping[str, Any], Aim]] = []

    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        asked.append((wire, aim))
        if wire["account"] == "slow":
            time.sleep(0.6)
        if wire["account"] == "wrong":
            raise ProbeRefused(f"401 for {SECRET}", causes.WRONG_LOGIN)
        if wire["account"] == "odd":
            raise RuntimeError(SECRET)

    monkeypatch.setattr(PROVIDERS["b2"], "probe", staticmethod(probe))
    return asked


@pytest.mark.parametrize(
    ("account", "by", "state", "who"),
    [
        ("a", "controller", "valid", "controller"),
        ("wrong", "controller", "invalid", "controller"),
        ("wrong", "both", "invalid", "controller"),
        ("odd", "controller", "inconclusive", "controller"),
        ("a", "both", "valid", "nas"),
    ],
)
def test_who_is_asked(probed: list[Any], account: str, by: str, state: str, who: str) -> None:
    nas = FakeNas()
    options: dict[str, Any] = {"b2": {"account": account, "key": SECRET}, "verify": "always", "verify_by": by}
    if state == "invalid":
        with pytest.raises(errors.VerificationFailed) as caught:
            run(nas, **options)
        found = caught.value.details()["verification"]
        assert found["hint"]
    else:
        found = run(nas, **options)["verification"]
    assert (found["state"], found["by"]) == (state, who)
    if account == "odd":
        assert (found["cause"], found["error"]) == ("unknown", "The check itself failed (RuntimeError)")
    assert nas.calls.count(VERIFY) == (by == "both")
    assert "keychaincredential.query" not in nas.calls
    assert len(probed) == 1


@pytest.mark.parametrize(("account", "state"), [("a", "valid"), ("odd", "inconclusive"), ("wrong", "invalid")])
def test_a_verification_by_the_controller_has_the_time_of_its_own_probe(
    probed: list[Any], account: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(7.0, 0.126)
    monkeypatch.setattr(pool, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    stored = {**STORED, "provider": {**B2, "account": account}}
    [credential] = info(FakeNas(stored), verify="always", verify_by="controller")
    assert (credential["verification"]["state"], credential["verification"]["seconds"]) == (state, 0.13)


def test_the_controller_looks_into_the_bucket_before_anything_is_written(probed: list[Any]) -> None:
    nas = FakeNas()
    run(
        nas,
        b2={"account": "a", "key": SECRET},
        verify="changed",
        verify_by="controller",
        verify_bucket="x",
        verify_path="y",
        verify_write=True,
        verify_timeout=21,
    )
    assert probed[0][1] == Aim("x", "y", True, 21, None)
    assert LOOK not in nas.calls


def test_a_probe_that_takes_too_long_is_given_up(probed: list[Any]) -> None:
    begun = time.monotonic()
    options: dict[str, Any] = {"b2": {"account": "slow", "key": SECRET}, "verify": "always", "verify_by": "controller"}
    result = run(FakeNas(), **options, verify_timeout=0.1)
    assert (result["verification"]["state"], result["verification"]["cause"]) == ("inconclusive", "timeout")
    assert time.monotonic() - begun < 0.5


def test_probes_that_hang_make_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(
        PROVIDERS["b2"], "probe", staticmethod(lambda wire, aim: wire["account"] == "hang" and hanging.wait(20))
    )
    accounts = ["hang"] * 10 + ["a"]
    items = [
        {"name": f"n{n}", "state": "present", "b2": {"account": account, "key": SECRET}, "clear_fields": []}
        for n, account in enumerate(accounts)
    ]
    wanted = task_of_set(*items, verify="always", verify_by="controller", verify_timeout=0.2)
    result = batch.ensure(KIND, wanted, Nas(FakeNas()), True)
    hanging.set()
    assert [item["verification"]["state"] for item in result["credentials"]] == ["inconclusive"] * 10 + ["valid"]


def test_what_is_left_of_a_secret_is_hidden_too() -> None:
    key = "abcdefgh?ij=klm"
    nas = FakeNas(answers={VERIFY: {"valid": False, "error": "", "excerpt": f"bad key {key}"}})
    with pytest.raises(errors.VerificationFailed) as caught:
        run(nas, b2={"account": "a", "key": key}, verify="changed")
    assert "abcdefgh" not in str(caught.value)


def test_a_side_that_was_skipped_is_told_though_the_other_is_valid(probed: list[Any]) -> None:
    result = run(
        FakeNas(), True, b2={"account": "a", "key": SECRET}, verify="always", verify_by="both", verify_bucket="x"
    )
    assert result["verification"]["state"] == "valid"
    assert any("from the NAS" in warning for warning in result["warnings"])


def test_one_slow_probe_holds_up_no_other(probed: list[Any]) -> None:
    items = [
        {"name": f"n{n}", "state": "present", "b2": {"account": "slow", "key": SECRET}, "clear_fields": []}
        for n in range(10)
    ]
    wanted = task_of_set(*items, verify="always", verify_by="controller")
    begun = time.monotonic()
    result = batch.ensure(KIND, wanted, Nas(FakeNas()), True)
    assert {item["verification"]["state"] for item in result["credentials"]} == {"valid"}
    assert time.monotonic() - begun < 1.8, "ten of 0.6 seconds, together"


def test_whoever_waits_is_told_how_many_verifications_are_done(probed: list[Any]) -> None:
    b2 = [{**STORED, "id": number, "name": f"n{number}"} for number in (1, 2, 3)]
    box = {"id": 9, "name": "skipped", "provider": {"type": "BOX", "client_id": "", "client_secret": "", "token": "{}"}}
    told: list[tuple[int, int]] = []
    nas = Nas(FakeNas(*b2, box))
    nas.progress = lambda done, total: told.append((done, total))
    INFO.read({**defaults(INFO.arguments), "verify": "always"}, False)(nas)
    assert told == [(1, 3), (2, 3), (3, 3)], "a provider that is spared is not waited for"
    told.clear()
    INFO.read({**defaults(INFO.arguments), "verify": "always", "verify_by": "both"}, False)(nas)
    assert told == [(done, 6) for done in range(1, 7)], "each side verifies each credential"


VALID = {"valid": True, "error": None, "excerpt": None}
AGAIN: dict[str, Any] = {"verify": "changed", "verify_again": True}
NEW = f"{SECRET}-new"


def turns(*answers: Any) -> Any:
    """Return what answers a call with each of these in turn, and with the last one from then on."""
    left = [*answers]
    return lambda *params: left.pop(0) if len(left) > 1 else left[0]


def test_what_is_stored_is_verified_again() -> None:
    nas = FakeNas(STORED)
    assert run(nas, b2={"key": NEW}, **AGAIN)["verification"]["state"] == "valid"
    asked = [(method, params) for method, params in nas.params if method in (VERIFY, LIST)]
    assert [method for method, _params in asked] == [VERIFY, LIST]
    assert (asked[0][1][0]["key"], asked[1][1]) == (NEW, (4,))
    assert nas.calls.index("cloudsync.credentials.update") == nas.calls.index(VERIFY) + 1


def test_it_is_what_the_nas_stores_that_is_verified_again() -> None:
    web = {"type": "WEBDAV", "url": "https://h.example/", "vendor": "OTHER", "user": "u", "pass": SECRET}
    stored = {"id": 4, "name": "offsite", "provider": web}
    nas = FakeNas(stored)
    nas.answers["cloudsync.credentials.update"] = {**stored, "provider": {**web, "pass": f"{SECRET}-cut"}}
    run(nas, webdav={"pass": NEW}, **AGAIN)
    assert [params[0]["pass"] for method, params in nas.params if method == VERIFY] == [NEW, f"{SECRET}-cut"]


@pytest.mark.parametrize(
    ("later", "options", "says"),
    [
        (REFUSED, {}, "failed"),
        (UNLISTED, {"on_inconclusive": "fail"}, "was inconclusive"),
        ([], {"on_inconclusive": "fail"}, "was inconclusive"),
        (errors.NotPermitted("not any more"), {}, "not any more"),
    ],
)
def test_what_no_longer_opens_is_as_it_was(later: Any, options: dict[str, Any], says: str) -> None:
    was = {"id": 4, "name": "offsite", "provider": stored_s3()}
    nas = FakeNas(was, answers={LIST: later})
    with pytest.raises(errors.TrueNASError, match=rf"{says}.*Rolled back to the previous values"):
        run(nas, s3={"secret_access_key": NEW}, **AGAIN, **options)
    assert nas.entries == {4: was}
    assert nas.writes == ["cloudsync.credentials.update"] * 2


def stored_s3() -> dict[str, Any]:
    """Return an S3 provider as a NAS stores it."""
    return {"type": "S3", **PROVIDERS["s3"].defaults((26, 0, 0)), **S3}


def test_without_again_one_look_is_enough() -> None:
    nas = FakeNas(STORED, answers={VERIFY: turns(VALID, WRONG)})
    run(nas, b2={"key": NEW}, verify="changed")
    assert nas.calls.count(VERIFY) == 1
    assert nas.entries[4]["provider"]["key"] == NEW


def test_what_is_not_written_is_not_verified_again() -> None:
    always = {**AGAIN, "verify": "always"}
    for check, key in ((True, NEW), (False, SECRET)):
        nas = FakeNas(STORED)
        run(nas, check, b2={"key": key}, **always)
        assert [call for call in nas.calls if call in (VERIFY, LIST)] == [VERIFY if key == NEW else LIST]
        assert nas.writes == []


def test_both_sides_look_again(probed: list[Any]) -> None:
    nas = FakeNas(STORED)
    found = run(nas, b2={"key": NEW}, **AGAIN, verify_by="both")["verification"]
    assert [part["by"] for part in found["parts"]] == ["nas", "controller"]
    assert (nas.calls.count(VERIFY), nas.calls.count(LIST), len(probed)) == (1, 1, 2)


def test_a_bucket_is_looked_into_once_and_by_both(probed: list[Any]) -> None:
    nas = FakeNas(STORED, answers={LOOK: []})
    found = run(nas, b2={"key": NEW}, **AGAIN, verify_by="both", verify_bucket="x")["verification"]
    assert (found["state"], len(found["parts"]), nas.calls.count(LOOK), len(probed)) == ("valid", 2, 1, 2)


def test_the_controller_is_not_asked_again_where_only_the_nas_had_to_wait(probed: list[Any]) -> None:
    nas = FakeNas(STORED, answers={LOOK: []})
    options: dict[str, Any] = {"verify": "changed", "verify_by": "both", "verify_bucket": "x"}
    found = run(nas, b2={"key": NEW}, **options)["verification"]
    assert ({part["by"] for part in found["parts"]}, nas.calls.count(LOOK), len(probed)) == (
        {"nas", "controller"},
        1,
        1,
    )


def test_what_cannot_be_verified_is_not_swapped() -> None:
    token = {"access_token": SECRET, "refresh_token": SECRET, "expiry": "2030-01-01T00:00:00Z"}
    for check in (True, False):
        nas = FakeNas()
        with pytest.raises(errors.VerificationFailed, match=r"set verify_may_refresh: true.*No changes were made"):
            run(nas, check, box={"token": token}, **{**AGAIN, "verify": "always"})
        assert (nas.writes, VERIFY in nas.calls) == ([], False)
    nas = FakeNas()
    # This value does not apply to a verification that the task has not attempted.
    [warning] = run(nas, box={"token": token}, verify="changed", on_inconclusive="fail")["warnings"]
    assert "Skipped the verification" in warning
    assert warning.endswith(
        "The task stores the new values anyway. To refuse them, set on_inconclusive: fail_unless_valid."
    )
    assert run(nas, box={"token": token}, **{**AGAIN, "verify": "always"})["changed"] is False, "nothing to swap"
    nas = FakeNas()
    run(nas, box={"token": token}, **AGAIN, verify_may_refresh=True)
    assert nas.calls.count(VERIFY) == 2


def test_a_name_that_does_not_resolve_is_told_apart_whatever_the_library_makes_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        try:
            try:
                raise socket.gaierror(-2, "Name or service not known")
            except OSError as error:
                raise ValueError("Could not connect to the endpoint URL") from error
        except ValueError as error:
            raise ProbeRefused(str(error), causes.UNREACHABLE) from error

    monkeypatch.setattr(PROVIDERS["b2"], "probe", staticmethod(probe))
    [found] = info(FakeNas(STORED), verify="always", verify_by="controller")
    assert found["verification"]["cause"] == "unknown_host"
    assert "DNS" in found["verification"]["hint"]


def test_what_a_reader_cannot_compare_counts_as_not_verified() -> None:
    nas = FakeNas(STORED, reader=True)
    with pytest.raises(errors.VerificationFailed, match=r"role CLOUD_SYNC_WRITE.*No changes were made"):
        run(nas, True, b2={"key": SECRET}, **{**AGAIN, "verify": "always"})
    with pytest.raises(errors.NotPermitted, match=r"role CLOUD_SYNC_WRITE .*'offsite' \(compare key\)"):
        run(nas, b2={"key": SECRET}, **{**AGAIN, "verify": "always"})
    assert nas.writes == []


def test_of_a_set_what_fails_again_is_taken_back_alone() -> None:
    def buckets(id_: int) -> Any:
        return REFUSED if nas.entries[id_]["provider"]["account"] == "bad" else [{"Name": "backups"}]

    nas = FakeNas(answers={LIST: buckets})
    items: list[dict[str, Any]] = [
        {"name": name, "state": "present", "b2": {"account": name, "key": SECRET}, "clear_fields": []}
        for name in ("bad", "good")
    ]
    result = batch.ensure(KIND, task_of_set(*items, **AGAIN), Nas(nas), False)
    assert [item.get("failed", False) for item in result["credentials"]] == [True, False]
    assert "It was deleted again" in result["msg"]
    assert [entry["name"] for entry in nas.entries.values()] == ["good"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"verify_write": True}, "verify_write"),
        ({"verify_path": "x"}, "verify_path"),
        ({"verify_bucket": "a/b"}, "verify_bucket"),
        ({"verify_timeout": 0}, "verify_timeout"),
    ],
)
def test_what_can_never_be_verified_is_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidInput, match=f"^{field}: "):
        run(FakeNas(), s3=S3, verify="always", **options)


def test_once_more_than_never_is_refused_but_where_nothing_is_written() -> None:
    with pytest.raises(errors.InvalidInput, match=r"^verify_again: requires verify: changed or always"):
        run(FakeNas(), s3=S3, verify_again=True)
    assert info(FakeNas(STORED), verify="always", verify_again=True)[0]["verification"]["state"] == "valid"
    item = {"name": "offsite", "state": "present", "b2": B2_OPTIONS, "clear_fields": [], "verify_again": True}
    given = {**defaults(AUDIT.arguments), "credentials": [item]}
    assert AUDIT.read(given, True)(Nas(FakeNas(STORED)))["audit"]["credentials"]


def test_a_provider_without_buckets_has_folders_only() -> None:
    web = {"url": "https://h.example/"}
    with pytest.raises(errors.InvalidInput, match=r"^verify_bucket: requires a provider with buckets"):
        run(FakeNas(), http=web, verify="always", verify_bucket="x")
    nas = FakeNas(answers={LOOK: []})
    assert run(nas, http=web, verify="always", verify_path="x")["verification"]["state"] == "valid"


PAIR = {"id": 7, "name": "far", "type": "SSH_KEY_PAIR"}


def sftp(**options: Any) -> dict[str, Any]:
    """Return a stored SFTP credential that logs in with the keypair 7."""
    return {
        "id": 5,
        "name": "files",
        "provider": {"type": "SFTP", "host": "h", "port": 22, "user": "u", "pass": None, "private_key": 7, **options},
    }


@pytest.mark.parametrize(
    ("rows", "state", "says"),
    [
        ([{**PAIR, "attributes": {"private_key": SECRET, "public_key": ""}}], "valid", ""),
        ([{**PAIR, "attributes": "********"}], "skipped", "KEYCHAIN_CREDENTIAL_WRITE"),
        ([], "invalid", "keypair"),
        (errors.NotPermitted("no"), "skipped", "KEYCHAIN_CREDENTIAL_WRITE"),
    ],
)
def test_the_key_of_a_keypair_is_fetched_for_the_controller(
    monkeypatch: pytest.MonkeyPatch, rows: Any, state: str, says: str
) -> None:
    keys = []
    monkeypatch.setattr(PROVIDERS["sftp"], "probe", staticmethod(lambda wire, aim: keys.append(aim.private_key)))
    nas = FakeNas(sftp(), answers={"keychaincredential.query": rows})
    [found] = info(nas, verify="always", verify_by="controller")
    assert found["verification"]["state"] == state
    assert says in found["verification"]["error"] + found["verification"]["hint"]
    assert bool(found["verification"]["error"]) == (state == "skipped"), "no provider has said anything"
    assert (found["verification"]["by"], found["verification"]["seconds"]) == ("controller", 0)
    assert keys == ([SECRET] if state == "valid" else [])


def test_an_audit_reports_and_fails_nothing() -> None:
    nas = FakeNas(STORED, sftp(), answers={VERIFY: WRONG, LIST: REFUSED})
    assert [entry["verification"]["state"] for entry in info(nas, verify="always")] == ["invalid", "invalid"]
    assert all("verification" not in entry for entry in info(nas, verify="changed"))
    with pytest.raises(errors.InvalidInput, match="requires name"):
        info(nas, verify="always", verify_bucket="x")
    assert (
        info(FakeNas(STORED, answers={LOOK: []}), name="offsite", verify="always", verify_bucket="x")[0][
            "verification"
        ]["state"]
        == "valid"
    )


def test_a_reader_is_told_that_the_nas_would_not_even_try() -> None:
    [found, hidden] = info(FakeNas(STORED, sftp(), reader=True), verify="always", verify_by="both")
    assert hidden["verification"]["state"] == "skipped", "although its keypair is hidden"
    assert found["verification"]["state"] == "skipped"
    assert {part["by"] for part in found["verification"]["parts"]} == {"nas", "controller"}


def test_a_library_that_is_not_there_is_named_as_ansible_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        raise errors.MissingLibrary("paramiko", "Traceback")

    monkeypatch.setattr(PROVIDERS["b2"], "probe", staticmethod(probe))
    nas = FakeNas()
    with pytest.raises(errors.MissingLibrary, match=r"Failed to import the required Python library \(paramiko\)"):
        run(nas, b2={"account": "a", "key": SECRET}, verify="changed", verify_by="controller")
    assert nas.writes == []


def test_a_secret_that_only_the_shortened_text_has_is_hidden() -> None:
    """What is left out of the middle of a text can join the parts of a secret."""
    key = "abcdefgh-ijklmnop"
    nas = FakeNas(answers={VERIFY: {"valid": False, "error": "", "excerpt": "bad key abcdefgh-RequestID: 7, ijklmnop"}})
    with pytest.raises(errors.VerificationFailed) as caught:
        run(nas, b2={"account": "a", "key": key}, verify="changed")
    assert "abcdefgh" not in str(caught.value)
    assert "bad key" in str(caught.value)


def test_a_secret_that_a_hint_would_quote_is_hidden() -> None:
    nas = FakeNas(answers={VERIFY: {"valid": False, "excerpt": f"region 'x' is wrong; expecting '{SECRET}'"}})
    with pytest.raises(errors.VerificationFailed, match=r"The buckets are in \*{8}\. Set region"):
        run(nas, s3=S3, verify="changed")


def test_a_rename_alone_is_not_verified_again_either() -> None:
    nas = FakeNas(STORED, answers={VERIFY: WRONG, LIST: errors.ServerFault("AccessDenied")})
    result = run(nas, new_name="abroad", b2=B2_OPTIONS, **AGAIN)
    assert (result["changed_fields"], result["verification"]) == (["name"], None)
    assert nas.entries[4]["name"] == "abroad"


def test_the_options_of_a_verification_have_the_documented_defaults() -> None:
    assert {name: argument.get("default") for name, argument in {**VERIFICATION, **VERIFICATION_PLACE}.items()} == {
        "verify": "never",
        "verify_again": False,
        "verify_by": "nas",
        "verify_bucket": None,
        "verify_path": None,
        "verify_write": False,
        "verify_timeout": 180,
        "verify_may_refresh": False,
        "on_inconclusive": "warn",
    }


HTTP = {"type": "HTTP", "url": "https://h.example/"}
LATE = "No answer within verify_timeout (180 s)"
ODD = "The NAS answered in a form that this collection does not support"


@pytest.mark.parametrize(
    ("wire", "answer", "found"),
    [
        (HTTP, {"valid": True}, ("valid", "", "", 0.13)),
        (HTTP, errors.TimedOut("late."), ("inconclusive", "timeout", LATE, 0.13)),
        (HTTP, errors.ServerFault("The NAS failed (x): odd", -32001, 14, "odd"), ("inconclusive", "unknown", "odd", 0.13)),
        (HTTP, errors.InvalidField("odd", []), ("inconclusive", "unknown", "odd", 0.13)),
        (HTTP, errors.TLSError("odd"), ("inconclusive", "unknown", "odd", 0.13)),
        (HTTP, {"valid": False, "excerpt": "first", "error": "second"}, ("invalid", "unknown", "first", 0.13)),
        (HTTP, {"valid": False, "excerpt": None, "error": "second"}, ("invalid", "unknown", "second", 0.13)),
        (HTTP, {"valid": False, "excerpt": "first", "error": None}, ("invalid", "unknown", "first", 0.13)),
        (HTTP, {"valid": False}, ("invalid", "unknown", "", 0.13)),
        (HTTP, "odd", ("inconclusive", "", ODD, 0.0)),
        (B2, [{"Name": "x"}], ("valid", "", "", 0.13)),
        (B2, [], ("inconclusive", "empty_root", "The root does not contain buckets", 0.13)),
        (B2, errors.ServerFault("The NAS failed (x): odd", -32001, 14, "odd"), ("invalid", "unknown", "odd", 0.13)),
        (B2, errors.ServerFault("no", -32601), ("inconclusive", "", ask._CANNOT_LIST, 0.13)),
    ],
)  # fmt: skip
def test_each_answer_of_the_nas_is_one_verification(
    wire: dict[str, Any], answer: Any, found: tuple[str, str, str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(7.0, 0.126)
    monkeypatch.setattr(ask, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    nas = FakeNas({"id": 4, "name": "offsite", "provider": wire}, answers={LIST if wire is B2 else VERIFY: answer})
    [credential] = info(nas, verify="always")
    verification = credential["verification"]
    assert tuple(verification[key] for key in ("state", "cause", "error", "seconds")) == found
    assert (verification["by"], "parts" in verification) == ("nas", False)
    hints = {"timeout": causes.TIMEOUT.hint, "empty_root": causes.EMPTY_ROOT.hint}
    assert verification["hint"] == (ask._HOW_TO_LIST if found[2] == ask._CANNOT_LIST else hints.get(found[1], ""))


@pytest.mark.parametrize(
    ("options", "method"),
    [({}, VERIFY), ({"verify_bucket": "x"}, LOOK), ({"verify_again": True}, LIST)],
)
def test_every_question_to_the_nas_has_the_timeout_of_the_task(options: dict[str, Any], method: str) -> None:
    asked: dict[str, float | None] = {}

    class Timed(FakeNas):
        def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
            asked[method] = timeout
            return super().call(method, *params, timeout=timeout)

    nas = Timed(STORED, answers={LOOK: [{"Name": "x"}]})
    run(nas, b2={"key": NEW}, verify="changed", verify_timeout=21, **options)
    assert asked[method] == 21


def test_a_folder_is_looked_into_without_a_bucket_where_there_are_none() -> None:
    nas = FakeNas(answers={LOOK: [{"Name": "x"}]})
    run(nas, http={"url": "https://h.example/"}, verify="changed", verify_path="backups")
    [asked] = [params for method, params in nas.params if method == LOOK]
    assert asked == ({"credentials": 1, "attributes": {"folder": "backups"}},)


def test_what_is_not_stored_yet_is_told_as_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(7.0, 0.126)
    monkeypatch.setattr(ask, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    result = run(FakeNas(), True, b2=B2_OPTIONS, verify="always")
    assert result["verification"] == {
        "state": "skipped",
        "by": "nas",
        "cause": ask.NOT_STORED,
        "error": ask._NOT_STORED,
        "hint": "",
        "seconds": 0.13,
    }


@pytest.mark.parametrize("by", ["nas", "controller"])
@pytest.mark.parametrize("has_field", [True, False])
def test_a_hint_names_only_fields_that_the_credential_has(
    by: str, has_field: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        raise ProbeRefused("PathStyleDomainForbidden", causes.PATH_STYLE)

    monkeypatch.setattr(PROVIDERS["s3"], "probe", staticmethod(probe))
    wire = {name: value for name, value in stored_s3().items() if has_field or name != "force_path_style"}
    refused = errors.ServerFault("The NAS failed (x): ...", -32001, 14, "api error PathStyleDomainForbidden")
    nas = FakeNas({"id": 4, "name": "offsite", "provider": wire}, answers={LIST: refused})
    [credential] = info(nas, verify="always", verify_by=by)
    verification = credential["verification"]
    assert (verification["cause"], verification["by"]) == ("path_style", by)
    assert ("force_path_style" in verification["hint"]) == has_field


@pytest.mark.parametrize(
    ("verification", "reason"),
    [
        ({"error": "refused", "hint": ""}, "refused."),
        ({"error": "refused", "hint": "Try it."}, "refused. Try it."),
        ({"error": "", "hint": None}, "no reason given."),
    ],
)
def test_a_verification_without_a_hint_is_a_sentence(verification: dict[str, Any], reason: str) -> None:
    assert ask.why(verification) == reason


def test_a_refusal_of_values_that_are_stored_already_says_so() -> None:
    nas = FakeNas(STORED, answers={LIST: REFUSED})
    with pytest.raises(errors.VerificationFailed, match="The NAS already stores these values"):
        run(nas, b2=B2_OPTIONS, verify="always")


STRICT: dict[str, Any] = {"verify": "always", "on_inconclusive": "fail_unless_valid"}


def test_only_a_valid_verification_is_enough_if_the_task_says_so() -> None:
    token = {"access_token": SECRET, "refresh_token": SECRET, "expiry": "2030-01-01T00:00:00Z"}
    for check in (True, False):
        nas = FakeNas()
        with pytest.raises(
            errors.VerificationFailed, match=r"skipped, but on_inconclusive: fail_unless_valid requires it"
        ):
            run(nas, check, box={"token": token}, **STRICT)
        assert nas.writes == []
    answer = {"valid": False, "error": "i/o timeout", "excerpt": "i/o timeout"}
    with pytest.raises(errors.VerificationFailed, match="was inconclusive"):
        run(FakeNas(answers={VERIFY: answer}), mega={"user": "u", "pass": SECRET}, **STRICT)
    nas = FakeNas()
    assert run(nas, box={"token": token}, **STRICT, verify_may_refresh=True)["verification"]["state"] == "valid"
    with pytest.raises(errors.VerificationFailed, match=r"skipped.*The NAS already stores these values"):
        run(nas, box={"token": token}, **STRICT)
    assert run(nas, True, box={"token": token}, **{**STRICT, "verify": "changed"})["changed"] is False


def test_what_a_check_cannot_verify_yet_is_no_reason_to_fail() -> None:
    planned = run(FakeNas(), True, b2={"account": "a", "key": SECRET}, verify_bucket="backups", **STRICT)
    assert planned["verification"]["state"] != "invalid"
    assert planned["action"] == "created"
