# SPDX-License-Identifier: GPL-3.0-or-later
"""`auth` before 25.04: a failed login is the result false (truenas-api/older.md §1, Login)."""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ..accounts import ADMIN_ROLES, Credential
from ..errors import ENOTAUTHENTICATED, CallError
from ..methods import Call
from ..roles import FULL_ADMIN
from . import facts
from .allowlist import READER, Limited
from .answers import Refused

Entries = tuple[tuple[str, str], ...]
Handler = Callable[..., Awaitable[Any]]

METHODS = frozenset(
    {
        "auth.login",
        "auth.login_with_api_key",
        "auth.login_with_token",
        "auth.token",
        "auth.two_factor_auth",
        "auth.generate_token",
    }
)
"""The methods that need no login. What CORE lacks of them is no method there."""
_SCALE_ONLY = frozenset({"auth.login_with_token"})


def find(version: str, name: str, entries: Entries) -> Handler | None:
    """Return what carries out a method that needs no login; `entries` is the allowlist of the API key."""
    core = facts.is_core(version)
    if name not in METHODS or (core and name in _SCALE_ONLY):
        return None
    handlers: dict[str, Handler] = {
        "auth.login": with_password,
        "auth.login_with_api_key": partial(with_key, entries=entries),
        "auth.two_factor_auth": second_factor_of_the_system if core else second_factor,
        "auth.generate_token": generate_token_of_core if core else generate_token,
    }
    return handlers.get(name, with_token)


def not_authenticated(version: str) -> Refused:
    """The refusal of a call without a login."""
    return Refused(errno.EACCES if facts.is_core(version) else ENOTAUTHENTICATED, "Not authenticated", traced=False)


async def with_key(call: Call, key: str, *, entries: Entries) -> bool:
    """Log in with a key, whose user is not asked for."""
    accounts = call.nas.accounts
    found = accounts.key(accounts.username, key)
    if found is None:
        return False
    if facts.is_core(call.nas.version):
        call.session.credential = Credential("API_KEY", "root", ADMIN_ROLES)
    else:
        # A key is no full administrator, whatever its list allows.
        listed = entries if FULL_ADMIN in found.roles else READER
        call.session.credential = Limited("API_KEY", accounts.username, ADMIN_ROLES - {FULL_ADMIN}, entries=listed)
    return True


async def with_password(call: Call, username: str, password: str, otp: str | None = None) -> bool:
    """Log in with a password; only root has one that works on CORE."""
    accounts = call.nas.accounts
    core = facts.is_core(call.nas.version)
    credential = None
    if not core or username == "root":
        credential = accounts.of_password(accounts.username if core else username, password)
    if credential and accounts.logins.otp_secret and not (otp and accounts.takes_code(otp)):
        credential = None
    if credential is None:
        if not core:
            await asyncio.sleep(random.uniform(1, 2))
        return False
    call.session.credential = credential
    return True


async def with_token(call: Call, token: str) -> bool:
    """Log in with a token, which has the rights of the session that made it."""
    found = call.nas.accounts.of_token(token, call.session.origin)
    if found is not None:
        call.session.credential = found
    return found is not None


async def second_factor_of_the_system(call: Call) -> bool:
    """Return whether a second factor is needed, on CORE."""
    return call.nas.accounts.logins.otp_secret is not None


async def second_factor(call: Call, username: str, password: str) -> bool | None:
    """Return whether a user needs a second factor; null for a wrong password."""
    accounts = call.nas.accounts
    return accounts.logins.otp_secret is not None if accounts.of_password(username, password) else None


async def generate_token(
    call: Call, ttl: int = 600, attrs: dict[str, Any] | None = None, match_origin: bool | None = None
) -> str:
    """Make a token, which logs in from everywhere or only from where this session is; only the default of 24.10 is the latter."""
    if call.session.credential is None:
        raise not_authenticated(call.nas.version)
    matches = call.nas.version == "v24.10.2" if match_origin is None else match_origin
    origin = call.session.origin if matches else None
    return call.nas.accounts.new_token(
        call.session.credential, ttl=ttl, attributes=attrs or {}, origin=origin, single_use=False
    )


async def generate_token_of_core(call: Call, ttl: int = 600, attrs: dict[str, Any] | None = None) -> str:
    """Make a token that logs in from everywhere."""
    return await generate_token(call, ttl, attrs, match_origin=False)


async def me(call: Call) -> dict[str, Any]:
    """Return the user of the login. Raises CallError for a key, which belongs to nobody."""
    credential = call.session.credential
    if credential is None or isinstance(credential, Limited):
        raise CallError("Unable to retrieve user information for this session")
    return call.nas.accounts.me(credential, ())


async def logout(call: Call) -> bool:
    """End the login; the connection stays open."""
    call.session.logout(call.nas.accounts)
    return True
