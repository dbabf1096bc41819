# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of a key that opens no bucket: the buckets are listed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import run
from tests.unit.verifications import B2_OPTIONS, LIST, LOOK, REFUSED, S3, SECRET, STORED, VERIFY, WRONG, info

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


def test_check_mode_reports_that_it_cannot_list_the_buckets_of_what_is_not_stored() -> None:
    nas = FakeNas(STORED)
    changed = run(nas, True, b2={"key": f"{SECRET}-new"}, verify="always", on_inconclusive="fail")
    assert (changed["verification"]["state"], changed["verification"]["cause"]) == ("skipped", "not_stored_yet")
    assert run(nas, True, b2={"key": SECRET}, verify="always")["verification"]["state"] == "valid"
    assert nas.writes == []


def test_an_audit_reports_that_an_empty_root_proves_nothing() -> None:
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
