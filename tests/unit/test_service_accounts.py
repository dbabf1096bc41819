# SPDX-License-Identifier: GPL-3.0-or-later
"""A service account's key is taken with all that rclone needs of it, and refused without (tried with rclone 1.75)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS

GCS = PROVIDERS["google_cloud_storage"]
KEY = {"type": "service_account", "project_id": "p", "client_email": "b@p.example", "private_key": "hush"}
REMEDY = "Use the complete key file from Google"


@pytest.mark.parametrize("written", [KEY, json.dumps(KEY), {**KEY, "private_key_id": "k", "universe_domain": "x"}])
def test_a_whole_key_is_taken(written: Any) -> None:
    assert GCS.parse({"service_account_credentials": written})[1] == []


@pytest.mark.parametrize("absent", [..., None, "", 5, ["x"]])
@pytest.mark.parametrize("name", KEY)
def test_a_key_without_a_part_is_refused_by_the_name_of_the_part(name: str, absent: Any) -> None:
    written = {other: value for other, value in {**KEY, name: absent}.items() if value is not ...}
    [problem] = GCS.parse({"service_account_credentials": written})[1]
    assert problem.field == "google_cloud_storage.service_account_credentials"
    assert problem.reason.startswith((f"requires {name}", f"must contain text as {name},"))
    assert "hush" not in problem.reason + problem.remedy


@pytest.mark.parametrize("kind", ["authorized_user", "external_account", "Service_Account"])
def test_a_key_of_another_type_is_refused(kind: str) -> None:
    [problem] = GCS.parse({"service_account_credentials": {**KEY, "type": kind}})[1]
    assert "must have the type service_account" in problem.reason
    assert problem.remedy.startswith(REMEDY)


@pytest.mark.parametrize("where", ["installed", "web"])
def test_the_file_of_an_oauth_client_is_called_that(where: str) -> None:
    [problem] = GCS.parse({"service_account_credentials": {where: {"client_id": "x"}}})[1]
    assert "the file of an OAuth client" in problem.reason
    assert problem.remedy.startswith(REMEDY)


BODY = "aHVzaCBodXNo\naHVzaA=="


def pem(label: str = "PRIVATE KEY", body: str = BODY, end: str = "\n") -> str:
    """Return a block as cryptography writes it."""
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----{end}"


@pytest.mark.parametrize(
    ("private_key", "reason"),
    [
        (pem(), None),
        (pem("RSA PRIVATE KEY"), None),
        (pem(end=""), None),
        (pem(end=" \t\r\n"), None),
        (pem().replace("-----\na", "----- \t\r\na"), None),
        (pem(body=f"Proc-Type: 4\n\n{BODY}"), None),
        (f"the key\n{pem()}the end\n", None),
        (f"{pem(body='')}{pem()}", None),
        ("no block", None),
        (pem().replace("\n", " "), "is damaged or has lost its line breaks"),
        (pem().replace("\n", ""), "is damaged or has lost its line breaks"),
        (pem().replace("-----END PRIVATE", "-----END RSA PRIVATE"), "is damaged or has lost its line breaks"),
        (pem().removesuffix("-----END PRIVATE KEY-----\n"), "is damaged or has lost its line breaks"),
        (pem(body=""), "is damaged or has lost its line breaks"),
        (pem(body=BODY.rstrip("=")), "is damaged or has lost its line breaks"),
        (pem(body="hush-hush_"), "is damaged or has lost its line breaks"),
        *(
            (pem(f"{label} PRIVATE KEY"), "is not an unencrypted RSA key, so rclone cannot use it")
            for label in ("EC", "OPENSSH", "ENCRYPTED")
        ),
        (pem("PUBLIC KEY"), "is not an unencrypted RSA key, so rclone cannot use it"),
        (pem("CERTIFICATE"), "is not an unencrypted RSA key, so rclone cannot use it"),
    ],
)
def test_a_private_key_that_rclone_cannot_read_is_refused(private_key: str, reason: str | None) -> None:
    _values, problems = GCS.parse({"service_account_credentials": {**KEY, "private_key": private_key}})
    assert [problem.reason for problem in problems] == ([f"contains a private_key that {reason}"] if reason else [])
    assert all(problem.remedy.startswith(REMEDY) for problem in problems)


@pytest.mark.parametrize("written", ["[1]", "no JSON", '"text"'])
def test_what_is_no_json_object_is_refused(written: str) -> None:
    [problem] = GCS.parse({"service_account_credentials": written})[1]
    assert problem.reason == "must be a JSON object"
    assert problem.remedy.startswith(REMEDY)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (base64.b64encode(json.dumps(KEY).encode()).decode(), "is Base64"),
        (base64.b64encode(json.dumps(KEY).encode()).decode().rstrip("="), "is Base64"),
        (f"\ufeff{json.dumps(KEY)}", "byte order mark"),
        (json.dumps(json.dumps(KEY)), "is text in quotes"),
        (f"'{json.dumps(KEY)}'", "is text in quotes"),
        (str(KEY), "single quotes"),
        ("~/key", "is a path"),
        ("/etc/key.json\n", "is a path"),
        ("files/key.json", "is a path"),
    ],
)
def test_a_key_that_is_copied_with_something_around_it_is_refused_with_what_to_do(written: str, reason: str) -> None:
    [problem] = GCS.parse({"service_account_credentials": written})[1]
    assert reason in problem.reason
    assert not problem.remedy.startswith(REMEDY)


def test_a_file_that_the_controller_has_not_read_is_refused_by_name() -> None:
    [file] = spec._file_options(GCS)
    [problem] = file.unread({"service_account_file": "key.json"})
    assert problem.field == "google_cloud_storage.service_account_file"
    assert [*file.unread({"service_account_credentials": "{}"})] == []
