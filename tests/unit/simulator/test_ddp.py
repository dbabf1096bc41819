# SPDX-License-Identifier: GPL-3.0-or-later
"""DDP on servers that have JSON-RPC, too (truenas-api/wire.md §5; upstream apps/websocket_app.py)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.errors import ConnectionLost
from tests.simulator import Simulator
from tests.simulator.accounts import READER_ROLES, WRITER_ROLES, Credential
from tests.simulator.store import CREDENTIALS, KEYCHAIN
from tests.unit.older_nas import API_KEY, PASSWORD, OlderNas, OlderWire

from .wire import Wire

VERSIONS = ["v25.04.0", "v25.04.2", "v25.10.0", "v26.0.0", "v27.0.0"]
CREATE, UPDATE, QUERY = (f"cloudsync.credentials.{name}" for name in ("create", "update", "query"))
KEYS = {"access_key_id": "AKIA", "secret_access_key": "hush"}
OLD_DEFAULTS = {"endpoint": "", "region": "", "skip_region": False, "signatures_v2": False, "max_upload_parts": 10000}
S3 = {"name": "offsite", "provider": "S3", "attributes": KEYS}
versions = pytest.mark.parametrize("version", VERSIONS)


def opened(nas: OlderNas, roles: frozenset[str] | None = None) -> OlderWire:
    """Return a connection that is logged in, with other roles than an administrator's if they are given."""
    wire = nas.connect()
    wire.ask(msg="connect", version="1", support=["1"])
    assert wire.call("auth.login_with_api_key", API_KEY)["result"] is True
    if roles is not None:
        wire.session.credential = Credential("API_KEY", "automation", roles)
    return wire


def refused(wire: OlderWire, method: str, *params: Any) -> tuple[Any, ...]:
    """Return what an error says: number, name, type, reason, and triples."""
    error = wire.call(method, *params)["error"]
    return tuple(error[name] for name in ("error", "errname", "type", "reason", "extra"))


@versions
def test_connect_and_messages_that_are_none(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect()
        for early in ({"msg": "ping"}, {"msg": "method", "id": 1, "method": "core.ping"}, {"msg": "connect"}):
            assert wire.ask(**early) == {"msg": "failed", "version": "1"}
        assert wire.ask(msg="connect", version=1) == {"msg": "failed", "version": "1"}
        connected = wire.ask(msg="connect", version="1")
        assert connected is not None
        assert (connected["msg"], [*connected]) == ("connected", ["msg", "session"])
        # There is no ping, and no answer to what nobody knows.
        assert wire.ask(msg="ping", id="p") is None
        assert wire.ask(msg="hello") is None
        assert wire.call("core.ping") == {"msg": "result", "id": 1, "result": "pong"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", 1007),
        ("[]", 1007),
        ("1", 1007),
        ("{}", 1011),
        ('{"msg":"sub","id":"1"}', 1011),
        ('{"msg":"method","id":1,"method":5}', 1011),
        # An error has no number to be sent under; a result is just not sent.
        ('{"msg":"method","method":"cloudsync.query"}', 1011),
        ('{"msg":"method","method":"core.ping"}', None),
        ('{"msg":"unsub","id":"x"}', None),
        ('{"msg":"unsub","id":1}', 1011),
        (json.dumps({"msg": "x" * 8192}), 1007),
    ],
)
def test_what_ends_a_connection(text: str, code: int | None) -> None:
    with OlderNas("v27.0.0") as nas:
        wire = nas.connect()
        wire.ask(msg="connect", version="1")
        if code is None:
            wire.send(text)
            assert wire.ask(msg="hello") is None
            return
        with pytest.raises(ConnectionLost, match=str(code)):
            wire.send(text)


@versions
def test_sizes_after_the_login(version: str) -> None:
    with OlderNas(version) as nas:
        wire = opened(nas)
        head, tail = '{"msg":"x","y":"', '"}'
        wire.send(head + "y" * (65536 - len(head + tail)) + tail)
        with pytest.raises(ConnectionLost, match="1009"):
            wire.send(head + "y" * (65537 - len(head + tail)) + tail)


