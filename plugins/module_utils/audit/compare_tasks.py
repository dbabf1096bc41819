# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of the cloud tasks of one NAS with their declaration, with one query of each kind, and no writes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..arguments import CLOUD_TASK_UPDATE
from ..cloud_task import spec
from ..cloud_task.info import last_run
from ..cloud_task.kind import EngineKind
from ..cloud_task.plan import Plan
from ..cloud_task.stored import StoredTask, secrets_of
from ..cloud_task.task_type import TaskType
from ..credential.stored import OPTION as CREDENTIAL_OPTION
from ..engine import batch
from ..engine.store import store_of
from ..errors import InvalidInput, Problem, TrueNASError
from ..nas.client import Nas
from ..redaction.texts import redact_in
from ..usage import users
from . import proofs
from .rows import Row, is_kept
from .rules import Finding
from .task_advice import advice, sharing

OPTIONS = {"cloudsync": "sync_tasks", "cloud_backup": "backup_tasks"}
"""The option that declares the tasks of a service."""

Desired = batch.DesiredSet[spec.DesiredTask]


@dataclass(frozen=True)
class TaskAudit:
    """The parameters: the declared tasks by option, names and patterns that need no declaration, the maximum age in hours, and
    the proofs of backups.
    """

    desired: Mapping[str, Desired]
    keep: tuple[str, ...]
    hours: float | None
    proofs: proofs.Proofs


@dataclass
class TaskRow(Row[StoredTask]):
    """The result for one task, before it is masked. `credential` is the declared one."""

    credential: str | None = None
    proof: Mapping[str, Any] | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


def read(params: Mapping[str, Any], pending: Sequence[str]) -> TaskAudit:
    """Return the parameters from the options of `cloud_audit`. `pending` are the declared credentials. Raises InvalidInput."""
    defaults = {name: argument["default"] for name, argument in CLOUD_TASK_UPDATE.items()}
    given = {**defaults, **params, "purge": False, "purge_keep": ()}
    changes = {CREDENTIAL_OPTION: [{"name": name} for name in pending]}
    desired: dict[str, Desired] = {}
    problems: list[Problem] = []
    for service, option in OPTIONS.items():
        try:
            desired[option] = batch.read(
                option, given, partial(spec.read, users.KINDS[service].type), CLOUD_TASK_UPDATE, changes, "description"
            )
        except InvalidInput as error:
            problems += error.problems
    proven: proofs.Proofs = {}
    try:
        proven = proofs.read(params["proofs"])
    except InvalidInput as error:
        problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return TaskAudit(desired, (*params["keep_tasks"],), params["outdated_after"], proven)


def problems(params: Mapping[str, Any]) -> Sequence[Problem]:
    """Return the problems with the declared tasks."""
    try:
        read(params, ())
    except InvalidInput as error:
        return error.problems
    return ()


def compare(audit: TaskAudit, nas: Nas, now: datetime.datetime) -> list[dict[str, Any]]:
    """Return the findings on each stored or declared task, sorted by kind, description, and ID."""
    shown: list[dict[str, Any]] = []
    for service, stored in users.stored_tasks(nas).items():
        if stored is None:
            continue
        desired, kind = audit.desired[OPTIONS[service]], users.KINDS[service]
        rows = [*_declared(desired, kind.engine, nas, stored)]
        rows += _others(audit, desired, stored, {row.stored.id for row in rows if row.stored})
        shared = sharing(kind.type, stored)
        for row in rows:
            if row.stored:
                row.proof = audit.proofs.get((kind.type.naming.noun, row.stored.id))
                row.findings += proofs.findings(row.proof)
                row.findings += advice(kind.type, row.stored, now, audit.hours)
                row.findings += [shared[row.stored.id]] if row.stored.id in shared else []
                row.findings += _disabled(desired, row)
        rows.sort(key=lambda row: (row.name, row.stored.id if row.stored else 0))
        shown += [_shown(kind.type, row) for row in rows]
    return shown


def _declared(desired: Desired, kind: EngineKind, nas: Nas, stored: Sequence[StoredTask]) -> Iterator[TaskRow]:
    """Yield a row for each task that is declared present, or that is declared absent but exists."""
    facts = kind.look(desired.items, nas, desired.pending)
    for item in desired.items:
        try:
            store_of(kind, nas).require(item)
            plan = kind.plan(item, stored, facts)
        except TrueNASError as error:
            known = _alone(item, stored) if isinstance(error, InvalidInput) else None
            row = TaskRow(name=item.final_name, stored=known, credential=item.credential)
            row.set_refused(error)
            yield row
            continue
        current = next((entry for entry in stored if entry.id == plan.id), None)
        if not item.is_absent:
            yield _row(item, current, plan)
        elif current:
            row = TaskRow(name=current.name, stored=current)
            row.set_should_be_absent()
            yield row


def _alone(item: spec.DesiredTask, stored: Sequence[StoredTask]) -> StoredTask | None:
    """Return the stored task that an item means, if there is exactly one."""
    found = [one for one in stored if one.id == item.id or (item.id is None and one.name in (item.name, item.new_name))]
    return found[0] if len(found) == 1 else None


def _row(item: spec.DesiredTask, current: StoredTask | None, plan: Plan) -> TaskRow:
    row = TaskRow(
        name=item.final_name,
        stored=current,
        hidden=[*plan.unknown],
        credential=item.credential,
        secrets=plan.hidden,
    )
    if current is None:
        row.set_missing()
        return row
    for name in plan.changed_fields:
        row.add_difference(name, plan.before.get(name), plan.after.get(name))
    row.set_compared()
    return row


def _others(audit: TaskAudit, desired: Desired, stored: Sequence[StoredTask], seen: set[int]) -> Iterator[TaskRow]:
    """Yield a row for each stored task that is not declared."""
    for entry in stored:
        if entry.id in seen:
            continue
        row = TaskRow(name=entry.name, stored=entry)
        row.set_not_declared(is_kept(row.name, desired.items, audit.keep), "description")
        yield row


def _disabled(desired: Desired, row: TaskRow) -> Iterator[Finding]:
    """Yield a finding on a task that does not run on its schedule, unless that is declared."""
    wanted = any(item.final_name == row.name and item.declared.get("enabled") is False for item in desired.items)
    if row.stored and row.stored.values.get("enabled") is False and not wanted:
        yield Finding(
            "disabled", "The NAS does not run it on its schedule. Enable or delete it, or declare enabled: false."
        )


def _shown(kind: TaskType, row: TaskRow) -> dict[str, Any]:
    entry = row.stored
    shown = {
        "kind": kind.naming.noun,
        "name": row.name,
        "id": entry.id if entry else None,
        "credential": entry.credential.name if entry and entry.credential else row.credential,
        "state": row.state,
        "enabled": bool(entry.values.get("enabled")) if entry else None,
        "last_run": last_run(kind, entry) if entry else None,
        "fields": row.fields,
        "unknown_fields": list(row.hidden),
        "findings": [finding.public() for finding in row.findings],
        "proof": proofs.shown(row.proof),
        "repository": kind.address(entry.task) if entry else "",
    }
    # A script can contain a secret, and a difference quotes it.
    known = (*row.secrets, *(secrets_of(kind.fields, entry) if entry else ()))
    redacted: dict[str, Any] = redact_in(shown, known)
    return redacted
