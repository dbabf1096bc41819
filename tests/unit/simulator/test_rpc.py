# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelope, its errors, and the limits (truenas-api/wire.md §1)."""

from __future__ import annotations

import json
import ssl
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from tests.simulator import USER, Simulator

from .wire import Wire

SLOW = ("auth.login", USER, "wrong")
"""A call whose reply takes a second, and no computing."""


@pytest.fixture
def anonymous(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as wire:
        yield wire


def raw(wire: Wire, text: str) -> dict[str, Any]:
    wire.socket.send(text)
    return wire.receive()


def test_versions_are_listed_without_login(nas: Simulator) -> None:
    context = ssl.create_default_context(cafile=nas.ca_file)
    with urllib.request.urlopen(f"https://{nas.host}:{nas.port}/api/versions", context=context) as response:
        listed = json.load(response)
    patches = [f"v25.10.{patch}" for patch in range(5)]
    assert listed == ["v25.04.0", "v25.04.1", "v25.04.2", *patches, "v26.0.0"]
    for version in listed:
        with Wire(nas, f"/api/{version}") as wire:
            assert wire.call("core.ping") == "pong"


def test_the_path_of_24_10_is_unlisted_and_of_no_use(nas: Simulator) -> None:
    with Wire(nas, "/api/v24.10") as wire:
        login = {"mechanism": "API_KEY_PLAIN", "username": nas.user, "api_key": nas.api_key}
        data = wire.error("auth.login_ex", login)["data"]
        assert (data["error"], data["errname"]) == (201, "ENOMETHOD")
        assert data["reason"] == "[ENOMETHOD] Method 'login_ex' not found in 'auth'"
        assert wire.error("cloudsync.credentials.query")["data"]["error"] == 201
        # Parameters are checked before the login.
        assert wire.error("cloudsync.credentials.delete", 1)["data"]["error"] == 207
        assert wire.error("cloudsync.credentials.update", 1, {"name": "x"})["data"]["reason"] == "'attributes'"
        assert wire.extra("cloudsync.credentials.verify", {"provider": "B2"}) == [
            ["cloud_sync_credentials_create.attributes", "Field required", 22]
        ]
        assert wire.error("no.such.method")["code"] == -32601


@pytest.mark.parametrize("path", ["/api/v25.10.5", "/api/v27.0.0", "/api/v99", "/websocket/x", "/"])
def test_unknown_path_is_a_404_at_the_upgrade(nas: Simulator, path: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        Wire(nas, path)
    assert caught.value.status_code == 404


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", None),
        ("[]", "Batch messages are not supported at this time"),
        ('[{"jsonrpc":"2.0","id":1,"method":"core.ping"}]', "Batch messages are not supported at this time"),
        ("1", "Invalid Message Format"),
        ('"x"', "Invalid Message Format"),
        ("null", "Invalid Message Format"),
        ('{"id":{"$date":"x"}}', None),
    ],
)
def test_parse_errors(anonymous: Wire, text: str, message: str | None) -> None:
    reply = raw(anonymous, text)
    assert (reply["id"], reply["error"]["code"]) == (None, -32700)
    assert "data" not in reply["error"]
    if message:
        assert reply["error"]["message"] == message
    assert anonymous.call("core.ping") == "pong"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"jsonrpc": "1.0"}, "'jsonrpc' member must be of type string and must be exactly '2.0'"),
        ({"jsonrpc": 2.0, "method": 1}, "'jsonrpc' member must be of type string and must be exactly '2.0'"),
        ({"id": 1.5}, "'id' member must be of type null, string or number"),
        ({"id": 1.0, "method": 1}, "'id' member must be of type null, string or number"),
        ({"id": []}, "'id' member must be of type null, string or number"),
        ({"method": 1, "params": {}}, "'method' member must be of type string"),
        ({"method": ""}, "'method' member must be of type string"),
        ({"params": {}}, "'params' member must be of type array"),
        ({"params": None, "id": None}, "'params' member must be of type array"),
    ],
)
def test_invalid_requests_are_reported_under_their_id(anonymous: Wire, change: dict[str, Any], message: str) -> None:
    """The first mistake counts (truenas-api/wire.md §1 Envelopes)."""
    request = {"jsonrpc": "2.0", "id": 1, "method": "core.ping", **change}
    expected = {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32600, "message": message}}
    assert raw(anonymous, json.dumps(request)) == expected


@pytest.mark.parametrize(
    ("request_", "message"),
    [({"id": 1}, "Missing 'jsonrpc' member"), ({"id": "x", "jsonrpc": "2.0"}, "Missing 'method' member")],
)
def test_missing_members(anonymous: Wire, request_: dict[str, Any], message: str) -> None:
    """Truenas-api/wire.md §1 Envelopes."""
    assert raw(anonymous, json.dumps(request_))["error"] == {"code": -32600, "message": message}


def test_invalid_notifications_are_passed_over_in_silence(anonymous: Wire) -> None:
    """Without an id there is nothing to answer to (truenas-api/wire.md §1 Envelopes)."""
    for text in ("{}", '{"jsonrpc":"1.0","method":"core.ping"}', '{"jsonrpc":"2.0","method":"core.ping","params":{}}'):
        anonymous.socket.send(text)
    assert anonymous.call("core.ping") == "pong"