@versions
def test_errors_have_the_numbers_of_ddp(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect()
        wire.ask(msg="connect", version="1")
        assert refused(wire, QUERY) == (207, "ENOTAUTHENTICATED", None, "[ENOTAUTHENTICATED] Not authenticated", None)
        wire = opened(nas)
        twice = [["cloud_sync_credentials_create.name", "Object with this name already exists", 22]]
        wire.call(CREATE, S3)
        text = "[EINVAL] cloud_sync_credentials_create.name: Object with this name already exists\n"
        assert refused(wire, CREATE, S3) == (11, "EAGAIN", "VALIDATION", text, twice)
        gone = wire.call("cloudsync.credentials.get_instance", 99)["error"]
        assert (gone["error"], gone["errname"], gone["type"]) == (2, "ENOENT", "VALIDATION")
        assert gone["extra"][0][::2] == [None, 2]
        nothing = refused(wire, QUERY, [["id", "=", 99]], {"get": True})
        assert nothing == (22, "EINVAL", None, "MatchNotFound()", None)
        assert refused(wire, "cloudsync.list_buckets", 99)[:4] == (14, "EFAULT", None, "[EFAULT] Invalid credentials")
        for name, number, reason in (
            ("core.pong", 201, "[ENOMETHOD] Method 'pong' not found in 'core'"),
            ("no.such", 201, "[ENOMETHOD] Service 'no' not found"),
            ("ping", 74, "[EBADMSG] Invalid method name"),
        ):
            assert refused(wire, name)[::3] == (number, reason)
        trace = wire.call("no.such")["error"]["trace"]
        assert [*trace] == ["class", "frames", "formatted", "repr"]
        wire.ask(msg="method", id="m")
        answer = wire.ask(msg="method", id="m")
        assert answer is not None
        assert answer["error"]["reason"] == "Message is malformed: 'method' is absent."
        assert answer["error"]["trace"] is None
        answer = wire.ask(msg="method", id="m", method="core.ping", params={"a": 1})
        assert answer is not None
        assert (answer["error"]["error"], answer["error"]["reason"]) == (22, "`params` must be a list.")


@versions
def test_credentials_are_flat(version: str) -> None:
    with OlderNas(version) as nas:
        wire = opened(nas)
        flat = {"id": 1, "name": "offsite", "provider": "S3", "attributes": {**KEYS, **OLD_DEFAULTS}}
        assert wire.call(CREATE, S3)["result"] == flat
        for params in ([], [[["provider.type", "=", "S3"]]]):
            assert wire.call(QUERY, *params)["result"] == [flat]
        # What the database has comes back as the newest version filters it.
        assert wire.call(QUERY, [["provider", "=", "S3"]])["result"] == []
        assert wire.call(QUERY, [["name", "=", "offsite"]], {"get": True})["result"] == flat
        assert wire.call(QUERY, [], {"count": True})["result"] == 1
        assert wire.call("cloudsync.credentials.get_instance", 1)["result"] == flat
        changed = wire.call(UPDATE, 1, {"name": "b2", "provider": "B2", "attributes": {"account": "a", "key": "k"}})
        assert changed["result"] == {
            "id": 1,
            "name": "b2",
            "provider": "B2",
            "attributes": {"account": "a", "key": "k"},
        }
        assert nas.rows(CREDENTIALS)[0]["provider"] == "B2"
        assert wire.call("cloudsync.credentials.delete", 1)["result"] is True
        assert wire.call("cloudsync.credentials.delete", 1)["result"] is True


@versions
@pytest.mark.parametrize(
    ("method", "params", "extra"),
    [
        (CREATE, [], [["cloud_sync_credentials_create", "Field required", 22]]),
        (CREATE, [S3, S3], [["", "Too many arguments (expected 1, found 2)", 22]]),
        (
            CREATE,
            [{"id": 1, "name": "", "provider": 5, "zzz": 1}],
            [
                ["cloud_sync_credentials_create.id", "Extra inputs are not permitted", 22],
                ["cloud_sync_credentials_create.name", "String should have at least 1 character", 22],
                ["cloud_sync_credentials_create.provider", "Input should be a valid string", 22],
                ["cloud_sync_credentials_create.attributes", "Field required", 22],
                ["cloud_sync_credentials_create.zzz", "Extra inputs are not permitted", 22],
            ],
        ),
        (
            CREATE,
            [{**S3, "attributes": {"access_key_id": "a", "foo": 1}}],
            [
                ["cloud_sync_credentials_create.provider.S3.secret_access_key", "Field required", 22],
                ["cloud_sync_credentials_create.provider.S3.foo", "Extra inputs are not permitted", 22],
            ],
        ),
        (
            "cloudsync.credentials.verify",
            [{"provider": "S3", "attributes": {"access_key_id": "a"}}],
            [["cloud_sync_credentials_create.S3.secret_access_key", "Field required", 22]],
        ),
        ("cloudsync.credentials.delete", ["1"], [["id", "Input should be a valid integer", 22]]),
    ],
)
def test_flat_parameters_are_checked_flat_and_then_as_the_newest(
    version: str, method: str, params: list[Any], extra: list[Any]
) -> None:
    with OlderNas(version) as nas:
        assert refused(opened(nas), method, *params)[::4] == (11, extra)


@versions
@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"name": "x"}, "'attributes'"), ({}, "'attributes'"), ({"name": "x", "attributes": KEYS}, "'provider'")],
)
def test_an_update_without_the_provider_fails(version: str, changes: dict[str, Any], reason: str) -> None:
    with OlderNas(version) as nas:
        wire = opened(nas)
        wire.call(CREATE, S3)
        for number in (1, 99):
            assert refused(wire, UPDATE, number, changes) == (22, "EINVAL", None, reason, None)


