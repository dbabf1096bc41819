# SPDX-License-Identifier: GPL-3.0-or-later
"""What rclone says of credentials that do not work is understood; its messages were recorded from real runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis import causes
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import (
    CAUSES,
    Cause,
    classify,
    classify_call,
    explained,
)
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS

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
    "no_such_host": "unknown_host",
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
    "s3_refusals": {
        "clock_skew": "clock_skew",
        "invalid_token": "wrong_key",
        **dict.fromkeys(("wrong_region", "r2_region", "garage_region", "old_garage_region"), "wrong_region"),
        **dict.fromkeys(("oss_path_style", "cos_path_style"), "path_style"),
        "bucket_in_host": "no_such_bucket",
    },
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
    "b2": {
        "wrong_secret": "wrong_login",
        "unknown_key": "wrong_login",
        "no_list_buckets": "scoped_key",
        "cap_exceeded": "forbidden",
        "key_of_a_later_api": "no_backend",
    },
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
    return classify(text, PROVIDERS[OTHER_SERVERS.get(server, server)])


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
        # rclone against small servers: a page that is no XML, and a resolver that fails in each of its ways.
        (
            "s3",
            "operation error S3: ListBuckets, https response error StatusCode: 200, deserialization failed, failed to decode "
            "response body, XML syntax error on line 1",
            "unreachable",
        ),
        *(
            ("ftp", f"dial tcp: lookup nas.example on 10.0.0.1:53: {why}", "unknown_host")
            for why in (
                "no such host",
                "server misbehaving",
                "read udp 10.0.0.2:5->10.0.0.1:53: i/o timeout",
                "dial udp 10.0.0.1:53: connect: connection refused",
            )
        ),
        # Resolvers of the C library and of Python.
        ("ftp", "[Errno -2] Name or service not known", "unknown_host"),
        ("ftp", "[Errno -3] Temporary failure in name resolution", "unknown_host"),
        ("ftp", "[Errno -5] No address associated with hostname", "unknown_host"),
        ("ftp", "[Errno 8] nodename nor servname provided, or not known", "unknown_host"),
        ("ftp", "[Errno -2] Name does not resolve", "unknown_host"),
        ("sftp", "encoding with 'idna' codec failed (UnicodeError: label empty or too long)", "unknown_host"),
        # What has an address, and does not answer there.
        ("ftp", "dial tcp 10.0.0.9:21: connect: no route to host", "unreachable"),
        ("ftp", "dial tcp 10.0.0.9:21: i/o timeout", "unreachable"),
        # rclone 1.75, sync to a server that answers 403 to HEAD; other providers have a file there.
        ("s3", 'CRITICAL: Failed to create file system for "remote:b/f": is a file not a directory', "not_a_folder"),
        ("sftp", 'CRITICAL: Failed to create file system for "remote:f": is a file not a directory', "not_a_folder"),
        # rclone with a key for another bucket, and Backblaze's own answers to calls (its documentation, issues of rclone).
        ("b2", 'you must use bucket(s) [{"b1" "lab-bucket"}] with this application key', "forbidden"),
        ("b2", "failed to authenticate: Unknown 401  (401 unauthorized)", "wrong_login"),
        ("b2", '401 Unauthorized {"code": "unauthorized", "message": "", "status": 401}', "scoped_key"),
        ("b2", "Authorization token has expired (401 expired_auth_token)", "expired_token"),
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
    assert classify(text, PROVIDERS[provider]).name == name


@pytest.mark.parametrize(
    ("code", "text"),
    [("AccessDenied", "Access Denied"), ("403", "Forbidden"), ("MethodNotAllowed", "The method is not allowed")],
)
def test_a_key_without_the_right_to_ask_for_the_region_needs_a_region(code: str, text: str) -> None:
    """Texts of botocore, as the NAS passes them on (truenas-api/wire.md, corrections to §7b)."""
    found = classify(
        f"An error occurred ({code}) when calling the GetBucketLocation operation: {text}", PROVIDERS["s3"]
    )
    assert found.name == "forbidden"
    assert "Set region in the credential, or allow the key s3:GetBucketLocation." in found.hint
    other = classify(f"An error occurred ({code}) when calling the ListObjects operation: {text}", PROVIDERS["s3"])
    assert "GetBucketLocation" not in other.hint


def test_an_unknown_error_has_no_hint() -> None:
    assert classify("the moon is full", PROVIDERS["s3"]) == causes.UNKNOWN
    assert classify("", None).hint == ""


def test_the_general_messages_need_no_provider() -> None:
    assert classify("dial tcp 127.0.0.1:9: connect: connection refused", None) == causes.UNREACHABLE


def test_a_note_of_rclone_is_not_the_reason() -> None:
    notes = {cause: classify(message["excerpt"], PROVIDERS["sftp"]) for cause, message in MESSAGES["sftp"].items()}
    assert set(notes.values()) == {causes.UNKNOWN}, "the NAS's excerpt is the first line, which says nothing"


def test_the_region_that_a_message_names_is_in_the_hint() -> None:
    told = classify(MESSAGES["s3_refusals"]["wrong_region"]["error"], PROVIDERS["s3"])
    assert "eu-west-1" in told.hint
    silent = classify("api error PermanentRedirect: use the endpoint of the bucket", PROVIDERS["s3"])
    assert (silent.name, silent.hint) == ("wrong_region", causes.WRONG_REGION.hint)


def s3_hint(case: str, **values: Any) -> str:
    """Return the hint for a recorded refusal, for a credential with these values."""
    return classify(MESSAGES["s3_refusals"][case]["error"], PROVIDERS["s3"], values).hint


def test_only_a_region_that_the_server_expects_is_recommended() -> None:
    assert "Set region to this value" in s3_hint("garage_region")
    assert "garage" in s3_hint("garage_region")
    for case in ("old_garage_region", "r2_region"):
        assert "us-east-1" not in s3_hint(case), "that is the one that was refused"
        assert "Set region to" in s3_hint(case)
    assert "auto" in s3_hint("r2_region")
    assert "s3_region" in s3_hint("old_garage_region")


@pytest.mark.parametrize("case", ["oss_path_style", "cos_path_style"])
def test_a_bucket_that_belongs_into_the_host_is_a_question_of_the_version(case: str) -> None:
    assert "Set force_path_style: false, and set provider" in s3_hint(case, force_path_style=True)
    assert "this NAS puts it into the path" in s3_hint(case)
    assert "permissions" not in s3_hint(case)


def test_a_bucket_that_is_not_there_may_be_part_of_the_endpoint() -> None:
    assert "endpoint is the address of the service, without the name of a bucket" in s3_hint("bucket_in_host")


@pytest.mark.parametrize("provider", [None, *PROVIDERS.values()], ids=["none", *PROVIDERS])
def test_a_server_that_answers_in_another_way_is_not_said_to_be_silent(provider: Any) -> None:
    hint = causes.explained(causes.UNREACHABLE, provider).hint
    assert not hint.startswith("Nothing answers")


def test_an_empty_folder_of_a_limited_key_proves_nothing() -> None:
    told = classify("error listing: is a file not a directory", PROVIDERS["s3"])
    assert (told.state, "put a file into it" in told.hint) == ("inconclusive", True)
    assert classify("error listing: is a file not a directory", PROVIDERS["sftp"]).state == "invalid"


@pytest.mark.parametrize(
    ("case", "advice"),
    [
        ("wrong_secret", "account is the keyID"),
        ("unknown_key", "account is the keyID"),
        ("no_list_buckets", "listBuckets"),
        ("cap_exceeded", "Raise the caps"),
        ("key_of_a_later_api", "S3 credential"),
    ],
)
def test_each_refusal_of_backblaze_has_its_advice(case: str, advice: str) -> None:
    assert advice in classify(MESSAGES["b2"][case]["error"], PROVIDERS["b2"]).hint


def test_no_folder_is_tried_with_a_host_that_does_not_exist() -> None:
    assert "unknown_host" in causes.DECISIVE


def test_nothing_is_proven_where_the_credential_was_not_looked_at() -> None:
    inconclusive = {name for name, cause in CAUSES.items() if cause.state == "inconclusive"}
    assert inconclusive == {"scoped_key", "empty_root", "service_disabled", "no_backend", "timeout", "misread"}
    assert {cause.state for cause in CAUSES.values()} == {"invalid", "inconclusive"}


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_each_cause_is_documented_with_its_state_and_its_hint(cause: Cause) -> None:
    pages = (Path(__file__).parents[3] / "docs/verification.md").read_text(encoding="utf-8")
    assert f"| `{cause.name}` | {cause.state} | {cause.hint or '—'} |\n" in pages


def test_a_hint_that_was_chosen_for_a_complaint_is_not_replaced_by_the_provider() -> None:
    chosen = replace(causes.FORBIDDEN, hint="Raise the caps.")
    assert causes.explained(chosen, PROVIDERS["b2"]).hint == "Raise the caps."
    assert causes.explained(causes.FORBIDDEN, PROVIDERS["b2"]).hint == PROVIDERS["b2"].hints["forbidden"]


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_hints_are_for_causes_that_exist(provider: Any) -> None:
    assert set(provider.hints) <= CAUSES.keys()


def test_buckets_are_where_the_facts_say() -> None:
    with_buckets = {provider.wire_type for provider in PROVIDERS.values() if provider.has_buckets}
    assert with_buckets == {"AZUREBLOB", "B2", "GOOGLE_CLOUD_STORAGE", "HUBIC", "OPENSTACK_SWIFT", "S3", "STORJ_IX"}
    assert {provider.wire_type for provider in PROVIDERS.values() if provider.can_create_buckets} == {"STORJ_IX"}


@pytest.mark.parametrize("key", PROVIDERS)
def test_a_hint_for_a_call_or_a_run_names_no_option_that_only_a_verification_has(key: str) -> None:
    provider = PROVIDERS[key]
    for cause in (*CAUSES.values(), *(cause for _pattern, cause in provider.error_patterns)):
        patterns = SimpleNamespace(error_patterns=((r"^", cause),), hint=provider.hint)
        verified, called = classify("refused", patterns), classify_call("refused", patterns)
        assert (called.name, called.state) == (verified.name, verified.state)
        assert "verify_" not in called.hint
        assert called.hint == verified.hint or "verify_" in verified.hint


def test_only_a_verification_gets_hints_about_its_options() -> None:
    core = Path(__file__).parents[3] / "plugins/module_utils"
    found = {
        path.relative_to(core).parent.as_posix()
        for path in core.rglob("*.py")
        if re.search(r"\bclassify\(", path.read_text(encoding="utf-8"))
    }
    assert found == {"credential/verification", "diagnosis"}


@pytest.mark.parametrize("key", PROVIDERS)
def test_a_hint_names_no_option_that_the_nas_lacks(key: str) -> None:
    provider = PROVIDERS[key]
    oldest = provider.defaults((25, 4, 0))
    newer = provider.options().keys() - oldest.keys() - {"credentials"}
    for cause in CAUSES.values():
        hint = explained(cause, provider, oldest).hint
        assert not {name for name in newer if re.search(rf"\b{name}: ", hint)}


def test_a_newer_nas_gets_the_hint_about_gateways() -> None:
    hint = PROVIDERS["s3"].hint("wrong_secret", PROVIDERS["s3"].defaults((26, 0, 0)))
    assert hint is not None
    assert hint == PROVIDERS["s3"].hints["wrong_secret"]
    assert PROVIDERS["s3"].hint("wrong_secret", {}) == hint.split(" Behind a gateway")[0]
