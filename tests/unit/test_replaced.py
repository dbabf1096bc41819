# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change says of the secrets that it puts out of use: whose they were, and never what they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.credential import replaced as replacement
from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import StoredCredential
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults, fresh_kind, task_of_set

SECRET, NEW = "hush-canary-0001", "hush-canary-0002"
S3 = {"access_key_id": "AKIAOLD", "secret_access_key": SECRET, "endpoint": "https://s3.example.net/"}
KEY = {
    "type": "service_account",
    "project_id": "p",
    "client_email": "c@p",
    "private_key_id": "7f",
    "private_key": SECRET,
}
TOKEN = {
    "access_token": f"{SECRET}-access",
    "refresh_token": SECRET,
    "token_type": "Bearer",
    "expiry": "2030-01-01T00:00:00Z",
}


def replaced(key: str, before: dict[str, Any], check: bool = False, reader: bool = False, **after: Any) -> Any:
    """Return what is said of the change of a stored provider, having looked for secrets in it."""
    provider = PROVIDERS[key]
    wire = {"type": provider.wire_type, **provider.defaults((26, 0, 0)), **before}
    nas = FakeNas({"id": 1, "name": "x", "provider": wire}, reader=reader)
    found = ensure(
        fresh_kind(), spec.read({"name": "x", **defaults(ARGUMENTS), **(after or {key: {}})}), Nas(nas), check
    )["replaced"]
    assert "hush-canary" not in json.dumps(found)
    return found


@pytest.mark.parametrize("check", [True, False])
def test_the_old_key_is_named(check: bool) -> None:
    found = replaced("s3", S3, check, s3={"access_key_id": "AKIANEW", "secret_access_key": NEW})
    assert found == {
        "provider": "s3",
        "fields": ["secret_access_key"],
        "identified_by": {"access_key_id": "AKIAOLD", "endpoint": "https://s3.example.net/"},
        "also_in": [],
    }


@pytest.mark.parametrize(
    ("key", "before", "after", "fields", "shown"),
    [
        ("b2", {"account": "a", "key": SECRET}, {"key": NEW}, ["key"], {"account": "a"}),
        (
            "sftp",
            {"host": "h", "user": "u", "private_key": 3},
            {"private_key": 4},
            ["private_key"],
            {"host": "h", "user": "u", "private_key": 3},
        ),
        (
            "google_cloud_storage",
            {"service_account_credentials": json.dumps(KEY)},
            {"service_account_credentials": {**KEY, "private_key": NEW}},
            ["service_account_credentials"],
            {"service_account_credentials": {"project_id": "p", "client_email": "c@p", "private_key_id": "7f"}},
        ),
        (
            "box",
            {"client_id": "c", "client_secret": SECRET, "token": json.dumps(TOKEN)},
            {"token": {**TOKEN, "access_token": NEW}},
            ["token"],
            {
                "client_id": "c",
                "token": {"token_type": "Bearer", "expiry": "2030-01-01T00:00:00Z", "refreshable": True},
            },
        ),
        (
            "http",
            {"url": f"https://u:{SECRET}@web.example.net/"},
            {"url": "https://web.example.net/"},
            ["url"],
            {"url": "https://********@web.example.net/"},
        ),
    ],
)
def test_each_provider_tells_what_it_may(key: str, before: Any, after: Any, fields: Any, shown: Any) -> None:
    told = {"provider": key, "fields": fields, "identified_by": shown, "also_in": []}
    assert replaced(key, before, **{key: after}) == told


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        (
            "google_cloud_storage",
            {"service_account_credentials": json.dumps(KEY)},
            {"service_account_credentials": {**KEY, "project_id": "q"}},
        ),
        ("http", {"url": f"https://u:{SECRET}@web.example.net/"}, {"url": f"https://u:{SECRET}@web.example.net/x/"}),
        ("box", {"token": json.dumps(TOKEN)}, {"token": {**TOKEN, "expiry": "2031-01-01T00:00:00Z"}}),
        ("sftp", {"host": "h", "user": "u", "private_key": 3}, {"private_key": 3, "host": "g"}),
        ("sftp", {"host": "h", "user": "u", "private_key": None}, {"private_key": 3}),
    ],
)
def test_a_change_around_a_secret_replaces_none(key: str, before: Any, after: Any) -> None:
    assert replaced(key, before, **{key: after}) is None


def test_the_secrets_of_a_credential_that_is_gone_are_not_replaced() -> None:
    former = StoredCredential(1, "offsite", "B2", {"account": "a", "key": "hush-1"})
    assert replacement.replaced(former, []) is None
    assert replacement.replaced(None, [former]) is None


def test_a_secret_that_moves_along_to_another_provider_is_also_in_use() -> None:
    after = {"endpoint": "https://s3.example.net", "access_key_id": "AKIAOLD", "secret_access_key": SECRET}
    assert replaced("s3", S3, storj_ix=after) is None


def test_another_provider_puts_every_secret_out_of_use() -> None:
    found = replaced("s3", S3, b2={"account": "a", "key": NEW})
    assert (found["provider"], found["fields"]) == ("s3", ["secret_access_key"])


@pytest.mark.parametrize("after", [{}, {"s3": {"region": "x"}}, {"new_name": "y"}, {"state": "absent"}])
def test_where_no_secret_goes_there_is_none(after: dict[str, Any]) -> None:
    assert replaced("s3", S3, **after) is None


