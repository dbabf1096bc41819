# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored tasks of both kinds, and the credentials that they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
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


def users_of(nas: Nas) -> tuple[Mapping[int, Sequence[CredentialUser]], tuple[str, ...]]:
    """Return the tasks by the ID of their credential, and a note for each kind of task that the account cannot list.

    A task that cannot be read is a user of its credential, too. If not even its credential is known, there is a note about it.
    """
    users: dict[int, list[CredentialUser]] = {}
    notes = []
    for service, tasks in stored_tasks(nas).items():
        if tasks is None:
            notes.append(cannot_list(service))
            continue
        for task in tasks:
            if task.credential:
                users.setdefault(task.credential.id, []).append(CredentialUser(service, task.id, task.name))
        for row in _unread(KINDS[service], nas):
            credential = _credential_of(row)
            if credential is None or row.id is None:
                notes.append(f"The {SERVICES[service]} in {row.place}, cannot be read, and might use the credential.")
            else:
                users.setdefault(credential, []).append(CredentialUser(service, row.id))
    return users, (*notes,)


def _unread(kind: CloudTaskKind, nas: Nas) -> list[UnreadRow]:
    """Return the tasks of a kind that cannot be read, none if the account cannot list them."""
    try:
        return store_of(kind.engine, nas).unread()
    except NotPermitted:
        return []


def _credential_of(row: UnreadRow) -> int | None:
    """Return the ID of the credential of a task that cannot be read, or None."""
    credential = row.row.get("credentials")
    number = credential.get("id") if isinstance(credential, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def current_users(nas: Nas) -> tuple[Mapping[int, Sequence[CredentialUser]], tuple[str, ...]]:
    """Return the same, read from the NAS and not from the cache, because other clients create tasks.

    Raises Misread for a task that might use any credential, because it cannot be read.
    """
    for kind in KINDS.values():
        store_of(kind.engine, nas).clear()
    found = users_of(nas)
    for kind in KINDS.values():
        if lost := [row.place for row in _unread(kind, nas) if _credential_of(row) is None or row.id is None]:
            raise unreadable(kind.type.naming.plural, lost)
    return found


def usages(credentials: Sequence[StoredCredential], nas: Nas) -> tuple[list[dict[str, Any]], list[str]]:
    """Return, for each credential, the tasks that use it and whether it is unused; and warnings.

    If the account cannot list all tasks, `unused` is None for credentials without listed tasks.
    """
    if not credentials:
        return [], []
    users, notes = users_of(nas)
    result = []
    for credential in credentials:
        used_by = [asdict(user) for user in users.get(credential.id, ())]
        result.append({"used_by": used_by, "unused": False if used_by else None if notes else True})
    return result, [NOT_ALL_TASKS] if notes else []
