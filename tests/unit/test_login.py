# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins as conversations, without a socket: what is asked, what is answered, and what comes of it."""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.protocol import api_key, scram
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import decode_error
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account, _refusal, log_in, precompute
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.pbkdf2 import pbkdf2
from tests.keys import read
from tests.simulator.scram import Exchange, ScramError, Verifier, parse_first

KEY = "1-hush-canary"
BY_KEY = Account("automation", api_key=KEY)
BY_PASSWORD = Account("automation", password="hush-canary")
WITH_CODE = Account("automation", password="hush-canary", otp="123456")
ROLES = {"privilege": {"roles": {"$set": ["CLOUD_SYNC_WRITE"]}}}
SUCCESS = {"response_type": "SUCCESS", "user_info": ROLES}
MIN_ITERATIONS = scram.MIN_ITERATIONS
VERIFIER = Verifier.of("hush-canary", MIN_ITERATIONS)

Server = Callable[[str, Any], Any]


def hold(account: Account, server: Server, binding: bytes | None = None) -> tuple[frozenset[str] | None, list[Any]]:
    """Hold a login with a server that is a function of method and parameter, and may return an error.

    Returns the roles, and what was sent.
    """
    conversation = log_in(account, lambda: binding)
    sent: list[Any] = []
    reply, outcome = conversation.send, None
    try:
        while True:
            method, *params = reply(outcome)
            sent.append((method, params[0] if params else None))
            outcome = server(method, *(params or [None]))
            reply = conversation.throw if isinstance(outcome, Exception) else conversation.send
    except StopIteration as done:
        return done.value, sent


class ScramServer:
    """A NAS with SCRAM; the arguments change its first and its last message."""

    def __init__(
        self,
        first: Callable[[str], str] = str,
        last: Callable[[str], str] = str,
        certificate_hash: bytes | None = None,
        verifier: Verifier = VERIFIER,
    ) -> None:
        self._first = first
        self._last = last
        self._certificate_hash = certificate_hash
        self._verifier = verifier
        self._exchange: Exchange | None = None

    def __call__(self, method: str, data: Any) -> Any:
        if method == "auth.mechanism_choices":
            return ["API_KEY_PLAIN", "SCRAM"]
        assert data["mechanism"] == "SCRAM", "never anything else once it was offered"
        answer = {"response_type": "SCRAM_RESPONSE", "user_info": None}
        try:
            if data["scram_type"] == "CLIENT_FIRST_MESSAGE":
                self._exchange = Exchange(parse_first(data["rfc_str"]), self._verifier, self._certificate_hash)
                return {
                    **answer,
                    "scram_type": "SERVER_FIRST_RESPONSE",
                    "rfc_str": self._first(self._exchange.server_first),
                }
            assert self._exchange is not None
            text = self._last(self._exchange.finish(data["rfc_str"]))
            return {**answer, "scram_type": "SERVER_FINAL_RESPONSE", "rfc_str": text, "user_info": ROLES}
        except ScramError:
            return {"response_type": "AUTH_ERR"}


@pytest.mark.parametrize("binding", [None, b"hash of a certificate"])
def test_a_key_logs_in_with_scram_where_it_is_offered(binding: bytes | None) -> None:
    roles, sent = hold(BY_KEY, ScramServer(certificate_hash=binding), binding)
    assert roles == frozenset({"CLOUD_SYNC_WRITE"})
    assert [(method, data and data["scram_type"]) for method, data in sent] == [
        ("auth.mechanism_choices", None),
        ("auth.login_ex", "CLIENT_FIRST_MESSAGE"),
        ("auth.login_ex", "CLIENT_FINAL_MESSAGE"),
    ]
    assert "hush-canary" not in str(sent)
    header = "n,," if binding is None else "p=tls-server-end-point,,"
    assert sent[1][1]["rfc_str"].startswith(f"{header}n=automation:1,r=")