def test_what_is_hidden_from_the_account_is_not_reported() -> None:
    found = replaced("s3", S3, check=True, reader=True, b2={"account": "a", "key": NEW})
    assert found["identified_by"] == {"endpoint": "https://s3.example.net/"}


def test_of_an_unknown_provider_every_text_counts_but_no_number() -> None:
    nas = FakeNas({"id": 1, "name": "x", "provider": {"type": "NEWCOMER", "login": SECRET, "port": 22, "note": ""}})
    found = of_many(nas, x={"b2": {"account": "a", "key": NEW}})["x"]
    assert (found["provider"], found["fields"], found["identified_by"]) == ("NEWCOMER", ["login"], {})


@pytest.mark.parametrize("check", [True, False])
def test_another_credential_uses_the_old_secret_only_as_a_secret(check: bool) -> None:
    rows = [{"id": n, "name": f"n{n}", "provider": {"type": "B2", "account": "a", "key": f"k{n}"}} for n in (1, 2)]
    found = of_many(FakeNas(*rows), check, n1={"b2": {"key": NEW}}, n2={"b2": {"account": "k1"}})
    assert (found["n1"]["fields"], found["n1"]["also_in"]) == (["key"], [])
    found = of_many(FakeNas(*rows), check, n1={"b2": {"key": NEW}}, n2={"b2": {"key": "k1"}})
    assert found["n1"]["also_in"] == ["n2"]


def test_a_change_that_failed_replaced_nothing() -> None:
    nas = FakeNas(
        {"id": 1, "name": "x", "provider": {"type": "B2", "account": "a", "key": SECRET}},
        answers={"cloudsync.credentials.verify": {"valid": False, "error": "401", "excerpt": "401"}},
    )
    item = {"name": "x", "state": "present", "clear_fields": [], "b2": {"key": NEW}}
    result = batch.ensure(
        fresh_kind(),
        task_of_set(item, verify="changed"),
        Nas(nas),
        False,
    )
    assert (result["failed"], result["credentials"][0]["replaced"]) == (True, None)


def of_many(nas: FakeNas, check: bool = False, **items: dict[str, Any]) -> dict[str, Any]:
    """Run a task with these items by name, and return what each replaced."""
    given = [{"name": name, "state": "present", "clear_fields": [], **item} for name, item in items.items()]
    result = batch.ensure(
        fresh_kind(),
        task_of_set(*given, verify="always"),
        Nas(nas),
        check,
    )
    assert "hush-canary" not in json.dumps(result)
    return {item["name"]: item["replaced"] for item in result["credentials"]}


def b2(number: int, name: str, key: str) -> dict[str, Any]:
    """Return an entry of a NAS."""
    return {"id": number, "name": name, "provider": {"type": "B2", "account": name, "key": key}}


@pytest.mark.parametrize("check", [True, False])
def test_another_credential_with_the_same_secret_is_named(check: bool) -> None:
    nas = FakeNas(b2(1, "x", SECRET), b2(2, "same", SECRET), b2(3, "other", "hush-canary-0003"))
    url = f"https://u:{SECRET}@web.example.net/"
    nas.entries[4] = {"id": 4, "name": "web", "provider": {"type": "HTTP", "url": url}}
    assert of_many(nas, check, x={"b2": {"key": NEW}})["x"]["also_in"] == ["same", "web"]


@pytest.mark.parametrize("check", [True, False])
def test_those_that_the_same_task_changes_no_longer_have_it(check: bool) -> None:
    nas = FakeNas(b2(1, "x", SECRET), b2(2, "same", SECRET), b2(3, "gone", SECRET))
    found = of_many(nas, check, x={"b2": {"key": NEW}}, same={"b2": {"key": NEW}}, gone={"state": "absent"})
    assert (found["x"]["also_in"], found["same"]["also_in"]) == ([], [])


def test_one_that_failed_still_has_it() -> None:
    def verify(wire: dict[str, Any]) -> Any:
        return {"valid": wire["account"] != "same", "error": "401", "excerpt": "401"}

    nas = FakeNas(b2(1, "x", SECRET), b2(2, "same", SECRET), answers={"cloudsync.credentials.verify": verify})
    found = of_many(nas, x={"b2": {"key": NEW}}, same={"b2": {"key": NEW}})
    assert found["x"]["also_in"] == ["same"]
    assert found["same"] is None


def test_an_unnamed_keypair_is_reported_by_its_id() -> None:
    sftp = {"type": "SFTP", "host": "h", "user": "u"}
    nas = FakeNas(
        *(
            {"id": n, "name": f"c{n}", "provider": {**sftp, "private_key": number}}
            for n, number in ((1, 7), (2, 9), (3, 7))
        )
    )
    assert of_many(nas, c1={"sftp": {"private_key": 8}})["c1"]["also_in"] == ["c3"]


def test_of_an_unknown_provider_every_text_may_be_a_secret() -> None:
    nas = FakeNas({"id": 1, "name": "x", "provider": {"type": "NEWCLOUD", "pass": SECRET}}, b2(2, "same", SECRET))
    found = of_many(nas, x={"b2": {"account": "a", "key": NEW}})["x"]
    assert found == {"provider": "NEWCLOUD", "fields": ["pass"], "identified_by": {}, "also_in": ["same"]}


def test_hidden_secrets_do_not_count_as_equal() -> None:
    nas = FakeNas(b2(1, "x", SECRET), b2(2, "other", NEW), reader=True)
    found = of_many(nas, True, x={"storj_ix": {"access_key_id": "j", "secret_access_key": NEW}})
    assert (found["x"]["fields"], found["x"]["also_in"]) == (["key"], [])
