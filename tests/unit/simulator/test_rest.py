# SPDX-License-Identifier: GPL-3.0-or-later
"""REST on 25.04 and 25.10 (truenas-api/wire.md §5 REST; upstream restful.py)."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.simulator import Simulator, rest
from tests.simulator.accounts import READER_ROLES, Credential, Logins
from tests.simulator.store import CREDENTIALS
from tests.unit.older_nas import API_KEY, PASSWORD, OlderNas

from .samples import sent, stored

VERSIONS = ["v25.04.0", "v25.04.2", "v25.10.0"]
versions = pytest.mark.parametrize("version", VERSIONS)
BEARER = f"Bearer {API_KEY}"
SERVICE = "cloudsync.credentials"
S3 = {"name": "offsite", "provider": sent("S3")}


def asked(nas: OlderNas, method: str, body: Any = None, number: str | None = None, **more: Any) -> tuple[int, Any]:
    """Return status and content of an answer."""
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    more = {"authorization": BEARER, **more}
    request = rest.Request(method if "." in method else f"{SERVICE}.{method}", number, body=text, **more)
    answer = nas.runner.run(rest.answer(nas.nas, request))
    return answer.status, json.loads(answer.text) if answer.is_json and answer.text else answer.text


def basic(text: str) -> str:
    """Return the header of a user and a password."""
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@versions
def test_rows_have_the_form_of_the_version(version: str) -> None:
    with OlderNas(version) as nas:
        row = {"id": 1, "name": "offsite", "provider": stored("S3", version)}
        assert asked(nas, "create", S3) == (200, row)
        assert asked(nas, "query") == (200, [row])
        assert asked(nas, "query", number="1") == (200, row)
        assert asked(nas, "update", {"name": "renamed"}, "1") == (200, {**row, "name": "renamed"})
        assert asked(nas, "update", {}, "1")[0] == 200
        for _turn in range(2):
            assert asked(nas, "delete", number="1") == (200, True)
        assert nas.rows(CREDENTIALS) == []


@versions
def test_filters_and_options_follow_the_question_mark(version: str) -> None:
    with OlderNas(version) as nas:
        for name in ("a", "b", "c", "12"):
            asked(nas, "create", {"name": name, "provider": sent("B2")})
        for query, names in (
            ((("name", "b"),), ["b"]),
            ((("name__neq", "b"), ("id__lt", "3")), ["a"]),
            ((("id__gte", "3"),), ["c", "12"]),
            ((("limit", "1"), ("offset", "1")), ["b"]),
            ((("name__regex", "[ab]"),), ["a", "b"]),
            ((("name", "12"),), []),
            ((("provider.type", "null"),), []),
        ):
            status, rows = asked(nas, "query", query=query)
            assert (status, [row["name"] for row in rows]) == (200, names)
        assert asked(nas, "query", query=(("count", "true"), ("name", "a"))) == (200, 1)
        assert asked(nas, "query", query=(("sort", "name"),))[1] == {
            "options.sort": [{"message": "Extra inputs are not permitted", "errno": 22}]
        }
        body = {"query-filters": [["name", "=", "c"]], "options": {"select": ["name"]}}
        assert asked(nas, "query", body) == (200, [{"name": "c"}])
        assert asked(nas, "query", {"x": 1, "y": 2}) == (
            400,
            {"message": "The following attributes are not expected: x, y"},
        )
        assert asked(nas, "query", [1])[0] == 400


@versions
def test_errors(version: str) -> None:
    with OlderNas(version, rows={"credentials": [S3], "cloud_sync": [{"description": "d", "credentials": 1}]}) as nas:
        assert asked(nas, "create", S3) == (
            422,
            {"cloud_sync_credentials_create.name": [{"message": "Object with this name already exists", "errno": 22}]},
        )
        assert asked(nas, "delete", number="1") == (
            422,
            {"message": "This credential is used by cloud sync task d", "errno": 14},
        )
        status, unknown = asked(nas, "update", {}, "9")
        assert (status, unknown["null"][0]["errno"]) == (422, 2)
        assert asked(nas, "update", {}, "x")[1] == {"id": [{"message": "Input should be a valid integer", "errno": 22}]}
        assert asked(nas, "query", number="9") == (404, {"message": ""})
        assert asked(nas, "create", "{")[1] == {
            "message": "json parse error: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            "errno": 22,
        }
        status, missing = asked(nas, "create")
        assert status == 500
        assert missing["message"] == "CRUDService.create() missing 1 required positional argument: 'data'"
        assert "Traceback" in missing["traceback"]
        # Fields of a provider come in the order of the model.
        faults = asked(nas, "verify", {"type": "S3", "zzz": 1})[1]
        prefix = "cloud_sync_credentials_create.S3"
        assert [*faults] == [f"{prefix}.{name}" for name in ("access_key_id", "secret_access_key", "zzz")]
        assert asked(nas, "keychaincredential.delete", {"cascade": True}, "7")[1] == {
            "null": [{"message": "KeychainCredential 7 does not exist", "errno": 2}]
        }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, (401, None)),
        ("Digest x", (401, None)),
        ("Bearer 1-wrong", (401, "Invalid API key")),
        (basic(f"automation:{PASSWORD}"), (200, [])),
        (basic("automation:wrong"), (401, "Bad username or password")),
        ("Basic a", (400, None)),
        ("Basic !", (500, "500 Internal Server Error\n\nServer got itself in trouble")),
        ("Basic //79", (400, None)),
        ("Token none", (403, "Invalid token")),
    ],
)
def test_logins(header: str | None, expected: tuple[int, Any]) -> None:
    with OlderNas("v25.10.0") as nas:
        assert asked(nas, "query", authorization=header) == expected


def test_passwords_do_not_work_with_a_second_factor() -> None:
    with OlderNas("v25.10.0", logins=Logins(otp_secret="JBSWY3DPEHPK3PXP")) as nas:
        expected = (401, "HTTP Basic Auth is unavailable when OTP is enabled")
        assert asked(nas, "query", authorization=basic(f"automation:{PASSWORD}")) == expected
        assert asked(nas, "query")[0] == 200


def test_tokens_and_rights() -> None:
    with OlderNas("v25.10.0") as nas:
        accounts = nas.nas.accounts

        def token(roles: frozenset[str], *, single_use: bool = False) -> str:
            credential = Credential("API_KEY", "automation", roles)
            return accounts.new_token(credential, ttl=60, attributes={}, origin=None, single_use=single_use)

        admin = accounts.of_key(accounts.key("automation", API_KEY))  # type: ignore[arg-type]  # the key is there
        once = token(admin.roles, single_use=True)
        assert asked(nas, "query", authorization=None, query=(("auth_token", once),))[0] == 200
        assert asked(nas, "query", authorization=f"Token {once}") == (403, "Invalid token")
        assert asked(nas, "query", authorization=f"Token {token(READER_ROLES)}") == (403, "")


def test_a_key_without_tls_is_revoked() -> None:
    """The facts assume it."""
    with OlderNas("v25.10.0") as nas:
        assert asked(nas, "query", secure=False) == (401, "Invalid API key")
        assert asked(nas, "query") == (401, "Invalid API key")


def test_where_it_is_served(previous: Simulator, nas: Simulator) -> None:
    def status(server: Simulator, path: str, **headers: str) -> tuple[int, Any]:
        context = ssl.create_default_context(cafile=server.ca_file)
        url = f"https://{server.host}:{server.port}{path}"
        try:
            answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), context=context)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        with answer:
            assert answer.headers["Content-Type"].startswith("application/json")
            return answer.status, json.loads(answer.read())

    key = {"Authorization": f"Bearer {previous.api_key}"}
    for path in ("/api/v2.0/cloudsync/credentials", "/api/v2.0/cloudsync/credentials/"):
        assert isinstance(status(previous, path, **key)[1], list)
        assert status(previous, path) == (401, "401: Unauthorized")
    assert status(previous, "/api/v2.0/keychaincredential/id/99", **key) == (404, '{\n "message": ""\n}')
    assert status(previous, "/api/v2.0/none", **key)[0] == 404
    assert status(nas, "/api/v2.0/cloudsync/credentials", **key)[0] == 404, "26 has none"