def test_scram_demanded_saves_the_question() -> None:
    demanded = Account("automation", api_key=KEY, mechanism="scram")
    assert [method for method, _data in hold(demanded, ScramServer())[1]] == ["auth.login_ex"] * 2


PRECOMPUTED = api_key.Precomputed.of(KEY, VERIFIER.salt, MIN_ITERATIONS)


@pytest.mark.parametrize("mechanism", ["auto", "scram"])
def test_a_precomputed_key_logs_in_without_pbkdf2_and_without_a_question(
    mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_key, "pbkdf2", None)
    roles, sent = hold(Account("automation", api_key=PRECOMPUTED, mechanism=mechanism), ScramServer())
    assert roles == frozenset({"CLOUD_SYNC_WRITE"})
    assert [method for method, _data in sent] == ["auth.login_ex"] * 2
    assert sent[0][1]["rfc_str"].startswith("n,,n=automation:1,r=")


def test_a_refused_password_can_be_an_incomplete_api_key() -> None:
    message = _refusal("AUTH_ERR", BY_PASSWORD)
    assert "The password is wrong or revoked" in message
    assert "as an API key only if it is complete: a number, a dash, and 64 letters and digits" in message


def test_a_precomputed_key_of_another_nas_is_refused_with_what_to_do() -> None:
    other = api_key.Precomputed.of(KEY, b"another salt", MIN_ITERATIONS)
    message = refused(Account("automation", api_key=other), ScramServer())
    assert "api_key is wrong or revoked" in message
    assert "A precomputed key works for one API key of one NAS" in message
    assert "64 letters" not in message


def test_a_wrong_server_key_is_not_taken_for_an_impostor_alone() -> None:
    wrong = replace(PRECOMPUTED, server_key=bytes(64))
    message = refused(Account("automation", api_key=wrong), ScramServer())
    assert "does not match server_key of api_key" in message
    assert "might be intercepting the connection" in message


def test_a_nas_without_scram_reports_what_to_use_instead_of_a_precomputed_key() -> None:
    refusal = errors.InvalidField("data.mechanism: unknown", [])
    message = refused(Account("automation", api_key=PRECOMPUTED), lambda method, data: refusal)
    assert "Set api_key to the raw key: a number, a dash, and 64 letters and digits" in message


def test_a_key_is_precomputed_from_the_salt_of_the_nas() -> None:
    server = ScramServer()
    conversation = precompute(BY_KEY, KEY)
    method, first = next(conversation)
    method, final = conversation.send(server(method, first))
    answer = server(method, final)
    with pytest.raises(StopIteration) as done:
        conversation.send(answer)
    assert done.value.value == PRECOMPUTED
    assert [data["scram_type"] for data in (first, final)] == ["CLIENT_FIRST_MESSAGE", "CLIENT_FINAL_MESSAGE"]
    assert "hush-canary" not in str((first, final))


def test_binding_can_be_left_out() -> None:
    unbound = Account("automation", api_key=KEY, bind_channel=False)
    sent = hold(unbound, ScramServer(certificate_hash=b"of the proxy"), b"of the NAS")[1]
    assert sent[1][1]["rfc_str"].startswith("n,,")


@pytest.mark.parametrize(
    "choices",
    [
        ["API_KEY_PLAIN", "PASSWORD_PLAIN"],
        None,
        "SCRAM",
        errors.ServerFault("'NoneType' object has no attribute 'may_create_auth_token'"),
        errors.NotPermitted("not authorized"),
        errors.AuthenticationError("not authenticated"),
    ],
)
def test_a_key_is_sent_as_it_is_where_scram_is_not_offered(choices: Any) -> None:
    roles, sent = hold(BY_KEY, lambda method, data: choices if data is None else SUCCESS)
    assert roles == frozenset({"CLOUD_SYNC_WRITE"})
    plain = {"mechanism": "API_KEY_PLAIN", "username": "automation", "api_key": KEY}
    assert sent == [
        ("auth.mechanism_choices", None),
        ("auth.login_ex", {**plain, "login_options": {"user_info": True}}),
    ]