@versions
def test_a_selection_without_the_provider_cannot_be_flattened(version: str) -> None:
    with OlderNas(version) as nas:
        wire = opened(nas)
        wire.call(CREATE, S3)
        assert refused(wire, QUERY, [], {"select": ["id", "name"]}) == (22, "EINVAL", None, "'provider'", None)
        answer = wire.call(QUERY, [], {"select": ["provider"]})["result"]
        assert answer == [{"provider": "S3", "attributes": {**KEYS, **OLD_DEFAULTS}}]


def test_newer_fields_can_be_written_and_are_not_read() -> None:
    with OlderNas("v27.0.0") as nas:
        wire = opened(nas)
        created = wire.call(CREATE, {**S3, "attributes": {**KEYS, "provider": "Minio"}})["result"]
        assert created["attributes"] == {**KEYS, **OLD_DEFAULTS}
        assert nas.rows(CREDENTIALS)[0]["attributes"]["provider"] == "Minio"
        wire.call(UPDATE, 1, S3)
        assert nas.rows(CREDENTIALS)[0]["attributes"]["provider"] == "Other"


@versions
def test_readers_see_attributes_as_one_secret(version: str) -> None:
    with OlderNas(version) as nas:
        opened(nas).call(CREATE, S3)
        reader = opened(nas, READER_ROLES)
        assert reader.call(QUERY)["result"] == [
            {"id": 1, "name": "offsite", "provider": "S3", "attributes": "********"}
        ]
        assert refused(reader, CREATE, S3)[::3] == (13, "[EACCES] Not authorized")
        assert opened(nas, WRITER_ROLES).call(QUERY)["result"][0]["attributes"] == {**KEYS, **OLD_DEFAULTS}


