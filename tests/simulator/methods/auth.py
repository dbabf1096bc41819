# SPDX-License-Identifier: GPL-3.0-or-later
"""`auth`: logging in by key, password, one-time code, token or SCRAM (truenas-api/wire.md §2; upstream plugins/auth.py,
plugins/auth_/login_ex_impl.py). A failed login is a result, not an error, and comes late."""

from __future__ import annotations

import asyncio
import base64
import errno
import random
from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import Discriminator, Secret

from .. import versions
from ..accounts import Credential
from ..errors import CallError
from ..models import Model, model
from ..nas import refusal
from ..scram import Exchange, ScramError, parse_first
from .registry import METHODS, Access, Call, method, same

LOGIN_METHODS = frozenset(
    {
        "auth.login",
        "auth.login_ex",
        "auth.login_ex_continue",
        "auth.login_with_api_key",
        "auth.login_with_token",
    }
)
_AUTH_ERR = {"response_type": "AUTH_ERR"}
_EXPIRED = {"response_type": "EXPIRED"}
_DENIED = {"response_type": "DENIED"}


@cache
def _login_options(version: str) -> type[Model]:
    fields: dict[str, Any] = {"user_info": (bool, True)}
    if versions.at_least(version, "v26.0.0"):
        fields["reconnect_token"] = (bool, False)
    return model("AuthCommonOptions", **fields)


@cache
def _otp_token(version: str) -> type[Model]:
    options = _login_options(version)
    return model(
        "AuthOTPToken", mechanism=Literal["OTP_TOKEN"], otp_token=Secret[str], login_options=(options, options())
    )


@cache
def _login_ex_args(version: str) -> type[Model]:
    options = _login_options(version)
    common = {"login_options": (options, options())}
    members = [
        model("AuthApiKeyPlain", mechanism=Literal["API_KEY_PLAIN"], username=str, api_key=Secret[str], **common),
        model("AuthPasswordPlain", mechanism=Literal["PASSWORD_PLAIN"], username=str, password=Secret[str], **common),
        model("AuthTokenPlain", mechanism=Literal["TOKEN_PLAIN"], token=Secret[str], **common),
        _otp_token(version),
    ]
    if versions.at_least(version, versions.SCRAM_SINCE):
        types = Literal["CLIENT_FIRST_MESSAGE", "CLIENT_FINAL_MESSAGE"]
        members.append(model("AuthSCRAM", mechanism=Literal["SCRAM"], scram_type=types, rfc_str=str))
    union: Any = Union[tuple(members)]  # noqa: UP007 - built at run time
    # Before, every member tells what is wrong, under its own name.
    told_apart = versions.at_least(version, "v25.10.0")
    return model("AuthLoginExArgs", login_data=Annotated[union, Discriminator("mechanism")] if told_apart else union)


@cache
def _login_ex_continue_args(version: str) -> type[Model]:
    return model("AuthLoginExContinueArgs", login_data=_otp_token(version))


