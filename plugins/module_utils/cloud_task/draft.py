# SPDX-License-Identifier: GPL-3.0-or-later
"""A task as it is after a change: its complete values, and the fields that differ from the stored ones. Pure."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..credential.stored import CREDENTIALS
from ..credential.stored import StoredCredential as Credential
from ..errors import InvalidInput, NotPermitted, Problem
from ..fields.kinds import MASK
from ..providers import Provider
from .facts import Facts
from .fields import Field
from .hazards import Task
from .spec import DesiredTask
from .stored import StoredTask
from .task_type import TaskType


@dataclass(frozen=True)
class Draft:
    """The desired task, completed with stored values and defaults.

    `changed` has the options that differ, `unknown` those that the NAS hides, `kept` the secrets that keep their stored value.
    An option that is equal by meaning has the stored value.
    """

    kind: TaskType
    desired: DesiredTask
    current: StoredTask | None
    facts: Facts
    credential: Credential | None = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    kept: frozenset[str] = frozenset()
    changed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def provider(self) -> type[Provider] | None:
        """The provider of the credential, or None if it is pending, hidden, or not supported."""
        return self.credential.provider if self.credential else None

    @functools.cached_property
    def task(self) -> Task:
        """The complete task."""
        return Task(self.values, self.provider, self.credential.values if self.credential else {})

    @property
    def is_pending(self) -> bool:
        """Whether the credential does not exist yet, and nothing is known of its provider."""
        return self.credential is not None and self.credential.id < 0 and self.provider is None

    @property
    def is_created(self) -> bool:
        """Whether the task does not exist yet."""
        return self.current is None

    @property
    def is_written(self) -> bool:
        """Whether the change requires a write."""
        return self.is_created or bool(self.changed)

    @property
    def sends_attributes(self) -> bool:
        """Whether the write contains the attributes of the provider."""
        unsendable = self.current.unsendable if self.current and self.changed else frozenset[str]()
        return any(
            name in self.kind.fields and self.kind.fields[name].attribute for name in (*self.changed, *unsendable)
        )

    @functools.cached_property
    def computed(self) -> frozenset[str]:
        """The attributes that the NAS computes, whatever a request contains."""
        return self.provider.computed_attributes(self.task.login) if self.provider else frozenset()

    @property
    def uncertain(self) -> frozenset[str]:
        """The computed attributes whose value nobody knows before the write: those of another bucket or credential."""
        return self.computed if {"bucket", "credential"} & {*self.changed} else frozenset()

    @functools.cached_property
    def lacking(self) -> frozenset[str]:
        """The fields that this NAS does not have. Their values are the defaults, or a problem."""
        spoken = self.facts.spoken

        def lacks(entry: Field) -> bool:
            if self.current:
                return entry.name not in self.current.values
            return (self.facts.is_core and not entry.on_core) or (spoken is not None and entry.since > spoken)

        # What is read of a task has all attributes of its provider.
        own = (entry for entry in self.kind.fields.values() if not entry.attribute)
        return frozenset(entry.name for entry in own if lacks(entry) and self.values.get(entry.name) == entry.default)

    @property
    def required(self) -> list[str]:
        """The options without a default."""
        needs_bucket = self.provider is not None and self.provider.has_buckets
        return [
            name for name, entry in self.kind.fields.items() if entry.required and (name != "bucket" or needs_bucket)
        ]


def draft(kind: TaskType, desired: DesiredTask, current: StoredTask | None, facts: Facts) -> Draft:
    """Return the draft. Raises InvalidInput or NotPermitted if the credential cannot be found."""
    credential = _credential(desired, current, facts)
    stored = _kept_values(kind, desired, current, credential)
    kept = frozenset(
        name
        for name, entry in kind.fields.items()
        if entry.secret and desired.update_secret == "on_create" and stored.get(name)  # noqa: S105 - the name of a choice, not a secret
    )
    declared = {name: value for name, value in desired.declared.items() if name not in kept}
    provider = credential.provider if credential else None
    values = {**defaults(kind, provider), **stored, **declared}
    return _compared(Draft(kind, desired, current, facts, credential, values, kept))


def defaults(kind: TaskType, provider: type[Provider] | None) -> dict[str, Any]:
    """Return the values that the NAS stores for fields that a request leaves out."""
    own = provider.task_attributes if provider else {}
    common = {name: one.default for name, one in kind.fields.items() if not (one.required or one.attribute)}
    return {**common, **own}


def _credential(desired: DesiredTask, current: StoredTask | None, facts: Facts) -> Credential | None:
    """Return the credential after the change, or None if it is unknown. Raises InvalidInput or NotPermitted."""
    name = desired.credential
    if name is None or (current and current.credential and current.credential.name == name):
        return current.credential if current else None
    if facts.credentials is None:
        raise NotPermitted(
            f"This account cannot list the credentials of the NAS, so the ID of {name!r} is unknown. Give the account the role "
            "CLOUD_SYNC_READ."
        )
    found = CREDENTIALS.find(facts.credentials, name, "credential")
    if found:
        return found
    question = CREDENTIALS.did_you_mean(facts.credentials, name)
    remedy = "Create it with cloud_credential first. In check mode, pass it on in pending_credentials."
    raise InvalidInput([Problem("credential", f"{name!r} not found", f"{question} {remedy}".strip())])


def _kept_values(
    kind: TaskType, desired: DesiredTask, current: StoredTask | None, credential: Credential | None
) -> dict[str, Any]:
    """Return the stored values that stay unless they are declared.

    Attributes belong to their provider. If undeclared fields get their defaults, only fields without a default stay.
    """
    if current is None:
        return {}
    before, after = (one.wire_type if one else "" for one in (current.credential, credential))
    return {
        name: value
        for name, value in current.values.items()
        if (before == after or not kind.fields[name].attribute)
        and (desired.undeclared == "keep" or kind.fields[name].required or kind.fields[name].fixed)
    }


def _compared(made: Draft) -> Draft:
    """Return the draft with the differences from the stored task."""
    current = made.current
    if current is None:
        declared = [name for name in made.values if name in made.desired.declared or name in made.required]
        return replace(made, changed=("description", "credential", *declared))
    changed = ["description"] if current.name != made.desired.final_name else []
    if (made.credential.id if made.credential else None) != (current.credential.id if current.credential else None):
        changed.append("credential")
    unknown = [name for name in made.values if _is_hidden(made, name, current.values)]
    changed += [name for name in made.values if name not in unknown and _differs(made, name, current.values)]
    same = {name: current.values[name] for name in made.values if name in current.values and name not in changed}
    return replace(made, changed=tuple(changed), unknown=tuple(unknown), values={**made.values, **same})


def _is_hidden(made: Draft, name: str, stored: Mapping[str, Any]) -> bool:
    """Return whether the NAS hides a value to compare. For an account with the role, eight asterisks are the value itself."""
    is_masked = made.kind.fields[name].secret and not made.facts.may_write and stored.get(name) == MASK
    return is_masked and made.values[name] is not stored[name]


def _differs(made: Draft, name: str, stored: Mapping[str, Any]) -> bool:
    value = made.values[name]
    if name not in stored:
        # The NAS does not have the field, or the credential gets another provider.
        return bool(value != defaults(made.kind, made.provider).get(name))
    if value is stored[name] or name in made.computed:
        return False
    if name == "folder" and stored[name] is not None:
        in_bucket = made.provider.has_buckets if made.provider else bool(made.values.get("bucket"))
        return not made.kind.same_folder(stored[name], value, in_bucket)
    return not made.kind.fields[name].same(stored[name], value)
