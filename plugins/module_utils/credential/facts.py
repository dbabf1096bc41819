# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts that a plan needs in addition to the stored credentials, and the calls that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import versions
from ..engine.store import read_all
from ..errors import NotPermitted, Problem, ServerFault
from ..fields.field import Option
from ..keypair.kind import SERVICE as KEYCHAIN
from ..keypair.stored import KeychainEntry
from ..keypair.stored import read as read_entry
from ..nas import flat
from ..nas.facts import Fact
from ..protocol.faults import ENOMETHOD
from ..providers import Provider
from ..transport.calls import Call, unwrap
from ..versions import FIRST_VERSION, Version
from . import keypair_reference
from .stored import StoredCredential

TASK_OPTION = "pending_tasks"
"""The option that takes the changes of tasks."""

WRITE_ROLE = "CLOUD_SYNC_WRITE"
"""The TrueNAS role to read secrets and to write credentials; the NAS ties both to one role."""

TASK_ROLES = {"cloudsync": WRITE_ROLE, "cloud_backup": "CLOUD_BACKUP_WRITE"}
"""The TrueNAS roles to change the tasks of each service."""

SERVICES = {"cloudsync": "cloud sync task", "cloud_backup": "cloud backup task"}
"""The services whose tasks use credentials (truenas-api/wire.md §7b)."""


ANY_NEWER: Version = (9999, 0, 0)
"""In place of a version that an older API path does not report: it can hide every field that is newer than the path
(truenas-api/wire.md, corrections to §4)."""


@dataclass(frozen=True)
class CredentialUser:
    """A task on the NAS that uses a credential; `service` is the API service of the task."""

    service: str
    id: int | None
    description: str = ""

    def __str__(self) -> str:
        """Return the task for messages, for example `cloud sync task 'nightly' (id 5)`. Without an ID it does not exist yet."""
        if self.id is None:
            return f"{SERVICES[self.service]} {self.description!r}"
        return f"{SERVICES[self.service]} {f'{self.description!r} (id {self.id})' if self.description else f'id {self.id}'}"


def cannot_list(service: str) -> str:
    """Return the note on a kind of task that the account cannot list."""
    return f"This account cannot list every {SERVICES[service]}, so a hidden one might use the credential."


def listed(users: Sequence[CredentialUser]) -> str:
    """Return tasks as a list for use in a sentence."""
    return ", ".join(map(str, users))


@dataclass(frozen=True)
class Reassignment:
    """Why tasks cannot use another credential, and warnings if they can."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """The facts about the NAS: whether it `is_older` than 25.04, whether the account can write, and the answers that plans need.

    `users` has the tasks of each credential by ID, `notes` has a note for each kind of task that cannot be listed, and
    `reassignments` how the tasks of a credential that is replaced can use the replacement. `created` has the names that the
    items of the same task create, `deleted` the names that they delete. `created_keypairs` has the names of keypairs that this
    task creates, or earlier tasks in check mode. `api_version` is used in place of the newest version.
    """

    is_older: bool = False
    may_write: bool = True
    may_make_keypairs: bool = True
    version: Version | None = None
    api_version: Version | None = None
    keypairs: Sequence[KeychainEntry] | None = None
    users: Mapping[int, Sequence[CredentialUser]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reassignments: Mapping[int, Reassignment] = field(default_factory=dict)
    created: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    created_keypairs: frozenset[str] = frozenset()

    @property
    def keypair_names(self) -> dict[int, str]:
        """The known names of keypairs by ID."""
        return keypair_reference.names(self.keypairs)

    @property
    def spoken(self) -> Version | None:
        """The version whose fields the task can read and write: that of the NAS, or an older one that the task selects.

        Systems before 25.04 have the fields of 25.04 in each provider that they have.
        """
        spoken = min(filter(None, (self.version, self.api_version)), default=None)
        return max(spoken, FIRST_VERSION) if spoken else None

    def offers(self, provider: type[Provider]) -> bool:
        """Return whether the NAS has a provider."""
        if self.version and self.version < FIRST_VERSION:
            return flat.offers(self.version, provider.wire_type)
        return provider.since <= (self.spoken or FIRST_VERSION)

    def has(self, provider: type[Provider], option: Option) -> bool:
        """Return whether the NAS has a field of a provider."""
        return (
            self.spoken is None
            or option.since <= self.spoken
            or (self.is_older and flat.has(provider.wire_type, option.name))
        )

    @property
    def hidden(self) -> tuple[Version, Version] | None:
        """Range of versions whose fields the requested API version hides, or None."""
        if self.version and self.api_version and self.api_version < self.version:
            return self.api_version, self.version
        return None


def foreseen_users(
    users: Mapping[int, Sequence[CredentialUser]],
    changes: Sequence[Mapping[str, Any]],
    stored: Sequence[StoredCredential],
) -> dict[int, list[CredentialUser]]:
    """Return the users of credentials by ID after changes to tasks that earlier tasks of check mode would make."""
    found = {number: [*tasks] for number, tasks in users.items()}
    ids = {credential.name: credential.id for credential in stored}
    for change in changes:
        user = CredentialUser(change["service"], change.get("id"), change.get("description") or "")
        if user.id is not None:
            for tasks in found.values():
                tasks[:] = [task for task in tasks if (task.service, task.id) != (user.service, user.id)]
        if (number := ids.get(change.get("credential") or "")) is not None:
            found.setdefault(number, []).append(user)
    return found


def _read_version(text: Any) -> Version:
    if isinstance(text, ServerFault) and text.errno == ENOMETHOD:
        # An older API path of a NAS from 25.10 on does not return the version.
        return ANY_NEWER
    try:
        return versions.parse(str(unwrap(text)))
    except ValueError:
        raise ServerFault("The NAS did not report its version in a form that this collection supports.") from None


def _read_keypairs(answer: Any) -> list[KeychainEntry] | None:
    """Return the entries of the keychain, or None if the account cannot list them."""
    if isinstance(answer, NotPermitted):
        return None
    return read_all(unwrap(answer), "keychain entries", read_entry)


VERSION = Fact("version", lambda: [Call("system.version_short")], _read_version)
KEYPAIRS = Fact(
    "keypairs",
    # Both types of entries, because they share one set of names; without the keys, which plans do not need.
    lambda: [Call(f"{KEYCHAIN}.query", ([], {"select": ["id", "name", "type"]}))],
    _read_keypairs,
    service=KEYCHAIN,
)
