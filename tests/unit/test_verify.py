# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying before and after a write, on a NAS in memory: what is asked, what it means, and what is stored in the end."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.arguments import VERIFICATION, VERIFICATION_PLACE
from ansible_collections.nasops.truenas.plugins.module_utils.credential.verification import ask
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis import causes
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import ProbeRefused, ProbeTarget
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import run
from tests.unit.verifications import (
    B2,
    B2_OPTIONS,
    LIST,
    LOOK,
    NEW,
    REFUSED,
    S3,
    SCOPED,
    SECRET,
    STORED,
    VERIFY,
    WRONG,
    info,
    sftp,
    stored_s3,
)


@pytest.mark.parametrize(
    ("provider", "title"),
    [({"type": "MEGA", "user": "u", "pass": SECRET}, "Mega"), ({"type": "NEWCLOUD"}, "this provider")],
)
def test_a_provider_without_a_probe_is_verified_by_the_nas_alone(provider: dict[str, Any], title: str) -> None:
    [found] = info(FakeNas({**STORED, "provider": provider}), verify="always", verify_by="controller")
    assert found["verification"]["state"] == "skipped"
    assert found["verification"]["error"] == f"The controller cannot verify credentials for {title}, only the NAS can"


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


def test_a_wrong_secret_ends_it_before_the_bucket_is_looked_into() -> None:
    nas = FakeNas(answers={VERIFY: WRONG, LOOK: []})
    with pytest.raises(errors.VerificationFailed, match=r"No changes were made"):
        run(nas, s3=S3, verify="changed", verify_bucket="backups")
    assert LOOK not in nas.calls
    assert nas.writes == []


def test_check_mode_reports_that_it_cannot_look_into_a_bucket_of_what_is_not_stored() -> None:
    nas = FakeNas(STORED, answers={LOOK: []})
    changed = run(nas, True, b2={"key": f"{SECRET}-new"}, verify="always", verify_bucket="x")
    assert changed["verification"]["state"] == "skipped"
    settled = run(nas, True, b2={"key": SECRET}, verify="always", verify_bucket="x")
    assert settled["verification"]["state"] == "valid"
    assert nas.writes == []


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


def test_a_provider_without_buckets_has_folders_only() -> None:
    web = {"url": "https://h.example/"}
    with pytest.raises(errors.InvalidInput, match=r"^verify_bucket: requires a provider with buckets"):
        run(FakeNas(), http=web, verify="always", verify_bucket="x")
    nas = FakeNas(answers={LOOK: []})
    assert run(nas, http=web, verify="always", verify_path="x")["verification"]["state"] == "valid"


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


def test_a_reader_learns_that_the_nas_refuses_to_verify() -> None:
    [found, hidden] = info(FakeNas(STORED, sftp(), reader=True), verify="always", verify_by="both")
    assert hidden["verification"]["state"] == "skipped", "although its keypair is hidden"
    assert found["verification"]["state"] == "skipped"
    assert {part["by"] for part in found["verification"]["parts"]} == {"nas", "controller"}


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


@pytest.mark.parametrize("by", ["nas", "controller"])
@pytest.mark.parametrize("has_field", [True, False])
def test_a_hint_names_only_fields_that_the_credential_has(
    by: str, has_field: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe(wire: Mapping[str, Any], target: ProbeTarget) -> None:
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


def test_a_refusal_of_values_that_are_stored_already_is_reported() -> None:
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
        ) as skipped:
            run(nas, check, box={"token": token}, **STRICT)
        assert skipped.value.details()["verification"]["state"] == "skipped"
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


def test_a_warning_without_a_note_has_no_remedy() -> None:
    skipped = ask.Verification(ask.SKIPPED, "nas", error="Nobody asked")
    assert [*ask.warnings("a", (skipped,), "")] == ["Skipped the verification of 'a': Nobody asked."]
