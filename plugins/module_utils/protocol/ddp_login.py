# SPDX-License-Identifier: GPL-3.0-or-later
"""The login before TrueNAS 25.04: its calls, and the meaning of the answers (truenas-api/older.md §1, Login)."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import AuthenticationError
from .api_key import Precomputed
from .ddp import CONNECT
from .login import SCRAM, Account, Conversation

KEY_ROLES = frozenset(
    f"{service}_{right}"
    for service in ("CLOUD_SYNC", "CLOUD_BACKUP", "KEYCHAIN_CREDENTIAL")
    for right in ("READ", "WRITE")
)
"""In place of an allowlist, which the NAS does not report. No API key is a full administrator (truenas-api/older.md §3)."""

WITH_KEY, WITH_PASSWORD = "auth.login_with_api_key", "auth.login"


def log_in(account: Account, binding: Callable[[], bytes | None]) -> Conversation:
    """Yield the calls of a login, each a method and its parameters. The caller sends back results and throws errors.

    Returns the roles that an API key can have. For a password, returns None: the NAS does not report roles. Raises
    AuthenticationError with a remedy, before the first call if the account requires SCRAM.
    """
    if problem := needs_scram(account):
        raise AuthenticationError(problem)
    yield (CONNECT,)
    if account.api_key is not None:
        accepted = yield WITH_KEY, account.api_key
    else:
        accepted = yield (
            WITH_PASSWORD,
            account.username,
            account.password,
            *([] if account.otp is None else [account.otp]),
        )
    if accepted is not True:
        raise AuthenticationError(_REFUSED[account.secret].format(user=account.username))
    return KEY_ROLES if account.api_key is not None else None


def needs_scram(account: Account) -> str:
    """Return why the account cannot log in without SCRAM, or an empty text."""
    if isinstance(account.api_key, Precomputed):
        return (
            "This NAS is older than TrueNAS 25.04, and a precomputed api_key requires SCRAM, which TrueNAS 26.0 introduced. Set "
            "api_key to the raw key: a number, a dash, and 64 letters and digits."
        )
    if account.api_key is not None and account.mechanism == SCRAM:
        return (
            "This NAS does not support SCRAM, which requires TrueNAS 26.0 or later. Nothing was sent to it. Set "
            "api_key_mechanism to auto, if the NAS is that old."
        )
    return ""


_REFUSED = {
    "api_key": "The NAS refused the API key. It is wrong or deleted. Check api_key.",
    "password": (
        "The NAS refused the login of {user!r}. Before TrueNAS 25.04, it does not report whether the password is wrong or a "
        "one-time code is missing, and on TrueNAS CORE only root can log in with a password. Check username, password, and otp, "
        "or use an API key."
    ),
}
