# SPDX-License-Identifier: GPL-3.0-or-later
"""`auth` before 25.04: a failed login is the result false (truenas-api/older.md §1, Login)."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from ..accounts import ADMIN_ROLES, Credential
from ..errors import CallError
from ..methods import Call
from ..roles import FULL_ADMIN
from . import facts
from .allowlist import READER, Limited

METHODS = ("auth.login", "auth.login_with_api_key", "auth.two_factor_auth")
"""The methods that need no login."""


async def with_key(call: Call, entries: tuple[tuple[str, str], ...], key: str) -> bool:
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


async def second_factor(call: Call, *given: Any) -> Any:
    """Return whether a second factor is needed: of the system on CORE, else of a user, null for a wrong password."""
    accounts = call.nas.accounts
    needed = accounts.logins.otp_secret is not None
    if facts.is_core(call.nas.version):
        return needed
    if len(given) != 2:
        raise CallError(f"Too many arguments (expected 2, found {len(given)})")
    return needed if accounts.of_password(*given) else None
