# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in and what it opens (truenas-api/wire.md §2)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.simulator import API_KEY, PASSWORD, READ_ONLY_API_KEY, USER, Simulator
from tests.simulator.accounts import ADMIN_ROLES, Logins, one_time_code, parse_key
from tests.simulator.scram import ScramError, Verifier, parse_first
from tests.simulator.server import Settings, run

from .wire import Wire, triple

BY_KEY = {"mechanism": "API_KEY_PLAIN", "username": USER, "api_key": API_KEY}
BY_PASSWORD = {"mechanism": "PASSWORD_PLAIN", "username": USER, "password": PASSWORD}


@pytest.fixture
def anonymous(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as wire:
        yield wire


@pytest.mark.parametrize("data", [BY_KEY, {**BY_KEY, "api_key": READ_ONLY_API_KEY}, BY_PASSWORD])
def test_login(anonymous: Wire, data: dict[str, Any]) -> None:
    response = anonymous.call("auth.login_ex", data)
    assert response == {
        "response_type": "SUCCESS",
        "user_info": anonymous.call("auth.me"),
        "authenticator": "LEVEL_1",
        "reconnect_token": None,
    }
    assert response["user_info"]["pw_name"] == USER


def test_login_without_user_info(anonymous: Wire) -> None:
    response = anonymous.call("auth.login_ex", {**BY_KEY, "login_options": {"user_info": False}})
    assert response["user_info"] is None


def test_failed_logins_are_late_results(nas: Simulator, admin: Wire) -> None:
    attempts = [
        {**BY_KEY, "api_key": "1-wrong"},
        {**BY_KEY, "api_key": "99-wrong"},
        {**BY_KEY, "api_key": "wrong"},
        {**BY_KEY, "username": "root"},
        {**BY_KEY, "username": ""},
        {**BY_PASSWORD, "password": "wrong"},
        {**BY_PASSWORD, "username": "root"},
        {"mechanism": "TOKEN_PLAIN", "token": "wrong"},
    ]
    with Wire(nas) as wire:
        start = time.monotonic()
        admin.send("auth.login", USER, "wrong")
        for attempt in attempts:
            wire.send("auth.login_ex", attempt)
        for method in ("auth.login_with_api_key", "auth.login_with_token"):
            wire.send(method, "3-wrong")
        results = []
        for _turn in range(10):
            results.append(wire.receive()["result"])
            assert time.monotonic() - start >= 1
        assert results.count({"response_type": "AUTH_ERR"}) == 8
        assert results.count(False) == 2
        assert wire.error("auth.me")["data"]["error"] == 207
    assert admin.receive()["result"] is False
    assert admin.call("auth.me")["pw_name"] == USER, "a failed login leaves the session as it was"


def test_older_logins(nas: Simulator) -> None:
    for method, params in (("auth.login", [USER, PASSWORD]), ("auth.login_with_api_key", [API_KEY])):
        with Wire(nas) as wire:
            assert wire.call(method, *params) is True
            assert wire.call("auth.me")["pw_name"] == USER


@pytest.mark.parametrize(
    ("data", "extra"),
    [
        ({}, triple("login_data.mechanism", "Field required")),
        ({**BY_KEY, "more": 1}, triple("login_data.API_KEY_PLAIN.more", "Extra inputs are not permitted")),
        ({"mechanism": "API_KEY_PLAIN", "api_key": "x"}, triple("login_data.API_KEY_PLAIN.username", "Field required")),
        (
            {**BY_KEY, "login_options": {"more": 1}},
            triple("login_data.API_KEY_PLAIN.login_options.more", "Extra inputs are not permitted"),
        ),
    ],
)
def test_login_parameters_are_strict(anonymous: Wire, data: dict[str, Any], extra: list[Any]) -> None:
    assert anonymous.extra("auth.login_ex", data) == [extra]


def test_login_parameters_are_held_against_every_mechanism_before_25_10() -> None:
    """Upstream api/v25_04_2/auth.py."""
    with Simulator(version="25.04.2") as nas, Wire(nas) as wire:
        found = wire.extra("auth.login_ex", {"mechanism": "API_KEY_PLAIN", "username": USER})
        assert triple("login_data.AuthApiKeyPlain.api_key", "Field required") in found
        assert triple("login_data.AuthTokenPlain.mechanism", "Input should be 'TOKEN_PLAIN'") in found
        assert wire.login().call("auth.me")["pw_name"] == USER


def test_an_unrequested_one_time_password(anonymous: Wire) -> None:
    for method in ("auth.login_ex", "auth.login_ex_continue"):
        data = anonymous.error(method, {"mechanism": "OTP_TOKEN", "otp_token": "123456"})["data"]
        assert (data["error"], data["reason"]) == (22, "[EINVAL] OTP_TOKEN: no authentication in progress")


def test_logout_keeps_the_connection(admin: Wire) -> None:
    assert admin.call("auth.logout") is True
    assert admin.error("auth.me")["data"]["error"] == 207
    admin.login()


def test_a_session_goes_on_when_another_one_ends_its_token(nas: Simulator, admin: Wire) -> None:
    token = admin.call("auth.generate_token", 600)
    with Wire(nas) as one, Wire(nas) as two, Wire(nas) as three:
        assert one.call("auth.login_with_token", token) is True
        assert two.call("auth.login_with_token", token) is True
        assert one.call("auth.logout") is True
        assert two.call("auth.me")["pw_name"] == USER
        assert three.call("auth.login_with_token", token) is False


def test_tokens(nas: Simulator, admin: Wire) -> None:
    token = admin.call("auth.generate_token", 600)
    with_reconnect = {**BY_KEY, "login_options": {"user_info": False, "reconnect_token": True}}
    single_use = admin.call("auth.login_ex", with_reconnect)["reconnect_token"]
    login = {"mechanism": "TOKEN_PLAIN", "token": single_use, "login_options": {"user_info": False}}
    with Wire(nas) as one, Wire(nas) as two:
        assert one.call("auth.login_with_token", token) is True
        assert one.call("auth.me") == admin.call("auth.me"), "a token has the attributes of the session that made it"
        assert two.call("auth.login_ex", login)["response_type"] == "SUCCESS"
        assert two.call("auth.me")["pw_name"] == USER, "the session outlives its single-use token"
        # The end of a session is the end of its token, the use of a single-use token is its own.
        one.call("auth.logout")
        one.send("auth.login_with_token", token)
        two.send("auth.login_ex", login)
        assert one.receive()["result"] is False
        assert two.receive()["result"] == {"response_type": "AUTH_ERR"}


def test_reader_token_gives_no_more_rights(nas: Simulator, reader: Wire) -> None:
    token = reader.call("auth.generate_token")
    with Wire(nas) as wire:
        assert wire.call("auth.login_with_token", token) is True
        assert wire.error("cloudsync.credentials.delete", 1)["data"]["error"] == 13


def test_methods_by_role(admin: Wire, reader: Wire) -> None:
    everything = admin.call("core.get_methods")
    readable = reader.call("core.get_methods")
    assert everything.keys() - readable.keys() >= {"cloudsync.credentials.create", "keychaincredential.delete"}
    assert {"cloudsync.credentials.query", "system.version", "auth.me"} <= readable.keys() < everything.keys()
    assert set(admin.call("core.get_methods", "system")) == {"system.version", "system.version_short"}


def test_versions_need_a_login_only(reader: Wire) -> None:
    assert reader.call("system.version") == "TrueNAS-26.0.0"
    assert reader.call("system.version_short") == "26.0.0"


def test_anonymous_calls_are_limited_per_method() -> None:
    with Simulator(login_limit=2) as limited, Wire(limited) as wire:
        assert [wire.call("core.ping") for _turn in range(2)] == ["pong"] * 2
        # Another method has a count of its own, set_options has none.
        assert wire.call("auth.mechanism_choices")
        assert all(wire.call("core.set_options", {}) for _turn in range(4))
        start = time.monotonic()
        data = wire.error("core.ping")["data"]
        assert time.monotonic() - start >= 1
        assert (data["error"], data["reason"]) == (16, "[EBUSY] Rate Limit Exceeded")
        wire.login()
        assert [wire.call("core.ping") for _turn in range(4)] == ["pong"] * 4


def test_key_over_plaintext_is_revoked_for_good(tmp_path: Path) -> None:
    with Simulator(plaintext=True, state=tmp_path, login_limit=0) as insecure:
        assert insecure.url.startswith("ws://")
        assert insecure.ca_file is None
        with Wire(insecure) as wire:
            # SCRAM does not send the key, so it revokes nothing.
            client = Scram(API_KEY, None)
            final, _rest = client.final(scram(wire, "CLIENT_FIRST_MESSAGE", client.first)["rfc_str"])
            assert scram(wire, "CLIENT_FINAL_MESSAGE", final)["response_type"] == "SCRAM_RESPONSE"
        with Wire(insecure) as wire:
            # A wrong key revokes nothing, so the right one still gets its own answer.
            sent = {
                wire.send("auth.login_ex", {**BY_KEY, "api_key": "1-wrong"}): "AUTH_ERR",
                wire.send("auth.login_ex", BY_KEY): "EXPIRED",
            }
            replies = [wire.receive() for _turn in sent]
            assert {reply["id"]: reply["result"]["response_type"] for reply in replies} == sent
            assert wire.call("auth.login_ex", BY_PASSWORD)["response_type"] == "SUCCESS"
    with Simulator(state=tmp_path) as secure, Wire(secure) as wire:
        assert wire.call("auth.login_ex", BY_KEY) == {"response_type": "AUTH_ERR"}
        wire.login(read_only=True)


def test_mechanism_choices_fail_before_login_on_some_versions(previous: Simulator) -> None:
    with Wire(previous) as wire:
        data = wire.error("auth.mechanism_choices")["data"]
        assert data["error"] == 22
        assert data["reason"] == "'NoneType' object has no attribute 'may_create_auth_token'"
        wire.login()
        assert "API_KEY_PLAIN" in wire.call("auth.mechanism_choices")


def test_mechanism_choices_of_the_first_version() -> None:
    with Simulator(version="25.04.0") as nas, Wire(nas) as wire:
        assert "SCRAM" not in wire.call("auth.mechanism_choices")


def test_mechanism_choices_of_the_newest_version(newest: Simulator) -> None:
    with Wire(newest) as wire:
        assert {"API_KEY_PLAIN", "PASSWORD_PLAIN", "TOKEN_PLAIN", "SCRAM"} == set(wire.call("auth.mechanism_choices"))


def test_logins_before_26_know_neither_scram_nor_reconnect_tokens(previous: Simulator, newest: Simulator) -> None:
    for wire in (Wire(previous), Wire(newest, "/api/v25.10.0")):
        with wire:
            assert "reconnect_token" not in wire.call("auth.login_ex", BY_KEY)
            scram_data = {"mechanism": "SCRAM", "scram_type": "CLIENT_FIRST_MESSAGE", "rfc_str": "n,,n=a:1,r=eA=="}
            assert wire.extra("auth.login_ex", scram_data)[0][0] == "login_data"
            options = {**BY_KEY, "login_options": {"reconnect_token": False}}
            assert wire.extra("auth.login_ex", options)[0][1] == "Extra inputs are not permitted"


NONCE = b"nonce of the client, of 32 bytes"


class Scram:
    """The client's side of RFC 5802, written down once more."""

    def __init__(self, key: str, binding: bytes | None, user: str = USER) -> None:
        number, _rest, self._secret = key.partition("-")
        self._header = "p=tls-server-end-point,," if binding is not None else "n,,"
        self._binding = binding or b""
        self._bare = f"n={user}:{number},r={base64.b64encode(NONCE).decode()}"

    @property
    def first(self) -> str:
        return self._header + self._bare

    def final(self, server_first: str) -> tuple[str, str]:
        """Return the client's final message and the server's that has to follow."""
        fields = dict(part.split("=", 1) for part in server_first.split(","))
        nonce, salt = base64.b64decode(fields["r"]), base64.b64decode(fields["s"])
        assert (len(nonce), nonce[:32], len(salt)) == (64, NONCE, 16)
        assert not fields["r"].startswith(base64.b64encode(NONCE).decode()), "the whole is encoded anew"
        salted = hashlib.pbkdf2_hmac("sha512", self._secret.encode(), salt, int(fields["i"]))
        channel = base64.b64encode(self._header.encode() + self._binding).decode()
        without_proof = f"c={channel},r={fields['r']}"
        message = f"{self._bare},{server_first},{without_proof}".encode()
        client_key = hmac.digest(salted, b"Client Key", "sha512")
        signature = hmac.digest(hashlib.sha512(client_key).digest(), message, "sha512")
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        server_key = hmac.digest(salted, b"Server Key", "sha512")
        expected = base64.b64encode(hmac.digest(server_key, message, "sha512")).decode()
        return f"{without_proof},p={base64.b64encode(proof).decode()}", f"v={expected}"


def scram(wire: Wire, kind: str, text: str) -> Any:
    return wire.call("auth.login_ex", {"mechanism": "SCRAM", "scram_type": kind, "rfc_str": text})


def certificate_hash(nas: Simulator) -> bytes:
    leaf = x509.load_pem_x509_certificate(ssl.get_server_certificate((nas.host, nas.port)).encode())
    return leaf.fingerprint(hashes.SHA256())


def test_verifiers_are_stored_and_not_made_in_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    verifier = Verifier.of("first", 4096)

    def make(secret: str, iterations: int) -> Verifier:
        made.append(secret)
        return verifier

    monkeypatch.setattr(Verifier, "of", make)
    settings = Settings(
        host="127.0.0.1",
        port=0,
        version="v26.0.0",
        user=USER,
        keys=[parse_key("1-first", ADMIN_ROLES), parse_key("2-second", ADMIN_ROLES)],
        state=tmp_path,
        password=None,
        plaintext=True,
        latency=0,
        login_limit=0,
        faults=[],
        seed={},
        logins=Logins(),
        iterations=4096,
        verifiers={1: Verifier.parse(str(verifier))},
        rclone_environment={},
    )

    async def first_message() -> str:
        async with run(settings) as nas, ClientSession() as client, client.ws_connect(nas.url) as ws:
            assert made == ["second"], "made before the NAS is ready, unless it was stored"
            first = Scram("1-x", None).first
            data = {"mechanism": "SCRAM", "scram_type": "CLIENT_FIRST_MESSAGE", "rfc_str": first}
            await ws.send_json({"jsonrpc": "2.0", "id": 1, "method": "auth.login_ex", "params": [data]})
            return str((await ws.receive_json())["result"]["rfc_str"])

    salt = base64.b64encode(verifier.salt).decode()
    assert f",s={salt},i=4096" in asyncio.run(first_message())
    assert made == ["second"]
    settings = replace(settings, version="v25.10.0", verifiers={})

    async def start() -> None:
        async with run(settings):
            pass

    asyncio.run(start())
    assert made == ["second"], "older servers have no SCRAM"


@pytest.mark.parametrize("bound", [False, True])
def test_scram(nas: Simulator, anonymous: Wire, bound: bool) -> None:
    client = Scram(READ_ONLY_API_KEY, certificate_hash(nas) if bound else None)
    first = scram(anonymous, "CLIENT_FIRST_MESSAGE", client.first)
    assert (first["response_type"], first["scram_type"]) == ("SCRAM_RESPONSE", "SERVER_FIRST_RESPONSE")
    assert first["user_info"] is None
    final, expected = client.final(first["rfc_str"])
    second = scram(anonymous, "CLIENT_FINAL_MESSAGE", final)
    assert (second["scram_type"], second["rfc_str"]) == ("SERVER_FINAL_RESPONSE", expected)
    assert second["user_info"] == anonymous.call("auth.me")
    assert second["user_info"]["account_attributes"] == ["LOCAL", "API_KEY", "API_KEY", "SCRAM"]
    assert anonymous.error("cloudsync.credentials.delete", 1)["data"]["error"] == 13


def test_scram_failures(nas: Simulator) -> None:
    clients = [Scram("1-wrong", None), Scram(API_KEY, b"another certificate"), Scram(API_KEY, None, user="root")]
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(nas)) for _turn in clients]
        for wire, client in zip(wires[:2], clients[:2], strict=True):
            final, _rest = client.final(scram(wire, "CLIENT_FIRST_MESSAGE", client.first)["rfc_str"])
            wire.send("auth.login_ex", {"mechanism": "SCRAM", "scram_type": "CLIENT_FINAL_MESSAGE", "rfc_str": final})
        first = {"mechanism": "SCRAM", "scram_type": "CLIENT_FIRST_MESSAGE", "rfc_str": clients[2].first}
        wires[2].send("auth.login_ex", first)
        for wire in wires:
            assert wire.receive()["result"] == {"response_type": "AUTH_ERR"}
            assert wire.error("auth.me")["data"]["error"] == 207


