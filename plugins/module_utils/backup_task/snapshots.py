# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshots in the repository of a cloud backup task (truenas-api/tasks.md §1)."""

from __future__ import annotations

from typing import Any

from ..cloud_task import info
from ..cloud_task.find import find, subject
from ..cloud_task.pending import Changes
from ..cloud_task.run_errors import cause_of, first_error
from ..cloud_task.stored import StoredTask, secrets_of
from ..engine.store import rows
from ..errors import ProviderFailed, ServerFault, TimedOut, sentences
from ..nas.client import Nas
from .kind import BACKUP

METHOD = "cloud_backup.list_snapshots"


def listing(
    description: str | None, number: int | None, timeout: float, nas: Nas, changes: Changes = ()
) -> dict[str, Any]:
    """Return the task and its snapshots, the oldest first. The NAS asks the provider, for up to `timeout` seconds.

    `changes` has the tasks that earlier tasks of check mode would create, change, or delete. The snapshots of a task that does
    not exist yet are unknown, and the list is empty.
    Raises NotFound, InvalidInput for several tasks of one description, TimedOut, or ProviderFailed with the cause.
    """
    entry = find(BACKUP, description, number, nas, changes)
    found = [] if entry.is_pending else [_shown(row) for row in rows(_ask(entry, timeout, nas), "snapshots")]
    noun = BACKUP.type.naming.noun.capitalize()
    unknown = (
        f"{noun} {entry.name!r} does not exist yet, because an earlier task creates it. Its snapshots are unknown."
    )
    return {
        "changed": False,
        "task": subject(entry),
        "snapshots": sorted(found, key=lambda snapshot: (snapshot["time"] or "", snapshot["id"])),
        "warnings": [unknown] if entry.is_pending else [],
    }


def _ask(entry: StoredTask, timeout: float, nas: Nas) -> Any:
    what = f"list the snapshots of the cloud backup task {entry.name!r} (id {entry.id})"
    try:
        return nas.call(METHOD, entry.id, timeout=timeout)
    except TimedOut:
        raise TimedOut(
            f"The NAS could not {what} within provider_timeout ({timeout:g} s). Raise provider_timeout, or check the network "
            "path to the provider."
        ) from None
    except ServerFault as fault:
        text = first_error("", fault.reason, secrets_of(BACKUP.type.fields, entry)) or "no reason given"
        cause = cause_of(fault.reason, entry.provider, entry.credential.values if entry.credential else {})
        raise ProviderFailed(sentences(f"The NAS cannot {what}: {text}", cause.hint), cause.name, cause.hint) from None


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row.get("id", "")),
        "time": info.moment(row.get("time")),
        "hostname": row.get("hostname"),
        "paths": row.get("paths"),
    }