@method("auth.login_ex", args=_login_ex_args, access=Access.ANYONE)
async def login_ex(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Log in by one of the mechanisms. Raises CallError for a one-time password nobody asked for."""
    accounts = call.nas.accounts
    if accounts.logins.redirect_to:
        return {"response_type": "REDIRECT", "urls": list(accounts.logins.redirect_to)}
    codes_left, call.session.codes_left = call.session.codes_left, 0
    if data["mechanism"] != "SCRAM":
        call.session.scram = None
    match data["mechanism"]:
        case "API_KEY_PLAIN":
            outcome = await _by_key(call, data["username"], data["api_key"])
        case "PASSWORD_PLAIN":
            outcome = _by_password(call, data["username"], data["password"])
        case "OTP_TOKEN" if codes_left:
            outcome = _by_code(call, data["otp_token"], codes_left - 1)
        case "TOKEN_PLAIN":
            outcome = accounts.of_token(data["token"], call.session.origin) or _AUTH_ERR
        case "SCRAM":
            return await _scram(call, data["scram_type"], data["rfc_str"])
        case mechanism:
            raise CallError(f"{mechanism}: no authentication in progress", errno.EINVAL)
    if not isinstance(outcome, dict):
        outcome = _refusal(call) or outcome
    if isinstance(outcome, dict):
        if data["mechanism"] == "OTP_TOKEN" or outcome["response_type"] != "OTP_REQUIRED":
            await _failure_delay()
        return outcome
    call.session.credential = outcome
    return _success(call, outcome, data["login_options"])


@method("auth.login_ex_continue", args=_login_ex_continue_args, access=Access.ANYONE)
async def login_ex_continue(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    """Continue a login that asked for a one-time password."""
    response: dict[str, Any] = await login_ex(call, data)
    return response


@method(
    "auth.login",
    args=same(model("AuthLoginArgs", username=str, password=Secret[str], otp_token=(Secret[str | None], None))),
    access=Access.ANYONE,
)
async def login(call: Call, username: str, password: str, otp_token: str | None) -> bool:
    """Log in by password, and by one-time password where that is asked for; true or false."""
    options = {"login_options": {"user_info": False}}
    data = {"mechanism": "PASSWORD_PLAIN", "username": username, "password": password}
    response = await login_ex(call, {**data, **options})
    if response["response_type"] == "OTP_REQUIRED" and otp_token is not None:
        response = await login_ex(call, {"mechanism": "OTP_TOKEN", "otp_token": otp_token, **options})
    return _succeeded(response)


@method(
    "auth.login_with_api_key", args=same(model("AuthLoginWithApiKeyArgs", api_key=Secret[str])), access=Access.ANYONE
)
async def login_with_api_key(call: Call, api_key: str) -> bool:
    """Log in by key alone, of any owner; true or false."""
    data = {"mechanism": "API_KEY_PLAIN", "username": call.nas.accounts.username, "api_key": api_key}
    return _succeeded(await login_ex(call, {**data, "login_options": {"user_info": False}}))


@method("auth.login_with_token", args=same(model("AuthLoginWithTokenArgs", token=Secret[str])), access=Access.ANYONE)
async def login_with_token(call: Call, token: str) -> bool:
    """Log in by token; true or false."""
    data = {"mechanism": "TOKEN_PLAIN", "token": token, "login_options": {"user_info": False}}
    return _succeeded(await login_ex(call, data))


@method(
    "auth.generate_token",
    args=same(
        model(
            "AuthGenerateTokenArgs",
            ttl=(int | None, 600),
            attrs=(dict[str, Any], {}),
            match_origin=(bool, True),
            single_use=(bool, False),
        )
    ),
    access=Access.SESSION,
)
async def generate_token(
    call: Call, ttl: int | None, attrs: dict[str, Any], match_origin: bool, single_use: bool
) -> str:
    """Make a token that logs in as this session's user. Raises CallError for one that is to download what a job writes, which
    no job here does."""
    if (number := attrs.get("job")) is not None:
        job = call.nas.jobs.get(number)
        if job is None:
            raise CallError(f"{number}: job does not exist.")
        reason = refusal(job, _credential(call), watch=False) or "job is not suitable for download token"
        raise CallError(f"{number}: {reason}")
    return _new_token(call, ttl or 600, attrs, match_origin=match_origin, single_use=single_use)


@method("auth.me", access=Access.SESSION)
async def me(call: Call) -> dict[str, Any]:
    """Return the user who is logged in."""
    return _me(call, _credential(call))


@method("auth.logout", access=Access.SESSION)
async def logout(call: Call) -> bool:
    """End the login; the connection stays open."""
    call.session.logout(call.nas.accounts)
    return True


@method("auth.mechanism_choices", access=Access.ANYONE)
async def mechanism_choices(call: Call) -> list[str]:
    """Return the mechanisms of login_ex. From 25.04.2 to 25.10.2 the server fails here before login (truenas-api/wire.md §2)."""
    broken = versions.at_least(call.nas.version, "v25.04.2") and not versions.at_least(
        call.nas.version, versions.SCRAM_SINCE
    )
    if broken and call.session.credential is None:
        raise AttributeError("'NoneType' object has no attribute 'may_create_auth_token'")
    choices = ["API_KEY_PLAIN", "TOKEN_PLAIN", "PASSWORD_PLAIN"]
    return [*choices, "SCRAM"] if versions.at_least(call.nas.version, versions.SCRAM_SINCE) else choices


def _by_password(call: Call, username: str, password: str) -> Credential | dict[str, Any]:
    accounts = call.nas.accounts
    credential = accounts.of_password(username, password)
    if credential and accounts.logins.otp_secret:
        # Older servers forgive three wrong ones (upstream plugins/auth.py at TS-25.04.2, utils/auth.py).
        return _ask_for_code(call, 1 if versions.at_least(call.nas.version, versions.SCRAM_SINCE) else 4)
    return credential or _AUTH_ERR


def _by_code(call: Call, code: str, codes_left: int) -> Credential | dict[str, Any]:
    if call.nas.accounts.takes_code(code):
        return call.nas.accounts.of_code()
    return _ask_for_code(call, codes_left) if codes_left else _AUTH_ERR


def _ask_for_code(call: Call, codes_left: int) -> dict[str, Any]:
    call.session.codes_left = codes_left
    return {"response_type": "OTP_REQUIRED", "username": call.nas.accounts.username}


async def _by_key(call: Call, username: str, text: str) -> Credential | dict[str, Any]:
    accounts = call.nas.accounts
    key = accounts.key(username, text)
    if key is None:
        return _AUTH_ERR
    if not call.session.secure:
        accounts.revoke(key)
        return _EXPIRED
    return accounts.of_key(key)


async def _scram(call: Call, kind: str, text: str) -> dict[str, Any]:
    exchange, call.session.scram = call.session.scram, None
    accounts = call.nas.accounts
    try:
        if kind == "CLIENT_FIRST_MESSAGE":
            first = parse_first(text)
            key = accounts.key_by_id(first.key_id)
            if key is None or first.username != accounts.username:
                raise ScramError("no such key of that user")
            call.session.scram = Exchange(first, accounts.verifiers[key.id], call.nas.certificate_hash)
            return _scram_response("SERVER_FIRST_RESPONSE", call.session.scram.server_first, None)
        if exchange is None:
            raise CallError("SCRAM authentication is not in progress")
        answer = exchange.finish(text)
        key = accounts.key_by_id(exchange.key_id)
        if key is None:
            raise ScramError("the key was revoked meanwhile")
    except ScramError:
        await _failure_delay()
        return _AUTH_ERR
    if refusal := _refusal(call):
        await _failure_delay()
        return refusal
    if accounts.logins.impostor:
        answer = f"v={base64.b64encode(bytes(64)).decode()}"
    call.session.credential = accounts.of_key(key, "API_KEY", "SCRAM")
    return _scram_response("SERVER_FINAL_RESPONSE", answer, _me(call, call.session.credential))


def _refusal(call: Call) -> dict[str, Any] | None:
    """Return the answer to a right secret of an account without access, which older servers do not tell from a wrong one, or
    with too many sessions, which older servers do not count. The latter is an error (truenas-api/wire.md, corrections to §2)."""
    logins, has_scram = call.nas.accounts.logins, versions.at_least(call.nas.version, versions.SCRAM_SINCE)
    if not logins.api_access:
        return _DENIED if has_scram else _AUTH_ERR
    others = sum(session.credential is not None for session in call.nas.sessions - {call.session})
    if has_scram and 0 < logins.session_limit <= others:
        raise CallError("Login with credentials failed: Permission denied")
    return None


def _scram_response(kind: str, text: str, user_info: dict[str, Any] | None) -> dict[str, Any]:
    return {"response_type": "SCRAM_RESPONSE", "scram_type": kind, "rfc_str": text, "user_info": user_info}


def _success(call: Call, credential: Credential, wanted: dict[str, Any]) -> dict[str, Any]:
    response = {
        "response_type": "SUCCESS",
        "user_info": _me(call, credential) if wanted["user_info"] else None,
        "authenticator": "LEVEL_1",
    }
    if versions.at_least(call.version, "v26.0.0"):
        asked = wanted.get("reconnect_token", False)
        response["reconnect_token"] = _new_token(call, 600, {}, match_origin=True, single_use=True) if asked else None
    return response


def _new_token(call: Call, ttl: int, attributes: dict[str, Any], *, match_origin: bool, single_use: bool) -> str:
    return call.nas.accounts.new_token(
        _credential(call),
        ttl=ttl,
        attributes=attributes,
        origin=call.session.origin if match_origin else None,
        single_use=single_use,
    )


def _me(call: Call, credential: Credential) -> dict[str, Any]:
    allowed = (
        name for name, found in METHODS.items() if found.access is Access.ROLE and credential.has_any_role(found.roles)
    )
    return call.nas.accounts.me(credential, tuple(allowed))


def _credential(call: Call) -> Credential:
    assert call.session.credential is not None, "authorized calls have a credential"
    return call.session.credential


def _succeeded(response: dict[str, Any]) -> bool:
    return bool(response["response_type"] == "SUCCESS")


async def _failure_delay() -> None:
    await asyncio.sleep(random.uniform(1, 2))