@pytest.mark.parametrize(
    "message",
    [
        "",
        "n=automation:1,r=bm9uY2Ugb2YgdGhlIGNsaWVudCwgb2YgMzIgYnl0ZXM=",
        "n,,n=automation:1,r=bm9uY2U=",
        "n,,n=automation:1,r=nonce-of-the-client",
        "n,,n=automation:01x,r=bm9uY2Ugb2YgdGhlIGNsaWVudCwgb2YgMzIgYnl0ZXM=",
        "p=tls-unique,,n=automation:1,r=bm9uY2Ugb2YgdGhlIGNsaWVudCwgb2YgMzIgYnl0ZXM=",
    ],
)
def test_scram_first_messages_the_server_does_not_take(message: str) -> None:
    with pytest.raises(ScramError):
        parse_first(message)


def test_a_bound_login_fails_where_there_is_no_certificate(nas: Simulator) -> None:
    with Simulator(plaintext=True, login_limit=0) as insecure, Wire(insecure) as wire:
        client = Scram(API_KEY, b"some certificate")
        final, _rest = client.final(scram(wire, "CLIENT_FIRST_MESSAGE", client.first)["rfc_str"])
        assert scram(wire, "CLIENT_FINAL_MESSAGE", final) == {"response_type": "AUTH_ERR"}