def test_a_busy_nas_is_not_taken_for_one_without_scram() -> None:
    with pytest.raises(errors.RateLimited) as caught:
        hold(BY_KEY, lambda method, data: errors.RateLimited("busy"))
    assert caught.value.mechanism == ""


@pytest.mark.parametrize(("choices", "mechanism"), [(["SCRAM"], "scram"), (["API_KEY_PLAIN"], "plain")])
def test_a_busy_nas_is_not_asked_twice_for_its_mechanisms(choices: list[str], mechanism: str) -> None:
    with pytest.raises(errors.RateLimited) as caught:
        hold(BY_KEY, lambda method, data: choices if data is None else errors.RateLimited("busy"))
    assert caught.value.mechanism == mechanism


def test_plain_demanded_and_passwords_cost_one_call() -> None:
    plain = Account("automation", api_key=KEY, mechanism="plain")
    for account, mechanism in (
        (plain, "API_KEY_PLAIN"),
        (BY_PASSWORD, "PASSWORD_PLAIN"),
        (WITH_CODE, "PASSWORD_PLAIN"),
    ):
        sent = hold(account, lambda method, data: SUCCESS)[1]
        assert [data["mechanism"] for _method, data in sent] == [mechanism]


def test_scram_demanded_of_a_nas_without_it() -> None:
    demanded = Account("automation", api_key=KEY, mechanism="scram")
    with pytest.raises(errors.AuthenticationError, match=r"TrueNAS 26\.0"):
        hold(demanded, lambda method, data: errors.InvalidField("login_data", []))


def refused(account: Account, server: Server, binding: bytes | None = None) -> str:
    """Return what a login is refused with, which never holds the secret."""
    with pytest.raises(errors.AuthenticationError) as caught:
        hold(account, server, binding)
    assert "hush-canary" not in str(caught.value)
    assert "123456" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("account", [BY_KEY, Account("automation", api_key="1-hush-canary", mechanism="plain")])
def test_a_session_that_the_nas_does_not_open_is_no_wrong_secret(account: Account) -> None:
    text = "[EFAULT] Login with credentials failed: Permission denied"
    error = decode_error({"code": -32001, "message": "", "data": {"error": 14, "reason": text}}, "auth.login_ex")
    message = refused(account, lambda method, given: ["SCRAM"] if method == "auth.mechanism_choices" else error)
    assert "is correct, but the NAS opened no session for it: Permission denied" in message
    assert "too many open sessions" in message


def test_a_wrong_key_and_a_certificate_from_in_between() -> None:
    wrong = Account("automation", api_key="1-another")
    assert "api_key is wrong" in refused(wrong, ScramServer())
    message = refused(BY_KEY, ScramServer(certificate_hash=b"of the NAS"), b"of the proxy")
    assert "channel_binding: false" in message


@pytest.mark.parametrize("signature", [base64.b64encode(bytes(64)).decode(), "AAAA"])
def test_whoever_does_not_know_the_key_is_not_believed(signature: str) -> None:
    server = ScramServer(last=lambda text: f"v={signature}")
    assert "might be intercepting the connection" in refused(BY_KEY, server)


@pytest.mark.parametrize("iterations", [1, 4096, MIN_ITERATIONS - 1, scram.MAX_ITERATIONS + 1, 10**9])
def test_unreasonable_iterations_are_refused_unhashed(iterations: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_key, "pbkdf2", None)
    server = ScramServer(first=lambda text: text.rpartition("=")[0] + f"={iterations}")
    assert f"requested {iterations} hash iterations" in refused(BY_KEY, server)