def test_unknown_members_of_the_envelope_are_ignored(anonymous: Wire) -> None:
    """Truenas-api/wire.md §1 Envelopes."""
    assert raw(anonymous, '{"jsonrpc":"2.0","id":1,"method":"core.ping","more":1}')["result"] == "pong"


@pytest.mark.parametrize("id_", [0, -1, 2**70, True, "text", "", None])
def test_ids_come_back(anonymous: Wire, id_: Any) -> None:
    # Params may be left out.
    reply = raw(anonymous, json.dumps({"jsonrpc": "2.0", "id": id_, "method": "core.ping"}))
    assert reply == {"jsonrpc": "2.0", "result": "pong", "id": id_}


def test_notifications_are_carried_out_in_silence(admin: Wire) -> None:
    for method, params in (
        ("cloudsync.credentials.create", [{"name": "unasked", "provider": {"type": "B2", "account": "a", "key": "k"}}]),
        ("cloudsync.credentials.create", ["bad"]),
        ("no.such.method", []),
    ):
        admin.socket.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}))
    # Every frame that comes back answers one of these calls, so nothing answered a notification.
    deadline = time.monotonic() + 5
    while admin.call("cloudsync.credentials.query", [["name", "=", "unasked"]], {"count": True}) != 1:
        assert time.monotonic() < deadline, "the notification was not carried out"


def test_calls_outlive_their_connection_before_27(nas: Simulator, admin: Wire) -> None:
    with Wire(nas) as wire:
        wire.login().send(
            "cloudsync.credentials.create", {"name": "outlived", "provider": {"type": "B2", "account": "a", "key": "k"}}
        )
    deadline = time.monotonic() + 5
    while admin.call("cloudsync.credentials.query", [["name", "=", "outlived"]], {"count": True}) != 1:
        assert time.monotonic() < deadline, "the call was cancelled"


def test_unknown_method(anonymous: Wire) -> None:
    assert anonymous.error("no.such.method") == {"code": -32601, "message": "Method does not exist"}


def test_error_data(anonymous: Wire) -> None:
    error = anonymous.error("cloudsync.credentials.query")
    assert (error["code"], error["message"]) == (-32001, "Method call error")
    data = error["data"]
    trace = data.pop("trace")
    assert data == {
        "error": 207,
        "errname": "ENOTAUTHENTICATED",
        "reason": "[ENOTAUTHENTICATED] Not authenticated",
        "extra": None,
    }
    assert trace["class"] == "CallError"
    assert trace["formatted"].startswith("Traceback")


def test_newest_path_asks_who_calls_before_it_checks_parameters_and_older_paths_after(newest: Simulator) -> None:
    with Wire(newest) as wire:
        assert wire.error("cloudsync.credentials.create", "bad")["code"] == -32001
    with Wire(newest, "/api/v25.10.0") as wire:
        assert wire.error("cloudsync.credentials.create", "bad")["code"] == -32602


def test_anonymous_messages_are_short(anonymous: Wire) -> None:
    frame = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "core.ping", "params": []})
    assert raw(anonymous, frame.ljust(8192))["result"] == "pong"
    # Characters count, not bytes.
    assert raw(anonymous, frame.replace('"id": 1', '"id": "é"').ljust(8192))["id"] == "é"
    anonymous.socket.send(frame.ljust(8193))
    assert anonymous.close_frame() == (1007, "Anonymous connection max message length is 8 kB")


def test_messages_of_sessions_are_longer(admin: Wire) -> None:
    frame = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "core.ping", "params": []})
    assert raw(admin, frame.ljust(65536))["result"] == "pong"
    # What is no JSON is told so, however long.
    assert raw(admin, "x" * 70000)["error"]["code"] == -32700
    admin.socket.send(frame.ljust(65537))
    assert admin.close_frame() == (1009, "Max message length is 64 kB")


def test_binary_frames_close_the_connection(anonymous: Wire) -> None:
    anonymous.socket.send_binary(b"{}")
    assert anonymous.close_frame()[0] == 1003


def test_the_21st_call_at_once_fails(nas: Simulator) -> None:
    with Wire(nas) as wire:
        wire.login()
        ids = [wire.send(*SLOW) for _turn in range(20)]
        ids += [wire.send("core.ping") for _turn in range(2)]
        refused = [wire.receive() for _turn in range(2)]
        assert [reply["id"] for reply in refused] == ids[20:]
        for reply in refused:
            assert reply["error"] == {
                "code": -32000,
                "message": "Maximum number of concurrent calls (20) has exceeded",
            }


def test_replies_come_as_they_get_ready(admin: Wire) -> None:
    slow = admin.send(*SLOW)
    fast = admin.send("core.ping")
    assert [admin.receive()["id"], admin.receive()["id"]] == [fast, slow]


def test_sets_are_extended_json(admin: Wire) -> None:
    roles = admin.call("auth.me")["privilege"]["roles"]
    assert "FULL_ADMIN" in roles["$set"]


def test_latency_delays_replies() -> None:
    with Simulator(latency_ms=300) as slow, Wire(slow) as wire:
        start = time.monotonic()
        wire.call("core.ping")
        assert time.monotonic() - start >= 0.3