def test_scram_final_message_out_of_turn(anonymous: Wire) -> None:
    data = {"mechanism": "SCRAM", "scram_type": "CLIENT_FINAL_MESSAGE", "rfc_str": "c=biws,r=x,p=y"}
    assert (
        anonymous.error("auth.login_ex", data)["data"]["reason"] == "[EFAULT] SCRAM authentication is not in progress"
    )


OTP_SECRET = "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(("version", "refusal"), [("25.10.0", "OTP_REQUIRED"), ("26.0.0", "AUTH_ERR")])
def test_one_time_codes(version: str, refusal: str) -> None:
    with Simulator(version=version, otp_secret=OTP_SECRET, login_limit=0) as nas:
        with Wire(nas) as wire:
            asked = {"response_type": "OTP_REQUIRED", "username": USER}
            assert wire.call("auth.login_ex", BY_PASSWORD) == asked
            assert wire.error("auth.me")["data"]["error"] == 207
            wrong = {"mechanism": "OTP_TOKEN", "otp_token": "000000000"}
            assert wire.call("auth.login_ex", wrong)["response_type"] == refusal
            code = one_time_code(OTP_SECRET)
            if refusal == "AUTH_ERR":
                assert "OTP_TOKEN: no authentication" in wire.error("auth.login_ex", wrong)["data"]["reason"]
                wire.call("auth.login_ex", BY_PASSWORD)
            right = {"mechanism": "OTP_TOKEN", "otp_token": code}
            assert wire.call("auth.login_ex_continue", right)["response_type"] == "SUCCESS"
            assert wire.call("auth.me")["two_factor_config"]["secret_configured"] is True
        with Wire(nas) as wire:
            wire.call("auth.login_ex", BY_PASSWORD)
            assert wire.call("auth.login_ex", right)["response_type"] == refusal, "a code is good for one login"
        with Wire(nas) as wire:
            assert wire.call("auth.login_ex", BY_KEY)["response_type"] == "SUCCESS", "keys need no code"


