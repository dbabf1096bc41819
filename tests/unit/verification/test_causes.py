# SPDX-License-Identifier: GPL-3.0-or-later
"""What rclone says of credentials that do not work is understood; its messages were recorded from real runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.verification import causes
from ansible_collections.nasops.truenas.plugins.module_utils.verification.causes import CAUSES, Cause, recognise

MESSAGES = json.loads((Path(__file__).parents[2] / "lab/messages.json").read_text(encoding="utf-8"))
OTHER_SERVERS = {"sshd": "sftp", "ftps": "ftp", "s3_refusals": "s3"}

OAUTH = {
    "wrong_secret": "expired_token",
    "revoked_refresh_token": "expired_token",
    "no_refresh_token": "no_refresh_token",
    "wrong_client_secret": "wrong_secret",
    "empty_token": "no_refresh_token",
    "token_is_no_json": "no_refresh_token",
}
SERVER = {
    "wrong_secret": "wrong_login",
    "unknown_user": "wrong_login",
    "no_secret": "wrong_login",
    "no_such_folder": "no_such_bucket",
    "unreachable": "unreachable",
    "no_such_host": "unreachable",
}
# Through the lab's proxy rclone cannot see that a web server's name leads nowhere.
WEB = SERVER | {"no_such_host": "forbidden"}
S3 = {
    "wrong_secret": "wrong_secret",
    "unknown_key": "wrong_key",
    "scoped_key": "scoped_key",
    "unreachable": "unreachable",
}

EXPECTED: dict[str, dict[str, str]] = {
    "s3": S3,
    "storj_ix": S3,
    "s3_refusals": {"clock_skew": "clock_skew", "wrong_region": "wrong_region", "invalid_token": "wrong_key"},
    "sftp": SERVER,
    "sshd": {"wrong_key": "wrong_login", "password_not_taken": "wrong_login", "unreachable": "unreachable"},
    "ftp": SERVER,
    "ftps": {"tls_required": "tls"},
    "webdav": WEB,
    "http": WEB,
    "azureblob": {
        "wrong_secret": "wrong_secret",
        "key_is_no_base64": "wrong_secret",
        "unknown_key": "no_such_bucket",
        "unreachable": "unreachable",
    },
    "openstack_swift": {
        **dict.fromkeys(("wrong_secret", "wrong_secret_v2", "wrong_secret_v3", "unknown_user"), "wrong_login"),
        "wrong_auth_path": "wrong_login",
        "no_such_region": "no_such_bucket",
        "unreachable": "unreachable",
    },
    "google_cloud_storage": {
        "wrong_secret": "wrong_secret",
        "unknown_key": "wrong_key",
        "scoped_key": "scoped_key",
        "key_is_no_key": "wrong_secret",
        "not_a_service_account": "wrong_secret",
    },
    "b2": {"wrong_secret": "wrong_login", "unknown_key": "wrong_login"},
    "box": OAUTH,
    # rclone takes an old token of Dropbox as it is, without JSON around it.
    "dropbox": OAUTH | {"token_is_no_json": "expired_token"},
    "google_drive": OAUTH | {"no_such_team_drive": "no_such_bucket"},
    "google_photos": OAUTH,
    "onedrive": OAUTH | {"no_such_drive": "no_such_bucket"},
    "pcloud": OAUTH | {"wrong_region": "expired_token"},
    "yandex": OAUTH,
}


def understood(server: str, text: str) -> Cause:
    """Return what a message means from the provider that the server stands for."""
    return recognise(text, PROVIDERS[OTHER_SERVERS.get(server, server)])


@pytest.mark.parametrize(
    ("server", "case", "message"),
    [(server, case, message) for server, cases in MESSAGES.items() for case, message in cases.items()],
)
def test_recorded_messages_are_understood_and_explained(server: str, case: str, message: dict[str, Any]) -> None:
    cause = understood(server, message["error"])
    assert cause.name == EXPECTED[server][case], message["error"]
    assert cause.hint
    assert "{" not in cause.hint


@pytest.mark.parametrize(
    ("provider", "text", "name"),
    [
        # rclone against this lab, where no recording has them.
        ("s3", "tls: failed to verify certificate: x509: certificate signed by unknown authority", "tls"),
        ("s3", 'Get "https://127.0.0.1:1/": tls: first record does not look like a TLS handshake', "tls"),
        (
            "s3",
            "operation error S3: ListObjects, https response error StatusCode: 403, api error AccessDenied: Access Denied",
            "forbidden",
        ),
        ("s3", "error listing: directory not found", "no_such_bucket"),
        ("webdav", 'Propfind "https://127.0.0.1:1/": http: server gave HTTP response to HTTPS client', "tls"),
        ("sftp", "ssh: handshake failed: read tcp 127.0.0.1:1->127.0.0.1:2: i/o timeout", "unreachable"),
        ("sftp", "failed to parse private key file: ssh: no key found", "wrong_secret"),
        ("ftp", "read tcp 127.0.0.1:1->127.0.0.1:2: i/o timeout", "timeout"),
        ("ftp", 'error listing: 501 "No such directory."', "no_such_bucket"),
        ("azureblob", "dial tcp 127.0.0.1:9: connect: connection refused", "unreachable"),
        ("openstack_swift", "Can't find AuthVersion in AuthUrl - set explicitly", "wrong_login"),
        (
            "onedrive",
            "unable to get drive_id and drive_type - if you are upgrading from older versions",
            "no_such_bucket",
        ),
        (
            "yandex",
            "unable to get RefreshToken. If you are upgrading from older versions of rclone",
            "no_refresh_token",
        ),
        ("hubic", 'didn\'t find backend called "hubic"', "no_backend"),
        # botocore.
        ("s3", "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied", "not_writable"),
        # The NAS itself (truenas-api/wire.md §3, verify).
        ("mega", "'MEGA'", "no_backend"),
        ("s3", '[ENONET] Network activity "Cloud sync" is disabled', "service_disabled"),
        ("sftp", "[ENOENT] Credential does not exist", "missing_keypair"),
        ("sftp", "[EINVAL] Credential is not of type SSH_KEY_PAIR", "missing_keypair"),
    ],
)
def test_other_messages(provider: str, text: str, name: str) -> None:
    assert recognise(text, PROVIDERS[provider]).name == name


def test_what_nobody_knows_has_no_hint() -> None:
    assert recognise("the moon is full", PROVIDERS["s3"]) == causes.UNKNOWN
    assert recognise("", None).hint == ""


def test_the_general_messages_need_no_provider() -> None:
    assert recognise("dial tcp 127.0.0.1:9: connect: connection refused", None) == causes.UNREACHABLE


def test_a_note_of_rclone_is_not_the_reason() -> None:
    notes = {cause: recognise(message["excerpt"], PROVIDERS["sftp"]) for cause, message in MESSAGES["sftp"].items()}
    assert set(notes.values()) == {causes.UNKNOWN}, "the NAS's excerpt is the first line, which says nothing"


def test_the_region_that_a_message_names_is_in_the_hint() -> None:
    told = recognise(MESSAGES["s3_refusals"]["wrong_region"]["error"], PROVIDERS["s3"])
    assert "eu-west-1" in told.hint
    silent = recognise("api error PermanentRedirect: use the endpoint of the bucket", PROVIDERS["s3"])
    assert (silent.name, silent.hint) == ("wrong_region", causes.WRONG_REGION.hint)


def test_nothing_is_proven_where_the_credential_was_not_looked_at() -> None:
    unproven = {name for name, cause in CAUSES.items() if cause.state == "unproven"}
    assert unproven == {"scoped_key", "service_disabled", "no_backend", "timeout", "reference"}
    assert {cause.state for cause in CAUSES.values()} == {"invalid", "unproven"}


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_hints_are_for_causes_that_exist(provider: Any) -> None:
    assert set(provider.hints) <= CAUSES.keys()


def test_buckets_are_where_the_facts_say() -> None:
    with_buckets = {provider.wire_type for provider in PROVIDERS.values() if provider.has_buckets}
    assert with_buckets == {"AZUREBLOB", "B2", "GOOGLE_CLOUD_STORAGE", "HUBIC", "OPENSTACK_SWIFT", "S3", "STORJ_IX"}
    assert {provider.wire_type for provider in PROVIDERS.values() if provider.can_create_buckets} == {"STORJ_IX"}
