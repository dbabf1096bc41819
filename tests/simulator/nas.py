# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated machine and its sessions, which every method gets."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from .accounts import Accounts, Credential
from .jobs import Job, Jobs
from .limits import RateLimit
from .outside import Outside
from .pools import Pools
from .rclone import Rclone
from .restic import Restic
from .scram import Exchange
from .store import CLOUD_BACKUP, CLOUD_SYNC, Store

TASK_METHODS = {
    CLOUD_SYNC: ("cloudsync.sync", "cloudsync.restore"),
    CLOUD_BACKUP: ("cloud_backup.sync", "cloud_backup.restore"),
}
"""The methods whose jobs a task of each table shows."""


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
    pools: Pools
    outside: Outside
    restic: Restic
    sessions: set[Session] = field(default_factory=set)
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "jobs", Jobs(self._announce))

    async def notify(self, collections: set[str], event: dict[str, Any], job: Job | None = None) -> None:
        """Send an event to the sessions that listen to one of `collections`, or to all; of a `job` to those that can see it."""
        for session in list(self.sessions):
            if job is not None and (session.credential is None or refusal(job, session.credential, watch=True)):
                continue
            if not (collections | {"*"}).isdisjoint(session.subscriptions.values()):
                await session.notify("collection_update", event)

    async def _announce(self, word: str, job: Job) -> None:
        event = {"msg": word, "collection": "core.get_jobs", "id": job.id, "fields": job.encoded()}
        if word == "changed" and job.done.is_set():
            self._keep(job)
        await self.notify({"core.get_jobs"}, event, job)

    def _keep(self, job: Job) -> None:
        """Store the last run of a task in its row, for the time after a restart."""
        for table, methods in TASK_METHODS.items():
            if job.method in methods and isinstance(job.arguments[0], int):
                self.store.update(table, job.arguments[0], {"job": job.encoded() | {"id": None, "logs_path": None}})


def _options() -> dict[str, bool]:
    return {"legacy_jobs": True, "private_methods": False, "py_exceptions": False}


def refusal(job: Job, credential: Credential, *, watch: bool) -> str | None:
    """Return the reason why an account can neither end nor, with `watch`, see a job of somebody else (upstream job.py)."""
    if credential.full_admin or (watch and not credential.roles.isdisjoint(job.kind.read_roles)):
        return None
    if job.caller is None:
        return "Only users with full administrative privileges can access internally ran jobs"
    return None if job.caller["data"]["username"] == credential.username else "Job is not owned by current session"


async def _unheard(_method: str, _params: dict[str, Any]) -> None:
    """Do nothing: without a connection, nobody listens."""


async def _unnoticed(_name: Any) -> None:
    """Do nothing: over JSON-RPC, nothing but the result says that there is a subscription."""


@dataclass(eq=False)
class Session:
    """One connection: where it comes from, whether it counts as secure, who is logged in on it, and what it wants to
    hear of. `notify` sends a notification's method and parameters; `subscribed` gets the name of each new subscription;
    `subscriptions` has the events by subscription;
    `codes_left` says how many one-time codes a login that asked for one still takes."""

    origin: str
    secure: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    credential: Credential | None = None
    scram: Exchange | None = None
    codes_left: int = 0
    notify: Callable[[str, dict[str, Any]], Awaitable[None]] = _unheard
    subscribed: Callable[[Any], Awaitable[None]] = _unnoticed
    subscriptions: dict[Any, str] = field(default_factory=dict)
    options: dict[str, bool] = field(default_factory=_options)

    async def subscribe(self, name: Any, event: str) -> None:
        """Subscribe to an event under a name."""
        self.subscriptions[name] = event
        await self.subscribed(name)

    def refresh(self, accounts: Accounts) -> None:
        """End the login if the token it hangs on has expired; a message on the connection prolongs the token."""
        if self.credential and self.credential.token and not self.credential.token.use():
            self.logout(accounts)

    def logout(self, accounts: Accounts) -> None:
        """End the login and its token."""
        if self.credential and self.credential.token:
            accounts.drop_token(self.credential.token)
        self.credential = None
        self.scram = None
        self.codes_left = 0
