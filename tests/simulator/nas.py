# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated machine and the sessions on it: what every method works with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from .accounts import Accounts, Credential
from .limits import RateLimit
from .rclone import Rclone
from .scram import Exchange
from .store import Store


@dataclass(frozen=True)
class Nas:
    """One NAS. `version` is its newest interface version; `certificate_hash` is None without TLS."""

    version: str
    store: Store
    accounts: Accounts
    rclone: Rclone
    rate_limit: RateLimit
    certificate_hash: bytes | None


@dataclass
class Session:
    """One connection: where it comes from, whether it counts as secure, and who is logged in on it."""

    origin: str
    secure: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    credential: Credential | None = None
    scram: Exchange | None = None
    awaits_code: bool = False

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
        self.awaits_code = False