def test_the_faster_pbkdf2_is_used_and_the_slower_one_where_cryptography_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = hashlib.pbkdf2_hmac("sha512", b"key", b"salt", 1000)
    with monkeypatch.context() as patched:
        patched.setattr(hashlib, "pbkdf2_hmac", None)
        assert pbkdf2(b"key", b"salt", 1000) == expected
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.kdf.pbkdf2", None)
    assert pbkdf2(b"key", b"salt", 1000) == expected


def test_an_answer_to_another_login_is_refused() -> None:
    other = base64.b64encode(bytes(64)).decode()
    server = ScramServer(first=lambda text: f"r={other}," + text.partition(",")[2])
    assert "nonce mismatch" in refused(BY_KEY, server)


@pytest.mark.parametrize("text", ["", "e=other-error", "r=x", "r=AAAA,s=AAAA,i=0", "r=AAAA,s=%,i=50000", "r=%,s=,i=1"])
def test_what_is_no_scram_message_is_said_to_be_none(text: str) -> None:
    with pytest.raises(errors.ServerFault, match="invalid SCRAM message"):
        hold(BY_KEY, ScramServer(first=lambda _text: text))


@pytest.mark.parametrize("text", ["", "e=invalid-proof", "v=%", "v=AAAA,x=1"])
def test_what_is_no_signature_is_said_to_be_none(text: str) -> None:
    with pytest.raises(errors.ServerFault, match="invalid SCRAM message"):
        hold(BY_KEY, ScramServer(last=lambda _text: text))


def test_a_login_that_skips_the_proof_is_none() -> None:
    answer = {"response_type": "SCRAM_RESPONSE", "scram_type": "SERVER_FINAL_RESPONSE", "rfc_str": "v=AAAA"}
    for early in (answer, SUCCESS):
        with pytest.raises(errors.ServerFault, match="does not support"):
            hold(BY_KEY, lambda method, data, early=early: early if data else ["SCRAM"])  # type: ignore[misc]  # mypy does not infer a lambda with a default


def test_a_name_that_scram_cannot_carry() -> None:
    for name in ("a,b", "a:b", "a=b"):
        with pytest.raises(errors.InvalidInput, match="username: must not contain a comma"):
            hold(Account(name, api_key=KEY), ScramServer())


@settings(max_examples=15, deadline=None)
@given(
    secret=st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1),
    nonce=st.binary(min_size=32, max_size=32),
    binding=st.none() | st.binary(min_size=1, max_size=64),
    iterations=st.integers(MIN_ITERATIONS, MIN_ITERATIONS + 1000),
)
def test_client_and_server_agree(secret: str, nonce: bytes, binding: bytes | None, iterations: int) -> None:
    client = scram.Exchange("automation", f"7-{secret}", binding, nonce)
    server = Exchange(parse_first(client.first), Verifier.of(secret, iterations), binding)
    client.verify(server.finish(client.final(server.server_first)))
    other = scram.Exchange("automation", f"7-{secret}x", binding, nonce)
    server = Exchange(parse_first(other.first), Verifier.of(secret, iterations), binding)
    with pytest.raises(ScramError):
        server.finish(other.final(server.server_first))


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("rsiev=,AB+/1509%é\0"), max_size=60))
def test_no_answer_makes_a_login_fall_over(text: str) -> None:
    client = scram.Exchange("automation", KEY, None)
    for step in (client.final, client.verify):
        with pytest.raises((errors.ServerFault, errors.AuthenticationError)):
            step(text)


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("AUTH_ERR", "wrong or revoked"),
        ("EXPIRED", "that it revoked"),
        ("OTP_REQUIRED", "Set otp to the current code"),
        ("DENIED", "no API access"),
        ("REDIRECT", "standby node"),
    ],
)
@pytest.mark.parametrize("account", [BY_KEY, BY_PASSWORD, Account("automation", api_key=KEY, mechanism="scram")])
def test_each_refusal_has_a_remedy(account: Account, kind: str, hint: str) -> None:
    assert hint in refused(account, lambda method, data: {"response_type": kind})


