# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated machine and the sessions on it: what every method works with."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from .accounts import Accounts, Credential
from .limits import RateLimit
from .rclone import Rclone
from .scram import Exchange
from .store import Store


@dataclass(frozen=True)
class Nas:
    """One NAS. `version` is its newest interface version; `certificate_hash` is None without TLS; `sessions` are those
    of all open connections."""

    version: str
    store: Store
    accounts: Accounts
    rclone: Rclone
    rate_limit: RateLimit
    certificate_hash: bytes | None
    sessions: set[Session] = field(default_factory=set)


def _options() -> dict[str, bool]:
    return {"legacy_jobs": True, "private_methods": False, "py_exceptions": False}


async def _unheard(_method: str, _params: dict[str, Any]) -> None:
    """Without a connection nobody listens."""


@dataclass(eq=False)
class Session:
    """One connection: where it comes from, whether it counts as secure, who is logged in on it, and what it wants to
    hear of. `notify` sends a notification's method and parameters; `subscriptions` has the events by subscription;
    `codes_left` says how many one-time codes a login that asked for one still takes."""

    origin: str
    secure: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    credential: Credential | None = None
    scram: Exchange | None = None
    codes_left: int = 0
    notify: Callable[[str, dict[str, Any]], Awaitable[None]] = _unheard
    subscriptions: dict[str, str] = field(default_factory=dict)
    options: dict[str, bool] = field(default_factory=_options)

    def refresh(self, accounts: Accounts) -> None:
        """End the login if the token it hangs on has expired; a message on the connection prolongs the token."""
        if self.credential and self.credential.token and not accounts.token_alive(self.credential.token):
            self.credential = None

    def logout(self, accounts: Accounts) -> None:
        """End the login and its token."""
        if self.credential and self.credential.token:
            accounts.drop_token(self.credential.token)
        self.credential = None
        self.scram = None
        self.codes_left = 0