def test_three_wrong_one_time_codes_were_forgiven_before_26() -> None:
    """Section 2; upstream plugins/auth.py at TS-25.04.2, utils/auth.py."""
    with Simulator(version="25.04.2", otp_secret=OTP_SECRET, login_limit=0) as nas, Wire(nas) as wire:
        wire.call("auth.login_ex", BY_PASSWORD)
        wrong = {"mechanism": "OTP_TOKEN", "otp_token": "000000000"}
        answers = [wire.call("auth.login_ex", wrong)["response_type"] for _turn in range(4)]
        assert answers == ["OTP_REQUIRED"] * 3 + ["AUTH_ERR"]
        assert "no authentication in progress" in wire.error("auth.login_ex", wrong)["data"]["reason"]


def test_one_time_codes_are_those_of_the_standard() -> None:
    # The last six digits of the vectors of RFC 6238, appendix B.
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert [one_time_code(secret, second // 30) for second in (59, 1111111109, 20000000000)] == [
        "287082",
        "081804",
        "353130",
    ]


@pytest.mark.parametrize(("version", "answer"), [("25.10.0", "AUTH_ERR"), ("26.0.0", "DENIED")])
def test_an_account_without_access(version: str, answer: str) -> None:
    with Simulator(version=version, api_access=False, login_limit=0) as nas, Wire(nas) as wire:
        for login in (BY_KEY, BY_PASSWORD):
            assert wire.call("auth.login_ex", login) == {"response_type": answer}
        # Older logins go the same way (truenas-api/wire.md §2 Others).
        wires = {wire.send("auth.login", USER, PASSWORD), wire.send("auth.login_with_api_key", API_KEY)}
        replies = [wire.receive() for _turn in wires]
        assert [(reply["id"] in wires, reply["result"]) for reply in replies] == [(True, False)] * 2


@pytest.mark.parametrize(("version", "is_limited"), [("25.10.0", False), ("26.0.0", True)])
def test_sessions_of_a_user_are_limited_from_26_on(version: str, is_limited: bool) -> None:
    """Section 1, limits, and the corrections to section 2: the limit is an error and not an answer."""
    with Simulator(version=version, session_limit=2, login_limit=0) as nas, Wire(nas) as second, Wire(nas) as third:
        with Wire(nas) as first:
            first.login()
            second.login().login()
            if is_limited:
                error = third.error("auth.login_ex", BY_KEY)
                assert (error["code"], error["data"]["error"]) == (-32001, 14)
                assert error["data"]["reason"] == "[EFAULT] Login with credentials failed: Permission denied"
            else:
                assert third.call("auth.login_ex", BY_KEY)["response_type"] == "SUCCESS"
        deadline = time.monotonic() + 10
        while not _is_in(third):
            assert time.monotonic() < deadline, "the end of a connection is the end of its session"


def _is_in(wire: Wire) -> bool:
    wire.send("auth.login_ex", BY_KEY)
    return bool(wire.receive().get("result", {}).get("response_type") == "SUCCESS")


def test_a_standby_node_sends_to_the_other_one() -> None:
    with Simulator(redirect_to=["192.0.2.1", "192.0.2.2"]) as nas, Wire(nas) as wire:
        answer = {"response_type": "REDIRECT", "urls": ["192.0.2.1", "192.0.2.2"]}
        assert wire.call("auth.login_ex", BY_KEY) == answer
        assert wire.call("auth.login_with_api_key", API_KEY) is False
        assert "SCRAM" in wire.call("auth.mechanism_choices")
