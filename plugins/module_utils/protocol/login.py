# SPDX-License-Identifier: GPL-3.0-or-later
"""The login: what is sent, and what the answer means (truenas-api/wire.md §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import AuthenticationError, ServerFault

METHOD = "auth.login_ex"
FULL_ADMIN = "FULL_ADMIN"


@dataclass(frozen=True)
class Account:
    """Who logs in: a user with either an API key or a password."""

    username: str
    api_key: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def request(self) -> dict[str, Any]:
        """Return the parameter of `auth.login_ex`."""
        if self.api_key is not None:
            secret = {"mechanism": "API_KEY_PLAIN", "api_key": self.api_key}
        else:
            secret = {"mechanism": "PASSWORD_PLAIN", "password": self.password or ""}
        return {**secret, "username": self.username, "login_options": {"user_info": True}}


def read_roles(answer: Any, account: Account) -> frozenset[str] | None:
    """Return the roles of the account that the answer to a login lets in; None if the NAS does not tell them.

    Raises AuthenticationError, with what to do, for every answer that does not let it in.
    """
    kind = answer.get("response_type") if isinstance(answer, Mapping) else None
    if kind == "SUCCESS":
        return _roles(answer.get("user_info"))
    if kind in _REFUSALS:
        secret = "api_key" if account.api_key is not None else "password"
        raise AuthenticationError(_REFUSALS[kind].format(user=account.username, secret=secret))
    raise ServerFault(f"The NAS answered the login with {kind!r}, which this collection does not know.")


def _roles(user: Any) -> frozenset[str] | None:
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
        "The NAS says that the {secret} of {user!r} has expired. An API key that was once used without TLS is revoked "
        "for good and reads the same: make a new one."
    ),
    "OTP_REQUIRED": (
        "{user!r} logs in with two factors, which a playbook cannot give: use an API key instead of a password."
    ),
    "DENIED": (
        "The {secret} of {user!r} is right, but the account may not use the API, or it has too many sessions open (10)."
    ),
    "REDIRECT": "This is the standby node of a pair: name the active node, or the pair's own address, as host.",
}
