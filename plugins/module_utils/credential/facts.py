# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan has to know of a NAS beyond the stored credentials."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..keypair.stored import Stored as KeychainEntry
from ..versions import Version
from . import named_keypair

SERVICES = {"cloudsync": "cloud sync task", "cloud_backup": "cloud backup task"}
"""What uses credentials (truenas-api/wire.md §7b)."""


class Question(enum.Enum):
    """A fact that costs a call and is asked for only where the plan depends on it."""

    VERSION = enum.auto()
    KEYPAIRS = enum.auto()
    USERS = enum.auto()


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
    there will be once the other items of the same task are carried out, `coming_keypairs` those of keypairs, which in check mode
    may come of what is before the task. `api_version` is spoken instead of the newest version.
    """

    may_write: bool = True
    may_make_keypairs: bool = True
    version: Version | None = None
    api_version: Version | None = None
    keypairs: Sequence[KeychainEntry] | None = None
    users: Mapping[int, Sequence[User]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    coming: frozenset[str] = frozenset()
    coming_keypairs: frozenset[str] = frozenset()

    @property
    def keypair_names(self) -> dict[int, str]:
        """The names of the keypairs by their numbers, as far as they are known."""
        return named_keypair.names(self.keypairs)

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