@pytest.mark.parametrize(
    ("key", "said"),
    [(f"1-{'aB3x' * 16}", False), (f"1-{'aB3x' * 15}", True), (f"1-{'aB3x' * 17}", True), ("1-key", True)],
)
def test_a_refused_key_that_does_not_look_like_one_is_said_to(key: str, said: bool) -> None:
    for mechanism in ("plain", "scram"):
        told = refused(Account("u", api_key=key, mechanism=mechanism), lambda *_: {"response_type": "AUTH_ERR"})
        assert ("but this one does not" in told) is said
        assert key not in told


def test_a_standby_node_names_the_other_one() -> None:
    with pytest.raises(errors.StandbyNode) as caught:
        hold(BY_PASSWORD, lambda method, data: {"response_type": "REDIRECT", "urls": ["192.0.2.1"]})
    assert caught.value.urls == ("192.0.2.1",)


def with_codes(answer: Any) -> Server:
    """Return a server that asks for a code, and what it answers to one."""
    return lambda method, data: {"response_type": "OTP_REQUIRED"} if data["mechanism"] == "PASSWORD_PLAIN" else answer


def test_a_code_is_given_when_it_is_asked_for() -> None:
    roles, sent = hold(WITH_CODE, with_codes(SUCCESS))
    assert roles == frozenset({"CLOUD_SYNC_WRITE"})
    code = {"mechanism": "OTP_TOKEN", "otp_token": "123456", "login_options": {"user_info": True}}
    assert sent[1:] == [("auth.login_ex", code)]


@pytest.mark.parametrize("kind", ["AUTH_ERR", "OTP_REQUIRED"])
def test_a_wrong_code_is_given_once(kind: str) -> None:
    assert "one-time code" in refused(WITH_CODE, with_codes({"response_type": kind}))


def test_a_level_of_security_without_keys() -> None:
    message = refused(BY_KEY, lambda method, data: errors.ServerFault("not supported", errno=95))
    assert "password with a one-time code" in message


def test_secrets_are_not_in_the_representation_of_an_account() -> None:
    for account in (BY_KEY, WITH_CODE):
        assert "hush-canary" not in repr(account)
        assert "123456" not in repr(account)


def key(name: str) -> Any:
    """Return the private key of this name in tests/keys."""
    return serialization.load_ssh_private_key(read(f"{name}.key").encode(), None)


def certificate(key: Any, algorithm: Any, **more: Any) -> bytes:
    """Return a certificate in DER form, signed as told."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nas.example")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, algorithm, **more).public_bytes(serialization.Encoding.DER)


def test_the_binding_is_the_hash_that_the_certificate_is_signed_with() -> None:
    elliptic, modular = key("ecdsa"), key("rsa")
    pss = padding.PSS(padding.MGF1(hashes.SHA512()), 64)
    for der, name in (
        (certificate(elliptic, hashes.SHA256()), "sha256"),
        (certificate(elliptic, hashes.SHA384()), "sha384"),
        (certificate(modular, hashes.SHA512()), "sha512"),
        (certificate(modular, hashes.SHA512(), rsa_padding=pss), "sha512"),
    ):
        assert scram.end_point(der) == hashlib.new(name, der).digest()


def test_old_hashes_are_replaced_by_sha256() -> None:
    der = certificate(key("rsa"), hashes.SHA256())
    # The identifiers of the algorithms differ in their last byte; nobody checks the signature here.
    for old in (b"\x04", b"\x05"):
        aged = der.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d0101") + old)
        assert aged != der
        assert scram.end_point(aged) == hashlib.sha256(aged).digest()


def test_a_certificate_without_a_hash_is_refused_and_not_left_unbound() -> None:
    for der in (certificate(key("ed25519"), None), b"nonsense"):
        with pytest.raises(errors.TLSError, match="channel_binding: false"):
            scram.end_point(der)
