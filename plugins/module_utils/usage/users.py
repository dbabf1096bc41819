# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored tasks of both kinds, and the credentials that they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..backup_task.kind import BACKUP
from ..cloud_task.kind import CloudTaskKind
from ..cloud_task.stored import StoredTask
from ..credential.facts import SERVICES, CredentialUser, cannot_list
from ..credential.stored import StoredCredential
from ..engine.store import UnreadRow, store_of, unreadable
from ..errors import NotPermitted
from ..nas.client import Nas
from ..sync_task.kind import SYNC

KINDS: dict[str, CloudTaskKind] = {kind.type.service: kind for kind in (SYNC, BACKUP)}
"""The kinds of tasks that use credentials, by service (truenas-api/wire.md §7b)."""

NOT_ALL_TASKS = (
    "This account cannot list all tasks, so a credential without listed tasks might still be in use. "
    "Its unused value is null."
)


def stored_tasks(nas: Nas) -> dict[str, list[StoredTask] | None]:
    """Return the stored tasks by service, None for a kind that this account cannot list."""
    found: dict[str, list[StoredTask] | None] = {}
    for service, kind in KINDS.items():
        try:
            found[service] = store_of(kind.engine, nas).entries()
        except NotPermitted:
            found[service] = None
    return found


@dataclass(frozen=True)
class _Users:
    """The tasks by the ID of their credential.

    `unlisted` are the services whose tasks the account cannot list. `lost` has by service the places of the tasks that cannot be
    read, not even their ID or their credential. Other tasks that cannot be read are users, too.
    """

    by_credential: Mapping[int, Sequence[CredentialUser]]
    unlisted: Sequence[str]
    lost: Mapping[str, Sequence[str]]

    @property
    def of_lost(self) -> list[str]:
        """A note for each lost task."""
        return [
            f"The {SERVICES[service]} in {place}, cannot be read, and might use the credential."
            for service, places in self.lost.items()
            for place in places
        ]


def _find(nas: Nas) -> _Users:
    users: dict[int, list[CredentialUser]] = {}
    unlisted = []
    lost: dict[str, list[str]] = {}
    for service, tasks in stored_tasks(nas).items():
        if tasks is None:
            unlisted.append(service)
            continue
        for task in tasks:
            if task.credential:
                users.setdefault(task.credential.id, []).append(CredentialUser(service, task.id, task.name))
        for row in store_of(KINDS[service].engine, nas).unread():
            credential = _credential_of(row)
            if credential is None or row.id is None:
                lost.setdefault(service, []).append(row.place)
            else:
                users.setdefault(credential, []).append(CredentialUser(service, row.id))
    return _Users(users, unlisted, lost)


def _credential_of(row: UnreadRow) -> int | None:
    """Return the ID of the credential of a task that cannot be read, or None."""
    credential = row.row.get("credentials")
    number = credential.get("id") if isinstance(credential, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def users_of(nas: Nas) -> tuple[Mapping[int, Sequence[CredentialUser]], tuple[str, ...]]:
    """Return the tasks by the ID of their credential, and a note about all tasks that are not among them.

    These are those of a kind that the account cannot list, and those that cannot be read, not even their credential.
    """
    found = _find(nas)
    return found.by_credential, (*map(cannot_list, found.unlisted), *found.of_lost)


def current_users(nas: Nas) -> tuple[Mapping[int, Sequence[CredentialUser]], tuple[str, ...]]:
    """Return the same, read from the NAS and not from the cache, because other clients create tasks.

    Raises Misread for a task that might use any credential, because it cannot be read.
    """
    for kind in KINDS.values():
        store_of(kind.engine, nas).clear()
    found = _find(nas)
    if found.lost:
        service, places = next(iter(found.lost.items()))
        raise unreadable(KINDS[service].type.naming.plural, places)
    return found.by_credential, (*map(cannot_list, found.unlisted),)


def usages(credentials: Sequence[StoredCredential], nas: Nas) -> tuple[list[dict[str, Any]], list[str]]:
    """Return, for each credential, the tasks that use it and whether it is unused; and warnings.

    If a task is not listed or cannot be read, `unused` is None for credentials without other tasks.
    """
    if not credentials:
        return [], []
    found = _find(nas)
    result = []
    for credential in credentials:
        used_by = [asdict(user) for user in found.by_credential.get(credential.id, ())]
        is_unused = None if found.unlisted or found.lost else True
        result.append({"used_by": used_by, "unused": False if used_by else is_unused})
    return result, [*([NOT_ALL_TASKS] if found.unlisted else []), *found.of_lost]
