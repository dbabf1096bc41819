# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of cloud task for the engine (truenas-api/tasks.md §5 to §7)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..credential.facts import TASK_OPTION
from ..credential.stored import OPTION as CREDENTIAL_OPTION
from ..credential.stored import foresee
from ..diagnosis.classify import classify_call
from ..engine.change import CREATED, DELETED, UPDATED, Pending
from ..engine.kind import Job, Kind, Steps, crud
from ..engine.store import store_of
from ..errors import InvalidField, ServerFault, TimedOut, TrueNASError, Unreachable
from ..nas.client import Nas
from ..redaction.texts import redact_text
from ..transport.calls import Call
from . import warnings
from .facts import Facts, Holder, holder_key, look
from .plan import Plan, candidate, make
from .spec import DesiredTask
from .stored import StoredTask, reader, secrets_of, shown
from .task_type import TaskType

EngineKind = Kind[DesiredTask, StoredTask, Plan]
TaskJob = Job[DesiredTask, StoredTask, Plan]


@dataclass(frozen=True)
class CloudTaskKind:
    """A kind of cloud task: how it differs from the other one, and what the engine needs to write it."""

    type: TaskType
    engine: EngineKind


def cloud_task_kind(kind: TaskType) -> CloudTaskKind:
    """Return the kind with that of the engine, which follows from its type."""

    def looked(items: Sequence[DesiredTask], nas: Nas, pending: Pending) -> Facts:
        stored = foreseen(store_of(made, nas).entries(), pending)
        facts = look(kind, items, stored, nas, pending)
        return replace(facts, repositories=repositories(kind, items, stored, facts))

    made: EngineKind = Kind(
        naming=kind.naming,
        service=kind.service,
        write_role=kind.write_role,
        read=reader(kind.fields, kind.naming.noun),
        plan=partial(make, kind),
        absent=lambda name: DesiredTask(name, "absent"),
        call=partial(_call, kind.service),
        secrets=lambda change: change.hidden,
        stored_secrets=lambda entry: secrets_of(kind.fields, entry),
        report=partial(_report, kind),
        look=looked,
        foresee=foreseen,
        pending_option=TASK_OPTION,
        pending=partial(_pending, kind),
        explain=partial(_explain, _options(kind)),
        may_retry=_may_retry,
        resolves_duplicates=True,
        steps=Steps(finish=partial(_finish, kind)),
    )
    return CloudTaskKind(kind, made)


def foreseen(stored: Sequence[StoredTask], changes: Pending) -> list[StoredTask]:
    """Return the stored tasks after changes to their credentials that earlier tasks of check mode would make."""
    given = changes.get(CREDENTIAL_OPTION, ())

    def changed(entry: StoredTask) -> StoredTask:
        after = foresee([entry.credential], given) if entry.credential else []
        return replace(entry, credential=after[0]) if after and after[0] is not entry.credential else entry

    return [changed(entry) for entry in stored] if given else [*stored]


def _pending(kind: TaskType, change: Plan) -> dict[str, Any] | None:
    """Return the description and the credential of a task after a change, or None if the change leaves both alone."""
    is_deleted = change.action == DELETED
    if change.action == UPDATED and {"description", "credential"}.isdisjoint(change.changed_fields):
        return None
    if change.credential is None and not is_deleted:
        # Without a credential, the record would be that of a delete.
        return None
    return {
        "service": kind.service,
        "id": change.id,
        "description": change.name,
        "credential": change.credential.name if change.credential and not is_deleted else None,
    }


def repositories(
    kind: TaskType, items: Sequence[DesiredTask], stored: Sequence[StoredTask], facts: Facts
) -> dict[str, tuple[Holder, ...]]:
    """Return the tasks by the address of their backup repository, as they are after the run."""
    if kind.repository is None:
        return {}
    found: dict[str, tuple[Holder, ...]] = {}
    touched = set()
    for item in items:
        # The plan raises it again, together with its item.
        with contextlib.suppress(TrueNASError):
            current = kind.naming.subject(item, stored)
            touched.add(current.id if current else None)
            if not item.is_absent and (address := kind.address(candidate(kind, item, stored, facts))):
                holder = Holder(holder_key(item, current), f"{item.final_name!r}", is_declared=True)
                found[address] = (*found.get(address, ()), holder)
    for entry in stored:
        if entry.id not in touched and (address := kind.address(entry.task)):
            holder = Holder(f"id {entry.id}", f"{entry.name!r} (id {entry.id})", is_declared=False)
            found[address] = (*found.get(address, ()), holder)
    return found


def _call(service: str, change: Plan) -> Call:
    """Return the call that writes a change. A create or update can wait for the provider, so it has its own timeout."""
    call = crud(service)(change)
    return call if change.action == DELETED else replace(call, timeout=change.timeout)


def _may_retry(job: TaskJob, again: Plan) -> bool:
    """Return whether to write a new plan: not if the NAS might still create the task, which can take as long as the provider."""
    return not (again.action == CREATED and isinstance(job.error, Unreachable))


def _options(kind: TaskType) -> dict[str, str]:
    """Return the options by the field that an error of the NAS names."""
    options = {f"{'attributes.' * entry.attribute}{entry.wire_name}": name for name, entry in kind.fields.items()}
    return {**options, "credentials": "credential"}


def _explain(options: Mapping[str, str], error: TrueNASError) -> TrueNASError:
    """Return the error of a call with the task's options in place of the fields of the NAS."""
    return error.renamed(lambda name: options.get(name, name)) if isinstance(error, InvalidField) else error


def _finish(kind: TaskType, jobs: Sequence[TaskJob], nas: Nas) -> list[TaskJob]:
    """Add advice to failures of calls for which the NAS contacts the provider, and a warning about a locked dataset.

    Nothing but the reply to a write shows that the dataset of a new path is locked (truenas-api/tasks.md §2, §5).
    """
    for job in jobs:
        credential = job.change.credential
        known = str(job.error or "")
        advice = [remedy for text, remedy in kind.advice.items() if text in known]
        if job.error and advice:
            job.error.note(*advice)
            continue
        if isinstance(job.error, TimedOut):
            job.error.note("Raise provider_timeout if the provider is slow.")
        elif isinstance(job.error, ServerFault) and credential:
            cause = classify_call(job.error.reason, credential.provider, credential.values)
            job.error.note(redact_text(cause.hint, job.change.hidden))
    return [replace(job, warnings=(*job.warnings, *_of_lock(job))) for job in jobs]


def _of_lock(job: TaskJob) -> Iterator[str]:
    if job.entry and job.entry.locked and (warning := warnings.locked(job.entry.name)) not in job.change.warnings:
        yield warning


def _report(kind: TaskType, job: TaskJob, stored: Sequence[StoredTask]) -> dict[str, Any]:
    change, entry = job.change, job.entry
    return {"task": shown(kind.fields, entry) if entry else dict(change.outcome) or None, "kept_fields": [*change.kept]}
