# SPDX-License-Identifier: GPL-3.0-or-later
"""The login: what is sent, and what the answers mean (truenas-api/wire.md §2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ..errors import AuthenticationError, InvalidField, RateLimited, ServerError, ServerFault, StandbyNode
from .scram import Exchange

METHOD = "auth.login_ex"
CHOICES = "auth.mechanism_choices"
FULL_ADMIN = "FULL_ADMIN"

AUTO, SCRAM, PLAIN = MECHANISMS = ("auto", "scram", "plain")
"""How an API key logs in: with SCRAM if the NAS offers it, with SCRAM or not at all, or as it is."""

EOPNOTSUPP = 95

KEY_FORM = r"[0-9]+-[A-Za-z0-9]{64}"
"""What an API key looks like: its number, a dash and 64 letters and digits (truenas-api/older.md)."""

Conversation = Generator[tuple[Any, ...], Any, "frozenset[str] | None"]


@dataclass(frozen=True)
class Account:
    """Who logs in: a user with either an API key or a password, to which a one-time code may belong.

    `bind_channel` ties a login with SCRAM to the certificate of the connection.
    """

    username: str
    api_key: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    otp: str | None = field(default=None, repr=False)
    mechanism: str = AUTO
    bind_channel: bool = True

    @property
    def secret(self) -> str:
        """The name of the option that holds the secret."""
        return "password" if self.api_key is None else "api_key"


def log_in(account: Account, binding: Callable[[], bytes | None]) -> Conversation:
    """Yield the calls of a login, each a method and its parameters, and take each one's result; errors are thrown in.

    Returns the roles of the account; None if the NAS does not tell them. `binding` gives what SCRAM is bound to, None on a
    connection without TLS. Raises AuthenticationError, with what to do, for every answer that does not let the account in.
    """
    try:
        if account.api_key is None:
            return (yield from _with_password(account))
        if account.mechanism == SCRAM or (account.mechanism == AUTO and (yield from _is_scram_offered())):
            return (yield from _with_scram(account, binding() if account.bind_channel else None))
        answer = yield METHOD, _plain("API_KEY_PLAIN", username=account.username, api_key=account.api_key)
        return _roles(answer, account)
    except ServerError as error:
        if error.errno == EOPNOTSUPP:
            raise AuthenticationError(
                f"The security settings of the NAS do not let a user log in with {account.secret}; they may demand a "
                "password with a one-time code (otp)."
            ) from None
        raise


def _plain(mechanism: str, **secret: Any) -> dict[str, Any]:
    return {"mechanism": mechanism, **secret, "login_options": {"user_info": True}}


def _with_password(account: Account) -> Conversation:
    answer = yield METHOD, _plain("PASSWORD_PLAIN", username=account.username, password=account.password)
    if _kind(answer) == "OTP_REQUIRED" and account.otp is not None:
        answer = yield METHOD, _plain("OTP_TOKEN", otp_token=account.otp)
        # Some versions ask for another code, some give up at once.
        if _kind(answer) in ("OTP_REQUIRED", "AUTH_ERR"):
            raise AuthenticationError(
                f"The NAS refused the one-time code of {account.username!r}: a code holds for half a minute and for one "
                "login. Wait for the next one, or use an API key, which needs none."
            )
    return _roles(answer, account)


def _is_scram_offered() -> Generator[tuple[Any, ...], Any, bool]:
    try:
        choices = yield (CHOICES,)
    except RateLimited:
        raise
    except (ServerError, AuthenticationError):
        # From 25.04.2 to 25.10.2 the NAS fails here, before the login; it has no SCRAM.
        return False
    return isinstance(choices, list) and "SCRAM" in choices


def _with_scram(account: Account, binding: bytes | None) -> Conversation:
    exchange = Exchange(account.username, account.api_key or "", binding)
    try:
        answer = yield METHOD, _scram("CLIENT_FIRST_MESSAGE", exchange.first)
    except InvalidField:
        raise AuthenticationError(
            "This NAS does not know SCRAM, which came with TrueNAS 26.0: leave api_key_mechanism at auto."
        ) from None
    message = _rfc_str(answer, "SERVER_FIRST_RESPONSE", account, bound=binding is not None)
    answer = yield METHOD, _scram("CLIENT_FINAL_MESSAGE", exchange.final(message))
    exchange.verify(_rfc_str(answer, "SERVER_FINAL_RESPONSE", account, bound=binding is not None))
    return _roles_of(answer.get("user_info"))


def _scram(step: str, message: str) -> dict[str, Any]:
    return {"mechanism": "SCRAM", "scram_type": step, "rfc_str": message}


def _rfc_str(answer: Any, step: str, account: Account, *, bound: bool) -> str:
    if _kind(answer) == "AUTH_ERR" and bound:
        raise AuthenticationError(
            f"{_refusal('AUTH_ERR', account)} The login was bound to the certificate of this connection: if a proxy in "
            "between has a certificate of its own, connect without it, or set channel_binding to false."
        )
    if _kind(answer) != "SCRAM_RESPONSE" or answer.get("scram_type") != step:
        _refuse(answer, account)
    return str(answer.get("rfc_str"))


def _roles(answer: Any, account: Account) -> frozenset[str] | None:
    if _kind(answer) != "SUCCESS":
        _refuse(answer, account)
    return _roles_of(answer.get("user_info"))


def _kind(answer: Any) -> Any:
    return answer.get("response_type") if isinstance(answer, Mapping) else None


def _refuse(answer: Any, account: Account) -> NoReturn:
    kind = _kind(answer)
    if kind == "REDIRECT":
        urls = answer.get("urls")
        raise StandbyNode(urls if isinstance(urls, list) else [])
    if kind in _REFUSALS:
        raise AuthenticationError(_refusal(kind, account))
    raise ServerFault(f"The NAS answered the login with {kind!r}, which this collection does not know.")


def _refusal(kind: str, account: Account) -> str:
    told = _REFUSALS[kind].format(user=account.username, secret=account.secret)
    if kind == "AUTH_ERR" and account.api_key is not None and not re.fullmatch(KEY_FORM, account.api_key):
        told += (
            " This api_key does not look like one, which is a number, a dash, and 64 letters and digits: check that it is "
            "complete."
        )
    return told


def _roles_of(user: Any) -> frozenset[str] | None:
    privilege = user.get("privilege") if isinstance(user, Mapping) else None
    roles = privilege.get("roles") if isinstance(privilege, Mapping) else None
    # A set travels as {"$set": [...]} (truenas-api/wire.md §1, Extended JSON).
    if isinstance(roles, Mapping):
        roles = roles.get("$set")
    return frozenset(map(str, roles)) if isinstance(roles, list) else None


_REFUSALS = {
    "AUTH_ERR": (
        "The NAS refused the login of {user!r}. The {secret} is wrong or was revoked, it belongs to another user, or the "
        "account is locked: check username and {secret}."
    ),
    "EXPIRED": (
        "The NAS says that the {secret} of {user!r} has expired. An API key that was once sent without TLS is revoked "
        "for good and reads the same: make a new one."
    ),
    "OTP_REQUIRED": (
        "{user!r} logs in with two factors: give the current code as otp, or use an API key instead of a password, which "
        "needs no code and is what automation wants."
    ),
    "DENIED": (
        "The {secret} of {user!r} is right, but the account may not use the API, or it has too many sessions open (10)."
    ),
}
