# SPDX-License-Identifier: GPL-3.0-or-later
"""One stored task, by its description or its ID."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.names import Desired
from ..engine.store import store_of
from ..errors import NotFound, Problem, sentences
from ..nas.client import Nas
from .kind import CloudTaskKind
from .pending import Changes, foresee
from .stored import StoredTask

IN_CHECK_MODE = "In check mode, pass it on in pending_tasks."


def subject_problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem unless exactly one of description and id is set."""
    given = [name for name in ("description", "id") if params[name] is not None]
    if len(given) != 1:
        yield Problem(
            "description, id", "cannot be combined" if given else "are both missing", "Set exactly one of them."
        )


def subject(entry: StoredTask) -> dict[str, Any]:
    """Return the task for the result. Without an ID, it does not exist yet."""
    return {"id": None if entry.is_pending else entry.id, "description": entry.name}


def find(
    kind: CloudTaskKind, description: str | None, number: int | None, nas: Nas, changes: Changes = ()
) -> StoredTask:
    """Return the task, read from the NAS and not from the cache, because its last job changes without this client.

    `changes` has the tasks that earlier tasks of check mode would create, change, or delete.
    Raises NotFound, and InvalidInput for several tasks of one description.
    """
    store = store_of(kind.engine, nas)
    store.clear()
    naming = kind.type.naming
    stored = foresee(store.entries(), changes, kind.type.service)
    store.require(Desired(description or "", id=number))
    if number is not None:
        entry = next((entry for entry in stored if entry.id == number), None)
        if entry is None:
            raise NotFound(f"The NAS has no {naming.noun} with the ID {number}. Correct the id.")
        return entry
    name = description or ""
    entry = naming.find(stored, name)
    if entry is None:
        remedy = (
            naming.did_you_mean(stored, name) or f"Check the description, or create the task first. {IN_CHECK_MODE}"
        )
        raise NotFound(sentences(f"The NAS has no {naming.noun} {name!r}", remedy))
    return entry
