# SPDX-License-Identifier: GPL-3.0-or-later
"""Buckets, drives and providers: what is asked of the NAS, and what its answers mean."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    InvalidField,
    InvalidInput,
    NotFound,
    NotPermitted,
    Problem,
    ProviderFailed,
    ServerFault,
    TimedOut,
    TrueNASError,
)
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import METHOD_NOT_FOUND
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.storage import buckets
from ansible_collections.nasops.truenas.plugins.module_utils.storage import capabilities as support
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_bucket, onedrive_drive_info
from tests.unit.fake_nas import FakeNas
from tests.unit.in_process import InProcessNas

SECRET = "hush/secret+1"
KEY = {"access_key_id": "AKIA", "secret_access_key": SECRET}
S3 = {"id": 3, "name": "offsite", "provider": {"type": "S3", **KEY}}
STORJ = {"id": 7, "name": "storj", "provider": {"type": "STORJ_IX", **KEY}}
FILES = {"id": 8, "name": "files", "provider": {"type": "FTP", "host": "h", "user": "u", "pass": "p"}}
ALIEN = {"id": 9, "name": "alien", "provider": {"type": "NEWCOMER", "x": "y"}}
ROWS = [{"Name": "b", "ModTime": "2026-01-01T00:00:00Z", "IsBucket": True, "Enabled": True}, {"Name": "a"}]
TOKEN = {"access_token": "hush-access", "refresh_token": "hush-refresh", "expiry": "2030-01-01T00:00:00Z"}


def box(**answers: Any) -> FakeNas:
    """Return a NAS with a credential of each sort, whose provider answers as given."""
    return FakeNas(
        S3, STORJ, FILES, ALIEN, answers={f"cloudsync.{method}": answer for method, answer in answers.items()}
    )


def test_buckets_are_listed_by_name() -> None:
    nas = box(list_buckets=ROWS)
    assert buckets.listing("offsite", Nas(nas), 60) == {
        "changed": False,
        "credential": "offsite",
        "provider": "s3",
        "buckets": [{"name": "a", "modified": None}, {"name": "b", "modified": "2026-01-01T00:00:00Z"}],
    }
    assert nas.params[-1] == ("cloudsync.list_buckets", (3,))


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("nobody", NotFound, "'nobody' not found"),
        ("files", InvalidInput, "the provider of 'files' is FTP. Choose a credential for one of: "),
        ("alien", InvalidInput, "NEWCOMER"),
    ],
)
def test_no_provider_without_buckets_is_asked(name: str, error: type[TrueNASError], words: str) -> None:
    nas = box()
    with pytest.raises(error) as listing:
        buckets.listing(name, Nas(nas), 60)
    with pytest.raises(error) as ensuring:
        buckets.ensure(name, "b", Nas(nas), 60, check_mode=False)
    assert words in str(listing.value)
    assert words in str(ensuring.value)
    assert set(nas.calls) == {"cloudsync.credentials.query"}


def test_no_provider_with_buckets_rotates_a_token() -> None:
    """Listing buckets then spends nothing, so that it needs no leave."""
    assert [provider.key for provider in PROVIDERS.values() if provider.has_buckets and provider.rotates_token] == []


def test_a_bucket_that_is_there_is_left_alone() -> None:
    nas = box(list_buckets=ROWS)
    for name in ("offsite", "storj"):
        result = buckets.ensure(name, "b", Nas(nas), 60, check_mode=False)
        assert (result["changed"], result["action"]) == (False, "none")
        assert result["diff"]["before"] == result["diff"]["after"]
    assert "cloudsync.create_bucket" not in nas.calls


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_bucket_is_created_where_the_nas_can_do_that(check_mode: bool) -> None:
    nas = box(list_buckets=ROWS, create_bucket=None)
    result = buckets.ensure("storj", "new", Nas(nas), 60, check_mode)
    assert (result["changed"], result["action"], result["bucket"]) == (True, "created", "new")
    assert result["diff"] == {"before": {"bucket": None}, "after": {"bucket": "new"}}
    created = [params for method, params in nas.params if method == "cloudsync.create_bucket"]
    assert created == ([] if check_mode else [(7, "new")])


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_bucket_is_missed_where_the_nas_cannot(check_mode: bool) -> None:
    nas = box(list_buckets=ROWS)
    with pytest.raises(NotFound, match=r"cannot find the bucket 'new'.*at Amazon S3, only at Storj iX"):
        buckets.ensure("offsite", "new", Nas(nas), 60, check_mode)
    assert "cloudsync.create_bucket" not in nas.calls


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            "2026/11/25 01:02:03 ERROR : : error listing: operation error S3: ListBuckets, https response error "
            f"StatusCode: 403, SignatureDoesNotMatch: {SECRET}",
            "wrong_secret",
        ),
        ("2026/11/25 01:02:03 CRITICAL: dial tcp 127.0.0.1:9: connect: connection refused", "unreachable"),
        ('Network activity "Cloud sync" is disabled', "service_disabled"),
        (f"something new about {SECRET}", "unknown"),
    ],
)
def test_why_a_provider_does_not_answer(said: str, cause: str) -> None:
    nas = box(list_buckets=ServerFault("The NAS failed", -32001, 14, said))
    with pytest.raises(ProviderFailed) as caught:
        buckets.listing("offsite", Nas(nas), 60)
    assert caught.value.details()["cause"] == cause
    assert str(caught.value).startswith("The NAS cannot list the buckets of 'offsite' at Amazon S3: ")
    assert SECRET not in str(caught.value)
    assert "2026/11/25" not in str(caught.value)


SCOPED = ServerFault("The NAS failed", -32001, 14, "operation error S3: ListBuckets, StatusCode: 403, AccessDenied")


def test_a_key_that_may_not_list_may_open_its_bucket() -> None:
    nas = box(list_buckets=SCOPED, list_directory=[])
    assert buckets.ensure("offsite", "b", Nas(nas), 60, check_mode=False)["changed"] is False
    place = {"credentials": 3, "attributes": {"bucket": "b", "folder": ""}}
    assert nas.params[-1] == ("cloudsync.list_directory", (place,))


@pytest.mark.parametrize(
    ("said", "error"),
    [("directory not found", NotFound), ("ListObjectsV2, StatusCode: 403, AccessDenied", ProviderFailed)],
)
def test_a_key_that_may_not_list_may_open_nothing_else(said: str, error: type[TrueNASError]) -> None:
    nas = box(list_buckets=SCOPED, list_directory=ServerFault("The NAS failed", -32001, 14, said))
    with pytest.raises(error):
        buckets.ensure("offsite", "b", Nas(nas), 60, check_mode=False)


def test_what_the_nas_itself_refuses_stays_that() -> None:
    with pytest.raises(NotPermitted):
        buckets.listing("offsite", Nas(box(list_buckets=NotPermitted("no"))), 60)
    with pytest.raises(TimedOut, match=r"provider_timeout \(60 s\)"):
        buckets.listing("offsite", Nas(box(list_buckets=TimedOut("late"))), 60)
    refusal = InvalidField("no", [Problem("create_bucket", "The bucket name is bad")], -32602)
    with pytest.raises(InvalidField) as caught:
        buckets.ensure("storj", "New!", Nas(box(list_buckets=[], create_bucket=refusal)), 60, check_mode=False)
    assert [problem.field for problem in caught.value.problems] == ["name"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": ""}, "name"), ({"name": "a/b"}, "name"), ({"provider_timeout": 0.0}, "provider_timeout")],
)
def test_what_can_never_work_is_refused_first(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        cloud_bucket.read({"credential": "c", "name": "b", "provider_timeout": 1.0, **wrong}, False)
    assert [problem.field for problem in caught.value.problems] == [field]


def drives(nas: Any, **options: Any) -> dict[str, Any]:
    """Return the result of looking for drives."""
    params = {"onedrive": {"token": TOKEN}, "verify_may_refresh": True, "provider_timeout": 60.0, **options}
    return onedrive_drive_info.read(params, False)(Nas(nas))


def test_drives_are_listed_as_the_credential_names_them() -> None:
    with InProcessNas() as nas:
        found = drives(nas)["drives"]
    assert [set(drive) for drive in found] == [{"drive_id", "drive_type", "name", "description"}] * 2
    assert all(drive["drive_type"] in PROVIDERS["onedrive"].options()["drive_type"].choices for drive in found)


def test_a_token_is_spared_without_leave() -> None:
    nas = box()
    result = drives(nas, verify_may_refresh=False)
    assert (result["skipped"], result["drives"], nas.calls) == (True, [], [])
    assert "set verify_may_refresh: true" in result["skip_reason"]


@pytest.mark.parametrize(
    ("given", "field"),
    [({}, "onedrive.token"), ({"token": "no json"}, "onedrive.token"), ({"token": ""}, "onedrive.token")],
)
def test_a_token_that_is_none_is_refused(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        drives(box(), onedrive=given)
    assert field in [problem.field for problem in caught.value.problems]


def test_a_refused_token_is_not_shown() -> None:
    with pytest.raises(ProviderFailed) as caught:
        drives(box(onedrive_list_drives=ServerFault("The NAS failed", -32001, 22, "invalid_client for hush-refresh")))
    assert "hush" not in str(caught.value)
    assert caught.value.cause == "wrong_secret"


@pytest.mark.parametrize(
    ("version", "mega", "choices"), [("v25.04.2", False, None), ("v25.10.0", True, None), ("v27.0.0", True, "Other")]
)
def test_what_a_nas_supports(version: str, mega: bool, choices: str | None) -> None:
    with InProcessNas(version) as nas:
        found = support.report(Nas(nas))
    assert found["version"] == version.removeprefix("v")
    providers = {row["type"]: row for row in found["providers"]}
    assert {row["provider"] for row in found["providers"]} == {*PROVIDERS}
    assert [key for key, row in providers.items() if not row["supported_by_nas"]] == ["MEGA"]
    assert [key for key, row in providers.items() if row["can_create_buckets"]] == ["STORJ_IX"]
    assert (providers["BOX"]["oauth"], providers["BOX"]["has_buckets"]) == (True, False)
    assert (providers["S3"]["oauth"], providers["S3"]["has_buckets"]) == (False, True)
    assert (providers["MEGA"]["stored_by_nas"], providers["MEGA"]["since"]) == (mega, "25.10.0")
    if choices:
        assert (list(found["s3_provider_choices"]), found["missing_methods"]) == ([choices], {})
    else:
        assert found["s3_provider_choices"] is None
        assert found["missing_methods"] == {"cloudsync.credentials.s3_provider_choices": "26.0.0"}


def test_what_the_nas_and_the_models_say_of_buckets_is_the_same() -> None:
    with InProcessNas() as nas:
        rows = Nas(nas).ask("cloudsync.providers")
    assert {row["name"]: row["buckets"] for row in rows} == {
        provider.wire_type: provider.has_buckets for provider in PROVIDERS.values() if provider.key != "mega"
    }


def test_an_unknown_provider_and_a_removed_method() -> None:
    newcomer = {"name": "NEWCOMER", "title": "New", "credentials_oauth": None, "buckets": True}
    choices = {"cloudsync.credentials.s3_provider_choices": {"Other": "x"}}
    found = support.report(Nas(FakeNas(answers={"cloudsync.providers": [newcomer], **choices})))
    [new] = [row for row in found["providers"] if not row["known_to_collection"]]
    assert (new["type"], new["title"], new["has_buckets"], new["can_create_buckets"]) == ("NEWCOMER", "New", True, None)
    gone = ServerFault("gone", METHOD_NOT_FOUND)
    found = support.report(Nas(FakeNas(answers={"cloudsync.providers": gone, **choices})))
    assert found["missing_methods"] == {"cloudsync.providers": "25.04.0"}
    assert {row["supported_by_nas"] for row in found["providers"]} == {None}


def test_a_bucket_of_a_credential_that_check_mode_only_predicts_is_not_checked() -> None:
    nas = box(list_buckets=ROWS)
    pending = {
        "name": "b",
        "credential": "later",
        "provider_timeout": 60,
        "pending_credentials": [{"name": "later"}, {"name": "storj"}],
    }
    planned = cloud_bucket.TASK.read(pending, True)(Nas(nas))
    assert (planned["changed"], planned["warnings"]) == (
        False,
        ["Could not check the bucket 'b', because the credential 'later' does not exist yet."],
    )
    assert nas.calls == ["cloudsync.credentials.query"]
    with pytest.raises(NotFound, match="later"):
        cloud_bucket.TASK.read(pending, False)(Nas(nas))
    assert not cloud_bucket.TASK.read({**pending, "credential": "storj"}, True)(Nas(nas))["changed"]
