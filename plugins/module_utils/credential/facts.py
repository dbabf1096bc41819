# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts that a plan needs besides the stored credentials, and how the NAS is asked for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import versions
from ..engine.store import rows
from ..errors import NotPermitted, ServerFault
from ..keypair.kind import SERVICE as KEYCHAIN
from ..keypair.stored import Stored as KeychainEntry
from ..keypair.stored import read as read_entry
from ..nas.facts import Fact
from ..transport.session import Call, unwrap
from ..versions import Version
from . import keypair_reference

WRITE_ROLE = "CLOUD_SYNC_WRITE"
"""The role to see secrets and to write credentials; the NAS ties both to one role."""

TASK_ROLES = {"cloudsync": WRITE_ROLE, "cloud_backup": "CLOUD_BACKUP_WRITE"}
"""The roles to change the tasks of each service."""

SERVICES = {"cloudsync": "cloud sync task", "cloud_backup": "cloud backup task"}
"""What uses credentials (truenas-api/wire.md §7b)."""


@dataclass(frozen=True)
class User:
    """A task on the NAS that uses a credential; `service` is the one whose methods it has."""

    service: str
    id: int
    description: str = ""

    def __str__(self) -> str:
        """Return the task as a person finds it, for example `cloud sync task 'nightly' (id 5)`."""
        return f"{SERVICES[self.service]} {f'{self.description!r} (id {self.id})' if self.description else f'id {self.id}'}"


def listed(users: Sequence[User]) -> str:
    """Return tasks as part of a sentence."""
    return ", ".join(map(str, users))


@dataclass(frozen=True)
class Facts:
    """What is known of the NAS: whether the account may write, and the answers to the questions that were asked.

    `users` has, by a credential's id, the tasks that use it; `notes` what could not be found out. `coming` has the names that
    there will be once the other items of the same task are carried out, `going` those that they delete, and `coming_keypairs`
    those of keypairs, which in check mode may come of what is before the task. `api_version` is spoken instead of the newest
    version.
    """

    may_write: bool = True
    may_make_keypairs: bool = True
    version: Version | None = None
    api_version: Version | None = None
    keypairs: Sequence[KeychainEntry] | None = None
    users: Mapping[int, Sequence[User]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    coming: frozenset[str] = frozenset()
    going: frozenset[str] = frozenset()
    coming_keypairs: frozenset[str] = frozenset()

    @property
    def keypair_names(self) -> dict[int, str]:
        """The names of the keypairs by their numbers, as far as they are known."""
        return keypair_reference.names(self.keypairs)

    @property
    def spoken(self) -> Version | None:
        """The version whose fields can be read and written: the NAS's own, or an older one that the task asks for."""
        return min(filter(None, (self.version, self.api_version)), default=None)

    @property
    def hidden(self) -> tuple[Version, Version] | None:
        """Between which versions fields came that this NAS has and this task cannot see, if there can be any."""
        if self.version and self.api_version and self.api_version < self.version:
            return self.api_version, self.version
        return None


def _read_version(text: Any) -> Version:
    try:
        return versions.parse(str(unwrap(text)))
    except ValueError:
        raise ServerFault("The NAS did not report its version in a form that this collection supports.") from None


def _read_keypairs(answer: Any) -> list[KeychainEntry] | None:
    """Return the entries of the keychain, None if the account may not list them."""
    if isinstance(answer, NotPermitted):
        return None
    return [read_entry(row) for row in rows(unwrap(answer), "keychain entries")]


def _users_calls(ids: Collection[int]) -> list[Call]:
    filters = [["credentials.id", "in", sorted(ids)]]
    return [Call(f"{service}.query", (filters,)) for service in SERVICES]


def _read_users(*answers: Any) -> tuple[dict[int, list[User]], tuple[str, ...]]:
    """Return the tasks by the credential that they use, and a note for each kind of task that the account may not list."""
    users: dict[int, list[User]] = {}
    notes = []
    for service, answer in zip(SERVICES, answers, strict=True):
        if isinstance(answer, NotPermitted):
            notes.append(f"This account may not list every {SERVICES[service]}, so one may use the credential unseen.")
            continue
        for row in rows(unwrap(answer), "tasks"):
            used = row.get("credentials")
            if isinstance(used, Mapping):
                users.setdefault(used["id"], []).append(User(service, row["id"], row.get("description") or ""))
    return users, tuple(notes)


VERSION = Fact("version", lambda ids: [Call("system.version_short")], _read_version)
KEYPAIRS = Fact(
    "keypairs",
    # Entries of both types, which share one set of names; without the keys, which nobody needs here.
    lambda ids: [Call(f"{KEYCHAIN}.query", ([], {"select": ["id", "name", "type"]}))],
    _read_keypairs,
    service=KEYCHAIN,
)
USERS = Fact("users", _users_calls, _read_users, cached=False)
