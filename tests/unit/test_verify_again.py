# SPDX-License-Identifier: GPL-3.0-or-later
"""A second verification, after the write."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_audit import TASK as AUDIT
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults, run, task_of_set
from tests.unit.verifications import (
    B2_OPTIONS,
    LIST,
    LOOK,
    NEW,
    REFUSED,
    S3,
    SECRET,
    STORED,
    UNLISTED,
    VALID,
    VERIFY,
    WRONG,
    info,
    stored_s3,
    turns,
)

AGAIN: dict[str, Any] = {"verify": "changed", "verify_again": True}


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
        with pytest.raises(
            errors.VerificationFailed,
            match=r"but verify_again requires it.*set verify_may_refresh: true.*No changes were made",
        ):
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


def test_once_more_than_never_is_refused_but_where_nothing_is_written() -> None:
    with pytest.raises(errors.InvalidInput, match=r"^verify_again: requires verify: changed or always"):
        run(FakeNas(), s3=S3, verify_again=True)
    assert info(FakeNas(STORED), verify="always", verify_again=True)[0]["verification"]["state"] == "valid"
    item = {"name": "offsite", "state": "present", "b2": B2_OPTIONS, "clear_fields": [], "verify_again": True}
    given = {**defaults(AUDIT.arguments), "credentials": [item]}
    assert AUDIT.read(given, True)(Nas(FakeNas(STORED)))["audit"]["credentials"]


def test_a_rename_alone_is_not_verified_again_either() -> None:
    nas = FakeNas(STORED, answers={VERIFY: WRONG, LIST: errors.ServerFault("AccessDenied")})
    result = run(nas, new_name="abroad", b2=B2_OPTIONS, **AGAIN)
    assert (result["changed_fields"], result["verification"]) == (["name"], None)
    assert nas.entries[4]["name"] == "abroad"
