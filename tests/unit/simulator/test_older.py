# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers before 25.04: DDP, logins, and flat credentials (truenas-api/older.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.errors import ConnectionLost
from tests.simulator import Simulator
from tests.simulator.accounts import Logins
from tests.simulator.older import facts
from tests.simulator.store import CREDENTIALS
from tests.unit.older_nas import API_KEY, OLDER, PASSWORD, OlderNas, OlderWire

CREATE, UPDATE = "cloudsync.credentials.create", "cloudsync.credentials.update"
KEYS = {"access_key_id": "AKIA", "secret_access_key": "hush+canary"}
S3 = {"name": "offsite", "provider": "S3", "attributes": KEYS}
DEFAULTS = {
    "endpoint": "",
    "region": "",
    "skip_region": False,
    "signatures_v2": False,
    "max_upload_parts": 10000,
}
versions = pytest.mark.parametrize("version", OLDER)


def error(wire: OlderWire, method: str, *params: Any) -> dict[str, Any]:
    """Return the error of a call that has to fail."""
    answer = wire.call(method, *params)
    assert "result" not in answer, answer
    return answer["error"]  # type: ignore[no-any-return]  # a message holds any JSON


@versions
def test_connect_ping_and_unknown_messages(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect()
        assert wire.ask(msg="ping", id="p") == {"msg": "failed", "version": "1"}
        assert wire.ask(msg="connect", version="2") == {"msg": "failed", "version": "1"}
        connected = wire.ask(msg="connect", version="1", support=["1"])
        assert connected is not None
        assert connected["msg"] == "connected"
        assert wire.ask(msg="ping", id="p") == {"msg": "pong", "id": "p"}
        unknown = wire.ask(msg="hello")
        if version == "v13.3":
            assert unknown is not None
            assert (unknown["error"]["error"], unknown["error"]["reason"]) == (13, "Not authenticated")
        else:
            assert unknown is None
        assert wire.log_in().ask(msg="hello") is None


@versions
def test_no_call_without_login(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect()
        wire.ask(msg="connect", version="1", support=["1"])
        refused = error(wire, "cloudsync.credentials.query")
        assert refused["error"] == (13 if version == "v13.3" else 207)
        assert ("errname" in refused) is (version != "v13.3")
        assert wire.call("auth.login_with_api_key", "1-wrong")["result"] is False


@versions
def test_a_credential_is_flat(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect().log_in()
        created = wire.call(CREATE, S3)["result"]
        assert created == {"id": 1, **S3, "attributes": {**KEYS, **DEFAULTS}}
        assert wire.call("cloudsync.credentials.query", [["name", "=", "offsite"]])["result"] == [created]
        assert wire.call(UPDATE, 1, {"name": "renamed"})["result"] == {"id": 1, "name": "renamed"}
        changed = wire.call(UPDATE, 1, {"attributes": {**KEYS, "region": "x"}})["result"]
        assert changed == {"id": 1, "attributes": {**KEYS, **DEFAULTS, "region": "x"}}
        assert wire.call("cloudsync.credentials.delete", 99)["result"] is (None if version == "v13.3" else True)
        assert nas.rows(CREDENTIALS)[0]["name"] == "renamed"


@versions
def test_filters_see_three_columns(version: str) -> None:
    with OlderNas(version) as nas:
        refused = error(nas.connect().log_in(), "cloudsync.credentials.query", [["attributes.key", "=", 1]])
        assert (refused["error"], refused["reason"]) == (22, "attributes.key")


@versions
def test_an_error_has_the_request_in_its_trace(version: str) -> None:
    with OlderNas(version) as nas:
        refused = error(nas.connect().log_in(), CREATE, {**S3, "attributes": {**KEYS, "port": 1, "region": None}})
        assert json.dumps(refused["trace"]).count("hush+canary") == 7
        faults = [["port", "Field was not expected"], ["region", "null not allowed"]]
        listed = [[f"cloud_sync_credentials_create.attributes.{name}", text, 22] for name, text in faults]
        assert refused["extra"] == (listed[:1] if version == "v13.3" else listed)
        assert refused["error"] == (35 if version == "v13.3" else 11)


@versions
def test_a_fault_in_the_outer_object(version: str) -> None:
    texts = {"v24.04.2": "Field was not expected", "v24.10.2": "Extra inputs are not permitted"}
    with OlderNas(version) as nas:
        refused = error(nas.connect().log_in(), CREATE, {**S3, "zzz": 1})
        if version == "v13.3":
            expected = (22, None, None, "[zzz] Field was not expected")
            assert (refused["error"], refused["type"], refused["extra"], refused["reason"]) == expected
            assert refused["trace"]["class"] == "Error"
        else:
            assert refused["extra"] == [["cloud_sync_credentials_create.zzz", texts[version], 22]]


@versions
def test_the_length_of_a_value(version: str) -> None:
    with OlderNas(version) as nas:
        refused = error(nas.connect().log_in(), CREATE, {**S3, "attributes": {**KEYS, "region": "r" * 1025}})
        core = ["cloud_sync_credentials_create.attributes.attributes.region", "Value greater than 1024 not allowed", 22]
        text = "The value may not be longer than 1024 characters"
        scale = ["cloud_sync_credentials_create.attributes.region", text, 22]
        assert refused["extra"] == [core if version == "v13.3" else scale]


@versions
def test_a_name_that_is_taken_and_an_id_that_is_not(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect().log_in()
        wire.call(CREATE, S3)
        taken = ["cloud_sync_credentials_create.name", "Object with this name already exists", 22]
        assert error(wire, CREATE, S3)["extra"] == [taken]
        missing = error(wire, UPDATE, 99, {"name": "x"})
        assert (missing["error"], missing["extra"]) == (2, [[None, "Credentials 99 does not exist", 2]])
        empty = wire.call(CREATE, {**S3, "name": ""})
        assert ("result" in empty) is (version != "v24.10.2")


@versions
def test_values_that_are_absent_stay_absent(version: str) -> None:
    with OlderNas(version) as nas:
        sftp = {"name": "s", "provider": "SFTP", "attributes": {"host": "h", "user": "u"}}
        created = nas.connect().log_in().call(CREATE, sftp)["result"]
        assert created == {"id": 1, **sftp}


@versions
@pytest.mark.parametrize(("port", "on_core"), [("21", 21), (" 21 ", None), ("-5", None), (21.0, None), (True, None)])
def test_text_becomes_a_number(version: str, port: Any, on_core: int | None) -> None:
    ftp = {"name": "f", "provider": "FTP", "attributes": {"host": "h", "user": "u", "pass": "p", "port": port}}
    expected = on_core if version == "v13.3" else int(port) if isinstance(port, str) else None
    with OlderNas(version) as nas:
        result = nas.connect().log_in().call(CREATE, ftp).get("result")
        assert (result and result["attributes"]["port"]) == expected


@versions
def test_which_providers_there_are(version: str) -> None:
    with OlderNas(version) as nas:
        listed = {row["name"] for row in nas.connect().log_in().call("cloudsync.providers")["result"]}
        assert listed == {*facts.providers(version)}
        assert len(listed) == 18
        assert ("ONEDRIVE" in listed, "GOOGLE_PHOTOS" in listed) == (version == "v13.3", version != "v13.3")


@versions
def test_a_credential_in_use(version: str) -> None:
    rows = {
        "credentials": [{"id": 1, "name": "c", "provider": {"type": "S3", **KEYS}}],
        "cloud_sync": [{"description": "nightly", "credentials": 1}],
    }
    with OlderNas(version, rows=rows) as nas:
        wire = nas.connect().log_in()
        refused = error(wire, "cloudsync.credentials.delete", 1)
        assert (refused["error"], refused["type"]) == (14, None)
        assert refused["reason"] == "[EFAULT] This credential is used by cloud sync task nightly"
        [task] = wire.call("cloudsync.query", [["credentials.id", "=", 1]])["result"]
        assert task["credentials"] == {"id": 1, "name": "c", "provider": "S3", "attributes": KEYS}
        assert ("include" in task) is (version != "v13.3")


@pytest.mark.parametrize("version", OLDER[1:])
def test_a_backup_that_uses_a_credential_is_an_error_of_the_database(version: str) -> None:
    rows = {
        "credentials": [{"id": 1, "name": "c", "provider": {"type": "S3", **KEYS}}],
        "cloud_backup": [{"description": "b", "credentials": 1}],
    }
    with OlderNas(version, rows=rows) as nas:
        refused = error(nas.connect().log_in(), "cloudsync.credentials.delete", 1)
        assert (refused["error"], refused["type"]) == (22, None)
        assert "FOREIGN KEY constraint failed" in refused["reason"]


@versions
def test_a_keypair_in_use(version: str) -> None:
    rows = {
        "keypairs": [{"id": 1, "name": "k", "private_key": None, "public_key": "ssh-rsa AAAA"}],
        "credentials": [{"name": "c", "provider": {"type": "SFTP", "host": "h", "user": "u", "private_key": 1}}],
    }
    with OlderNas(version, rows=rows) as nas:
        wire = nas.connect().log_in()
        refused = error(wire, "keychaincredential.delete", 1)
        assert (refused["error"], refused["type"]) == ((22, "VALIDATION") if version == "v24.10.2" else (14, None))
        assert wire.call("keychaincredential.delete", 1, {"cascade": True})["result"] is None
        assert nas.rows(CREDENTIALS)[0]["attributes"] == {"host": "h", "user": "u"}


@versions
def test_a_key_may_call_what_its_list_names(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect().log_in()
        answer = wire.call("core.ping")
        if version == "v13.3":
            assert answer["result"] == "pong"
        else:
            assert (answer["error"]["error"], answer["error"]["reason"]) == (13, "Not authorized")
        assert wire.ask(msg="sub", id="j", name="core.get_jobs") == {"msg": "ready", "subs": ["j"]}


@versions
def test_methods_and_parameters_that_do_not_exist(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect().log_in()
        assert error(wire, "auth.me")["error"] == (201 if version == "v13.3" else 13)
        assert error(wire, "nothing")["error"] == 74
        many = error(wire, "cloudsync.credentials.delete", 1, 2, 3)
        core = (22, "list index out of range")
        scale = (14, "[EFAULT] Too many arguments (expected 1, found 3)")
        assert (many["error"], many["reason"]) == (core if version == "v13.3" else scale)


async def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


@versions
def test_a_password(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.simulator.older.logins.asyncio.sleep", _at_once)
    core = version == "v13.3"
    with OlderNas(version, logins=Logins(otp_secret="JBSWY3DPEHPK3PXP")) as nas:
        wire = nas.connect()
        wire.ask(msg="connect", version="1", support=["1"])
        user = "root" if core else "automation"
        assert wire.call("auth.login", user, PASSWORD)["result"] is False, "without a one-time code"
        assert wire.call("auth.login_with_api_key", API_KEY)["result"] is True, "a key needs none"
        if core:
            assert wire.call("auth.two_factor_auth")["result"] is True
        else:
            assert "error" in wire.call("auth.two_factor_auth")
            assert wire.call("auth.two_factor_auth", user, PASSWORD)["result"] is True


@pytest.mark.parametrize(("version", "size", "closes"), [("v24.10.2", 70_000, True), ("v13.3", 70_000, False)])
def test_the_size_of_a_message(version: str, size: int, closes: bool) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect().log_in()
        key = {"service_account_credentials": "k" * size}
        credential = {"name": "g", "provider": "GOOGLE_CLOUD_STORAGE", "attributes": key}
        with pytest.raises(ConnectionLost, match="1009") if closes else contextlib.nullcontext():
            assert wire.call(CREATE, credential)["result"]["id"] == 1


def test_a_login_is_counted_on_24_10() -> None:
    with OlderNas("v24.10.2", login_limit=2) as nas, pytest.MonkeyPatch.context() as patch:
        wire = nas.connect().log_in()
        patch.setattr("tests.simulator.older.peer.asyncio.sleep", _at_once)
        assert wire.call("auth.login_with_api_key", API_KEY)["result"] is True
        refused = error(wire, "auth.login_with_api_key", API_KEY)
        assert (refused["error"], refused["reason"]) == (16, "Rate Limit Exceeded")


async def _statuses(url: str, *paths: str) -> list[tuple[int, str]]:
    found = []
    async with aiohttp.ClientSession() as client:
        for path in paths:
            upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
            async with client.get(f"{url}{path}", headers=upgrade, allow_redirects=False) as answer:
                found.append((answer.status, answer.headers.get("Location", "")))
    return found


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (302, "http://{}/ui/")),
        ({"without_nginx": True}, (404, "")),
        ({"https_redirect": True}, (307, "https://{}/api/current")),
    ],
)
def test_what_the_newer_path_answers(options: dict[str, Any], expected: tuple[int, str]) -> None:
    with Simulator(version="24.10.2", plaintext=True, **options) as nas:
        here = f"{nas.host}:{nas.port}"
        assert nas.url == f"ws://{here}/websocket"
        [found] = asyncio.run(_statuses(f"http://{here}", "/api/current"))
        assert found == (expected[0], expected[1].format(here))
