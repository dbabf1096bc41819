# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stored after a verification that failed after the write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import run
from tests.unit.verifications import LOOK, MISSING, NEW, S3, SCOPED, SECRET, STORED, VALID, VERIFY, WRONG, turns


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


def test_a_failed_rollback_reports_the_stored_values() -> None:
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
def test_the_reply_to_the_rollback_counts_if_the_state_cannot_be_read(unsure: bool) -> None:
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


def test_a_connection_that_breaks_after_the_write_is_reported() -> None:
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
def test_an_answer_that_cannot_be_read_after_the_write_is_reported(error: errors.TrueNASError) -> None:
    nas = FakeNas(STORED)
    nas.each = _breaking(nas, LOOK, error)  # type: ignore[method-assign]  # a session that breaks
    result = run(nas, b2={"key": f"{SECRET}-new"}, verify="changed", verify_bucket="x")
    assert "not JSON" in result["msg"]
    assert "stores the new values of 'offsite', but they were not verified" in result["msg"]
    assert stands(result)
