# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one task, from its desired and its stored state. Pure: no calls and no writes.

Only fields that differ are sent; the schedule and the attributes as a whole, because the NAS replaces them
(truenas-api/tasks.md §7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..credential.stored import StoredCredential as Credential
from ..engine.change import CREATED, DELETED, NONE, UPDATED, Change
from ..errors import InvalidInput, NotFound, Problem
from ..fields.kinds import MASK, MASK_DESIRED, MASK_STORED, UNKNOWN
from ..versions import FIRST_VERSION
from . import warnings
from .draft import Draft, draft
from .facts import Facts
from .fields import to_wire
from .hazards import Task
from .problems import problems, sharing
from .spec import DesiredTask
from .stored import StoredTask, document
from .task_type import TaskType


@dataclass(frozen=True)
class Plan(Change):
    """The change to one task.

    `credential` is that of the task after the change, `outcome` the desired task, masked. `hidden` has the texts that output must
    not contain. `kept` names the declared secrets that keep their stored value. `timeout` is the limit of the write in seconds.
    """

    credential: Credential | None = field(default=None, repr=False)
    outcome: Mapping[str, Any] = field(default_factory=dict)
    hidden: tuple[str, ...] = field(default=(), repr=False)
    kept: tuple[str, ...] = ()
    timeout: float | None = None


def make(kind: TaskType, desired: DesiredTask, stored: Sequence[StoredTask], facts: Facts) -> Plan:
    """Return the plan. Raises InvalidInput, NotFound, or NotPermitted for a state that cannot be reached, in check mode too."""
    current = kind.naming.subject(desired, stored)
    if desired.is_absent:
        return _delete(kind, desired, current, stored)
    if current is None and (desired.id is not None or not (desired.declared or desired.credential)):
        raise _not_found(kind, desired, stored)
    made = draft(kind, desired, current, facts)
    shared = [*sharing(made)]
    hazards = [*kind.hazards(made.task), *shared]
    if found := [*problems(made, hazards)]:
        raise InvalidInput(dict.fromkeys(found))
    question = kind.naming.did_you_mean(stored, desired.final_name) if current is None else ""
    return _plan(made, dict.fromkeys(warnings.of_write(made, question, hazards, shared)))


def candidate(kind: TaskType, desired: DesiredTask, stored: Sequence[StoredTask], facts: Facts) -> Task:
    """Return the complete task after the change. Raises the errors of `make` that concern the stored task or the credential."""
    return draft(kind, desired, kind.naming.subject(desired, stored), facts).task


def _not_found(kind: TaskType, desired: DesiredTask, stored: Sequence[StoredTask]) -> NotFound:
    if desired.id is not None:
        return NotFound(f"The NAS has no {kind.naming.noun} with id {desired.id}. Correct the id, or remove it.")
    question = (
        kind.naming.did_you_mean(stored, desired.name) or "Check the description, or set the options of the task."
    )
    either = f" Neither is {desired.new_name!r}." if desired.new_name else ""
    return NotFound(f"{kind.naming.noun.capitalize()} {desired.name!r} not found.{either} {question}")


def _delete(kind: TaskType, desired: DesiredTask, current: StoredTask | None, stored: Sequence[StoredTask]) -> Plan:
    if current is None:
        question = kind.naming.did_you_mean(stored, desired.name)
        noun = kind.naming.noun.capitalize()
        hints = (f"{noun} {desired.name!r} not found. {question}",) if question else ()
        return Plan(action=NONE, name=desired.name, warnings=hints)
    if desired.id is not None and current.name != desired.name:
        reason = f"is {desired.name!r}, but the {kind.naming.noun} with id {desired.id} is {current.name!r}"
        raise InvalidInput([Problem("description", reason, "Correct the description or the id.")])
    return Plan(
        action=DELETED,
        name=current.name,
        id=current.id,
        before=document(kind.fields, current.name, current.credential, current.values),
        credential=current.credential,
        warnings=tuple(warnings.of_delete(current)),
    )


def _plan(made: Draft, notes: Mapping[str, None]) -> Plan:
    current, fields, name = made.current, made.kind.fields, made.desired.final_name
    before = document(fields, current.name, current.credential, current.values, made.unknown) if current else {}
    values = {option: value for option, value in made.values.items() if option not in made.lacking}
    values |= dict.fromkeys(made.uncertain & values.keys())
    after = document(fields, name, made.credential, values, made.unknown)
    outcome = {**after, "id": current.id if current else None, "locked": bool(current and current.locked)}
    for option in made.changed:
        if option in fields and fields[option].secret and before.get(option) == after[option] == MASK:
            before[option], after[option] = MASK_STORED, MASK_DESIRED
    return Plan(
        action=CREATED if made.is_created else UPDATED if made.changed else NONE,
        name=name,
        id=current.id if current else None,
        payload=_payload(made),
        changed_fields=tuple(sorted(made.changed)),
        unknown=tuple(sorted(made.unknown)),
        before=before,
        after=after,
        warnings=(*notes,),
        credential=made.credential,
        outcome=outcome,
        hidden=tuple(_hidden(made)),
        kept=tuple(sorted(made.kept & made.desired.declared.keys())),
        timeout=made.desired.timeout,
    )


def _payload(made: Draft) -> dict[str, Any]:
    """Return the parameters of the write, without fields that the NAS does not have."""
    fields, spoken = made.kind.fields, made.facts.spoken or FIRST_VERSION
    if made.facts.is_core:
        # CORE stores attributes that it does not know, and writes them to the file of rclone.
        fields = {name: one for name, one in fields.items() if one.on_core}
    unsendable = made.current.unsendable if made.current and made.changed else frozenset[str]()
    names = [
        name
        for name in (*made.changed, *sorted(unsendable - {*made.changed}))
        if name in fields and (fields[name].since <= spoken or made.values[name] != fields[name].default)
    ]
    payload = to_wire(fields, made.values, names)
    if "description" in made.changed:
        payload["description"] = made.desired.final_name
    if "credential" in made.changed and made.credential:
        payload["credentials"] = made.credential.id
        if made.current and made.current.provider is not made.provider:
            # The NAS refuses stored attributes that the new provider does not take.
            payload |= to_wire(fields, made.values, ["folder"])
    return payload


def _hidden(made: Draft) -> Iterator[str]:
    """Yield the texts that output must not contain: those of the task, declared and stored, and of its credentials."""
    current = made.current
    for name, entry in made.kind.fields.items():
        for values in (made.values, current.values if current else {}):
            if entry.secret and values.get(name) not in (None, "", MASK, UNKNOWN):
                yield values[name]
    for credential in (made.credential, current.credential if current else None):
        if credential:
            yield from credential.secrets
