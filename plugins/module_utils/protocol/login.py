# SPDX-License-Identifier: GPL-3.0-or-later
"""The login: its calls and the meaning of the answers (truenas-api/wire.md §2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from ..errors import AuthenticationError, InvalidField, RateLimited, ServerError, ServerFault, StandbyNode
from ..foreign import one_line
from .api_key import RAW_FORM, Derive, Precomputed
from .scram import Exchange

METHOD = "auth.login_ex"
CHOICES = "auth.mechanism_choices"
FULL_ADMIN = "FULL_ADMIN"

AUTO, SCRAM, PLAIN = MECHANISMS = ("auto", "scram", "plain")
"""Login mechanisms of an API key: SCRAM if the NAS offers it, only SCRAM, or the plain key."""

EFAULT = 14
NO_SESSION = "Login with credentials failed: "
"""The beginning of the error for a right secret whose session cannot be opened (truenas-api/wire.md, corrections to §2)."""
EOPNOTSUPP = 95
MAX_KIND_LENGTH = 50
"""Characters of an unknown answer that a message quotes."""

SLOWEST_ANSWER = 12
"""Seconds to wait for each answer at least: the NAS waits up to 10 seconds before it refuses one login too many, and up to 5
before it refuses a wrong one (truenas-api/wire.md §1, Limits)."""

Conversation = Generator[tuple[Any, ...], Any, "frozenset[str] | None"]


@dataclass(frozen=True)
class Account:
    """The user, with a raw or precomputed API key, or with a password and an optional one-time code.

    `bind_channel` binds a SCRAM login to the certificate of the connection.
    """

    username: str
    api_key: str | Precomputed | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    otp: str | None = field(default=None, repr=False)
    mechanism: str = AUTO
    bind_channel: bool = True
    derive: Derive = field(default=Precomputed.of, repr=False, compare=False)

    @property
    def secret(self) -> str:
        """The name of the option that contains the secret."""
        return "password" if self.api_key is None else "api_key"


def log_in(account: Account, binding: Callable[[], bytes | None]) -> Conversation:
    """Yield the calls of a login, each a method and its parameters. The caller sends back results and throws errors.

    Returns the TrueNAS roles of the account, or None if the NAS does not report them. `binding` returns the certificate hash for
    SCRAM, or None on a connection without TLS. Raises AuthenticationError with a remedy if the NAS refuses the login.
    """
    mechanism = account.mechanism
    try:
        if account.api_key is None:
            return (yield from _with_password(account))
        if isinstance(account.api_key, Precomputed):
            # It has no other mechanism, so the NAS is not asked.
            mechanism = SCRAM
        elif mechanism == AUTO:
            mechanism = SCRAM if (yield from _is_scram_offered()) else PLAIN
        if mechanism == SCRAM:
            return (yield from _with_scram(account, account.api_key, binding))
        answer = yield METHOD, _plain("API_KEY_PLAIN", username=account.username, api_key=account.api_key)
        return _roles(answer, account)
    except RateLimited as error:
        error.mechanism = "" if mechanism == AUTO else mechanism
        raise
    except ServerError as error:
        if error.errno == EOPNOTSUPP:
            raise AuthenticationError(
                f"The security settings of the NAS do not allow a login with {account.secret}. They might require a password "
                "with a one-time code (otp)."
            ) from None
        if error.errno == EFAULT and error.reason.startswith(NO_SESSION):
            raise AuthenticationError(
                f"The {account.secret} of {account.username!r} is correct, but the NAS opened no session for it: "
                f"{error.reason.removeprefix(NO_SESSION)}. The account might have too many open sessions: with the STIG security "
                "setting, the limit is 10. Close other sessions, or run fewer forks without share_session."
            ) from None
        raise


def _plain(mechanism: str, **secret: Any) -> dict[str, Any]:
    return {"mechanism": mechanism, **secret, "login_options": {"user_info": True}}


def _with_password(account: Account) -> Conversation:
    answer = yield METHOD, _plain("PASSWORD_PLAIN", username=account.username, password=account.password)
    if _kind(answer) == "OTP_REQUIRED" and account.otp is not None:
        answer = yield METHOD, _plain("OTP_TOKEN", otp_token=account.otp)
        # Some versions request another code, others fail immediately.
        if _kind(answer) in ("OTP_REQUIRED", "AUTH_ERR"):
            raise AuthenticationError(
                f"The NAS refused the one-time code of {account.username!r}. A code is valid for 30 seconds and one login. Wait "
                "for the next code, or use an API key, which does not need one."
            )
    return _roles(answer, account)


def _is_scram_offered() -> Generator[tuple[Any, ...], Any, bool]:
    try:
        choices = yield (CHOICES,)
    except RateLimited:
        raise
    except (ServerError, AuthenticationError):
        # From 25.04.2 to 25.10.2, this call fails before the login. These versions do not have SCRAM.
        return False
    return isinstance(choices, list) and "SCRAM" in choices


def _with_scram(account: Account, key: str | Precomputed, binding: Callable[[], bytes | None]) -> Conversation:
    certificate = binding() if account.bind_channel else None
    bound = certificate is not None
    exchange = Exchange(account.username, key, certificate, derive=account.derive)
    try:
        return (yield from _steps(exchange, account, bound=bound))
    except InvalidField:
        raise AuthenticationError(_WITHOUT_SCRAM[isinstance(key, Precomputed)]) from None


def precompute(account: Account, raw: str) -> Generator[tuple[Any, ...], Any, Precomputed]:
    """Yield the calls of another login of a logged-in session, as `log_in` does. Returns the precomputed form of the raw key.

    The NAS sends its salt and iterations in a login only. It does not count logins of a session that is logged in
    (truenas-api/wire.md, corrections to §2). The login is not bound to a certificate: that of the session protects it.
    """
    exchange = Exchange(account.username, raw, None)
    yield from _steps(exchange, account, bound=False)
    # The second step has set it.
    return cast("Precomputed", exchange.precomputed)


def _steps(exchange: Exchange, account: Account, *, bound: bool) -> Conversation:
    answer = yield METHOD, _scram("CLIENT_FIRST_MESSAGE", exchange.first)
    message = _rfc_str(answer, "SERVER_FIRST_RESPONSE", account, bound=bound)
    answer = yield METHOD, _scram("CLIENT_FINAL_MESSAGE", exchange.final(message))
    exchange.verify(_rfc_str(answer, "SERVER_FINAL_RESPONSE", account, bound=bound))
    return roles_of(answer.get("user_info"))


def _scram(step: str, message: str) -> dict[str, Any]:
    return {"mechanism": "SCRAM", "scram_type": step, "rfc_str": message}


def _rfc_str(answer: Any, step: str, account: Account, *, bound: bool) -> str:
    if _kind(answer) == "AUTH_ERR" and bound:
        raise AuthenticationError(
            f"{_refusal('AUTH_ERR', account)} The login was bound to the certificate of this connection. If a proxy with its own "
            "certificate is in between, connect without it, or set channel_binding: false."
        )
    if _kind(answer) != "SCRAM_RESPONSE" or answer.get("scram_type") != step:
        _refuse(answer, account)
    return str(answer.get("rfc_str"))


def _roles(answer: Any, account: Account) -> frozenset[str] | None:
    if _kind(answer) != "SUCCESS":
        _refuse(answer, account)
    return roles_of(answer.get("user_info"))


def _kind(answer: Any) -> str | None:
    kind = answer.get("response_type") if isinstance(answer, Mapping) else None
    return kind if isinstance(kind, str) else None


def _refuse(answer: Any, account: Account) -> NoReturn:
    kind = _kind(answer)
    if kind == "REDIRECT":
        urls = answer.get("urls")
        raise StandbyNode(urls if isinstance(urls, list) else [])
    if kind is not None and kind in _REFUSALS:
        raise AuthenticationError(_refusal(kind, account))
    shown = "an answer of no type" if kind is None else repr(one_line(kind)[:MAX_KIND_LENGTH])
    raise ServerFault(f"The NAS answered the login with {shown}, which this collection does not support.")


def _refusal(kind: str, account: Account) -> str:
    message = _REFUSALS[kind].format(user=account.username, secret=account.secret)
    if kind != "AUTH_ERR":
        return message
    if account.api_key is None:
        message += " ansible_password is used as an API key only if it is complete: a number, a dash, and 64 letters and digits."
    elif isinstance(account.api_key, Precomputed):
        message += (
            " A precomputed key works for one API key of one NAS. Check that it was computed for this NAS from its current API "
            "key."
        )
    elif not re.fullmatch(RAW_FORM, account.api_key):
        message += (
            " An API key consists of a number, a dash, and 64 letters and digits, but this one does not. Check that it is "
            "complete."
        )
    return message


def roles_of(user: Any) -> frozenset[str] | None:
    """Return the roles in the description of a user, as a login and `auth.me` give it, or None if it has none."""
    privilege = user.get("privilege") if isinstance(user, Mapping) else None
    roles = privilege.get("roles") if isinstance(privilege, Mapping) else None
    # The server sends a set as {"$set": [...]} (truenas-api/wire.md §1, Extended JSON).
    if isinstance(roles, Mapping):
        roles = roles.get("$set")
    return frozenset(map(str, roles)) if isinstance(roles, list) else None


_WITHOUT_SCRAM = {
    False: "This NAS does not support SCRAM, which requires TrueNAS 26.0 or later. Set api_key_mechanism to auto.",
    True: (
        "This NAS does not support SCRAM, which requires TrueNAS 26.0 or later, and a precomputed api_key has no other "
        "mechanism. Set api_key to the raw key: a number, a dash, and 64 letters and digits."
    ),
}
_REFUSALS = {
    "AUTH_ERR": (
        "The NAS refused the login of {user!r}. The {secret} is wrong or revoked, it belongs to another user, or the account is "
        "locked. Check username and {secret}."
    ),
    "EXPIRED": (
        "The {secret} of {user!r} has expired. The NAS also reports this for an API key that it revoked because the key was "
        "sent without TLS. Create a new one."
    ),
    "OTP_REQUIRED": (
        "{user!r} uses two-factor authentication. Set otp to the current code, or use an API key, which does not need a code."
    ),
    "DENIED": ("The {secret} of {user!r} is correct, but the account cannot log in: it has no API access."),
}
