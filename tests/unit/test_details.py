# SPDX-License-Identifier: GPL-3.0-or-later
"""What the information on credentials adds on request: tasks that use them, and what secrets are like."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.errors import NotPermitted
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import MASK
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers.google_cloud_storage import (
    service_account_preview,
)
from ansible_collections.nasops.truenas.plugins.module_utils.providers.tokens import token_preview
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credential_info
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults

DEFAULTS = defaults(cloud_credential_info.ARGUMENTS)
KEY = {
    "type": "service_account",
    "project_id": "p",
    "private_key_id": "k1",
    "client_email": "b@p",
    "private_key": "hush",
}
TOKEN = {"access_token": "hush", "token_type": "Bearer", "refresh_token": "hush", "expiry": "2030-01-01T00:00:00Z"}
ENTRIES = (
    {"id": 1, "name": "a", "provider": {"type": "S3", "access_key_id": "x", "secret_access_key": "hush"}},
    {"id": 2, "name": "b", "provider": {"type": "BOX", "client_secret": "hush", "token": json.dumps(TOKEN)}},
    {
        "id": 3,
        "name": "c",
        "provider": {"type": "GOOGLE_CLOUD_STORAGE", "service_account_credentials": json.dumps(KEY)},
    },
    {"id": 4, "name": "d", "provider": {"type": "NEWCOMER", "token": json.dumps(TOKEN)}},
)
SYNCS = [{"id": 5, "description": "nightly", "credentials": {"id": 1}}]
BACKUPS = [{"id": 6, "description": "", "credentials": {"id": 1}}]


def info(nas: FakeNas, **params: Any) -> dict[str, Any]:
    """Return the result of a task."""
    return cloud_credential_info.read({**DEFAULTS, **params}, False)(Nas(nas))


def name_option(result: dict[str, Any], field: str) -> dict[str, Any]:
    """Return one field of every credential."""
    return {credential["name"]: credential[field] for credential in result["credentials"]}


def test_without_being_asked_nothing_is_added_or_called() -> None:
    nas = FakeNas(*ENTRIES)
    assert not {"used_by", "unused", "preview"} & {*info(nas)["credentials"][0]}
    assert nas.calls == ["cloudsync.credentials.query"]


def test_the_tasks_that_use_a_credential() -> None:
    nas = FakeNas(*ENTRIES, answers={"cloudsync.query": SYNCS, "cloud_backup.query": BACKUPS})
    result = info(nas, usage=True)
    assert name_option(result, "used_by") == {
        "a": [
            {"service": "cloudsync", "id": 5, "description": "nightly"},
            {"service": "cloud_backup", "id": 6, "description": ""},
        ],
        "b": [],
        "c": [],
        "d": [],
    }
    assert name_option(result, "unused") == {"a": False, "b": True, "c": True, "d": True}
    assert result["warnings"] == []


def test_what_may_not_be_seen_is_not_called_unused() -> None:
    nas = FakeNas(*ENTRIES, answers={"cloudsync.query": SYNCS, "cloud_backup.query": NotPermitted("no")})
    result = info(nas, usage=True)
    assert name_option(result, "unused") == {"a": False, "b": None, "c": None, "d": None}
    assert len(result["warnings"]) == 1


def test_nothing_is_asked_about_no_credential() -> None:
    nas = FakeNas(*ENTRIES)
    assert info(nas, usage=True, name="nobody")["credentials"] == []
    assert nas.calls == ["cloudsync.credentials.query"]


def test_what_secrets_are_like() -> None:
    result = info(FakeNas(*ENTRIES), preview=True)
    assert name_option(result, "preview") == {
        "a": {},
        "b": {"token": {"token_type": "Bearer", "expiry": "2030-01-01T00:00:00Z", "refreshable": True}},
        "c": {"service_account_credentials": {"project_id": "p", "client_email": "b@p", "private_key_id": "k1"}},
        "d": {},
    }
    assert "hush" not in json.dumps(result)


def test_what_a_keypair_is_like() -> None:
    data = base64.b64encode(b"\0\0\0\x0bssh-ed25519" + b"\0\0\0\x20" + bytes(32)).decode()
    keys = {"private_key": "hush", "public_key": f"ssh-ed25519 {data} nas"}
    keypair = {"id": 7, "name": "archive", "type": "SSH_KEY_PAIR", "attributes": keys}
    sftp = {"id": 1, "name": "s", "provider": {"type": "SFTP", "host": "h", "user": "u", "private_key": 7}}
    other = {"id": 2, "name": "t", "provider": {"type": "SFTP", "host": "h", "user": "u", "private_key": 8}}
    nas = FakeNas(sftp, other, answers={"keychaincredential.query": [keypair]})
    result = info(nas, preview=True)
    assert name_option(result, "preview") == {
        "s": {
            "private_key": {
                "name": "archive",
                "public_key": f"ssh-ed25519 {data} nas",
                "type": "ssh-ed25519",
                "fingerprint": "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk",
            }
        },
        "t": {},
    }
    assert "hush" not in json.dumps(result)
    hidden = FakeNas(sftp, answers={"keychaincredential.query": [{**keypair, "attributes": MASK}]})
    [shown] = info(hidden, preview=True)["credentials"]
    assert shown["preview"]["private_key"]["name"] == "archive"
    assert shown["preview"]["private_key"]["fingerprint"] is None
    unseen = FakeNas(sftp, answers={"keychaincredential.query": NotPermitted("no")})
    assert name_option(info(unseen, preview=True), "preview") == {"s": {}}


def test_a_login_with_a_password_has_no_keypair() -> None:
    login = {"type": "SFTP", "host": "h", "user": "u", "pass": "hush", "private_key": None}
    entries = [
        {"id": number, "name": name, "provider": {**login, "private_key": key}}
        for number, name, key in ((1, "s", 1), (2, "t", None))
    ]
    keypair = {"id": 1, "name": "archive", "type": "SSH_KEY_PAIR", "attributes": MASK}
    nas = FakeNas(*entries, answers={"keychaincredential.query": [keypair]})
    shown = name_option(info(nas, preview=True), "preview")
    assert (shown["s"]["private_key"]["name"], shown["t"]) == ("archive", {})


def test_a_reader_gets_no_preview() -> None:
    # The fake hides what it knows to be secret; a provider that nobody knows is hidden as a whole by the NAS.
    result = info(FakeNas(*ENTRIES[:3], reader=True), preview=True)
    assert name_option(result, "preview") == {"a": {}, "b": {}, "c": {}}


@pytest.mark.parametrize("text", ["", "no json", "[1]", "{"])
def test_what_has_no_inside(text: str) -> None:
    assert token_preview(text) == service_account_preview(text) == {}


def test_what_stands_in_the_wrong_place_is_not_shown() -> None:
    key = "-----BEGIN PRIVATE KEY-----hush"
    assert token_preview(json.dumps({"token_type": key, "expiry": {"hush": 1}, "refresh_token": ""})) == {
        "token_type": "********",
        "expiry": None,
        "refreshable": False,
    }
    assert service_account_preview(json.dumps({"client_email": key}))["client_email"] == "********"
