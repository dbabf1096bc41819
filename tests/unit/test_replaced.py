# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change says of the secrets that it puts out of use: whose they were, and never what they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.credential import many, spec
from ansible_collections.nasops.truenas.plugins.module_utils.credential.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.credential.nas import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credentials
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from tests.unit.fake_nas import FakeNas

SECRET, NEW = "hush-canary-0001", "hush-canary-0002"
S3 = {"access_key_id": "AKIAOLD", "secret_access_key": SECRET, "endpoint": "https://s3.example.net/"}
KEY = {
    "type": "service_account",
    "project_id": "p",
    "client_email": "c@p",
    "private_key_id": "7f",
    "private_key": SECRET,
}
TOKEN = {"access_token": SECRET, "refresh_token": SECRET, "token_type": "Bearer", "expiry": "2030-01-01T00:00:00Z"}


def replaced(key: str, before: dict[str, Any], check: bool = False, reader: bool = False, **after: Any) -> Any:
    """Return what is said of the change of a stored provider, having looked for secrets in it."""
    provider = PROVIDERS[key]
    wire = {"type": provider.wire_type, **provider.defaults((26, 0, 0)), **before}
    nas = FakeNas({"id": 1, "name": "x", "provider": wire}, reader=reader)
    defaults = {name: it["default"] for name, it in ARGUMENTS.items() if "default" in it}
    found = ensure(spec.read({"name": "x", **defaults, **(after or {key: {}})}), Nas(nas), check)["replaced"]
    assert "hush-canary" not in json.dumps(found)
    return found


@pytest.mark.parametrize("check", [True, False])
def test_the_old_key_is_named(check: bool) -> None:
    found = replaced("s3", S3, check, s3={"access_key_id": "AKIANEW", "secret_access_key": NEW})
    assert found == {
        "provider": "s3",
        "fields": ["secret_access_key"],
        "shown": {"access_key_id": "AKIAOLD", "endpoint": "https://s3.example.net/"},
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
    assert replaced(key, before, **{key: after}) == {"provider": key, "fields": fields, "shown": shown}


def test_another_provider_puts_every_secret_out_of_use() -> None:
    found = replaced("s3", S3, b2={"account": "a", "key": NEW})
    assert (found["provider"], found["fields"]) == ("s3", ["secret_access_key"])


@pytest.mark.parametrize("after", [{}, {"s3": {"region": "x"}}, {"new_name": "y"}, {"state": "absent"}])
def test_where_no_secret_goes_there_is_none(after: dict[str, Any]) -> None:
    assert replaced("s3", S3, **after) is None


def test_what_is_hidden_from_the_account_is_not_told() -> None:
    found = replaced("s3", S3, check=True, reader=True, b2={"account": "a", "key": NEW})
    assert found["shown"] == {"endpoint": "https://s3.example.net/"}


def test_a_change_that_failed_replaced_nothing() -> None:
    nas = FakeNas(
        {"id": 1, "name": "x", "provider": {"type": "B2", "account": "a", "key": SECRET}},
        answers={"cloudsync.credentials.verify": {"valid": False, "error": "401", "excerpt": "401"}},
    )
    defaults = {name: it["default"] for name, it in cloud_credentials.ARGUMENTS.items() if "default" in it}
    item = {"name": "x", "state": "present", "clear_fields": [], "b2": {"key": NEW}}
    result = many.ensure(many.read({**defaults, "verify": "changed", "credentials": [item]}), Nas(nas), False)
    assert (result["failed"], result["credentials"][0]["replaced"]) == (True, None)