@versions
def test_all_else_is_as_in_the_newest_version(version: str) -> None:
    with OlderNas(version) as nas:
        wire = opened(nas)
        wire.call(CREATE, {**S3, "attributes": {**KEYS, "region": "eu"}})
        task = {
            "path": "/mnt/tank/data",
            "credentials": 1,
            "direction": "PUSH",
            "transfer_mode": "COPY",
            "attributes": {"bucket": "b", "folder": ""},
        }
        answer = wire.call("cloudsync.create", task)
        assert answer["result"]["credentials"]["provider"]["type"] == "S3"
        assert wire.call("system.version_short")["result"].startswith(version[1:])
        pair = wire.call("keychaincredential.generate_ssh_key_pair")["result"]
        made = wire.call("keychaincredential.create", {"name": "k", "type": "SSH_KEY_PAIR", "attributes": pair})
        assert made["result"]["id"] == nas.rows(KEYCHAIN)[0]["id"]
        assert refused(wire, "cloudsync.create")[:4] == (
            *(22, "EINVAL", None),
            "CRUDService.create() missing 1 required positional argument: 'data'",
        )
        assert wire.call("cloudsync.sync_onetime", {**task, "attributes": {}})["result"] == 1
        login = {"mechanism": "PASSWORD_PLAIN", "username": "automation", "password": PASSWORD}
        assert wire.call("auth.login_ex", login)["result"]["response_type"] == "SUCCESS"


@versions
def test_events(version: str) -> None:
    with OlderNas(version) as nas:
        wire = opened(nas)
        assert wire.ask(msg="sub", id="s", name=QUERY) == {"msg": "ready", "subs": ["s"]}
        event = wire.call(CREATE, S3)
        assert (event["msg"], event["collection"], event["id"]) == ("added", QUERY, 1)
        secret = event["fields"]["provider"]["secret_access_key"]
        assert secret == ("********" if version == "v27.0.0" else "hush")
        wire.receive(0)
        event = wire.call("cloudsync.credentials.delete", 1)
        assert event == {"msg": "removed", "collection": QUERY, "id": 1}
        wire.receive(0)
        assert wire.ask(msg="unsub", id="s") is None
        assert wire.call(CREATE, S3)["msg"] == "result"
        # The method for that says so in both ways.
        ready = wire.call("core.subscribe", QUERY)
        assert ready == {"msg": "ready", "subs": [json.loads(wire.receive(0))["result"]]}
        reader = opened(nas, frozenset({"KEYCHAIN_CREDENTIAL_READ"}))
        answer = reader.ask(msg="sub", id=7, name=QUERY)
        assert answer is not None
        assert (answer["msg"], answer["id"]) == ("result", 7)
        assert answer["error"] == {
            "error": 13,
            "errname": "EACCES",
            "type": None,
            "reason": "Not authorized",
            "trace": None,
            "extra": None,
        }
        assert reader.ask(msg="sub", id=8, name="core.get_jobs") == {"msg": "ready", "subs": [8]}


def test_the_twenty_first_call_is_refused() -> None:
    with OlderNas("v26.0.0") as nas:
        wire = opened(nas)
        calls = [{"msg": "method", "id": n, "method": CREATE, "params": [{**S3, "name": f"{n}"}]} for n in range(21)]
        answers = wire.together(calls)
        (error,) = [answer["error"] for answer in answers if "error" in answer]
        assert (error["error"], error["errname"], error["trace"]) == (109, "ETOOMANYREFS", None)
        assert error["reason"] == "Maximum number of concurrent calls (20) has exceeded."


def test_pickles_for_clients_that_ask_for_them() -> None:
    with OlderNas("v26.0.0") as nas:
        wire = nas.connect()
        wire.ask(msg="connect", version="1", features=["PY_EXCEPTIONS"])
        assert "py_exception" in wire.call(QUERY)["error"]
        assert "py_exception" not in opened(nas).call("no.such")["error"]


def test_it_is_served(newest: Simulator) -> None:
    with Wire(newest, "/websocket") as wire:
        for message, answer in (
            ({"msg": "connect", "version": "1"}, "connected"),
            ({"msg": "method", "id": 1, "method": "auth.login_with_api_key", "params": [newest.api_key]}, "result"),
        ):
            wire.socket.send(json.dumps(message))
            assert wire.receive()["msg"] == answer
        wire.socket.send_binary(b"x")
        assert wire.close_frame()[0] == 1003
