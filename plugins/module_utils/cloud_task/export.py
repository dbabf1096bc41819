# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of stored tasks to the options that a playbook declares, with a variable for each secret. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..arguments import CLOUD_TASK_UPDATE
from ..credential.export import free_variable
from ..errors import InvalidInput, Problem
from ..redaction.texts import redact_text
from . import spec
from .fields import Field
from .stored import StoredTask, secrets_of
from .task_type import TaskType


def export(
    kind: TaskType, stored: Iterable[StoredTask], host: str, secrets: dict[str, Any]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the declarations with which a NAS that stores exactly these tasks is in sync, and warnings.

    Adds the secrets to `secrets`, by the name of their variable. Leaves out attributes that the NAS computes. A task that has no
    description, or whose credential the NAS does not return, is omitted, with a warning.
    """
    shown: list[dict[str, Any]] = []
    warnings: list[str] = []
    ordered = sorted(stored, key=lambda entry: (entry.name, entry.id))
    times = Counter(entry.name for entry in ordered)
    for entry in ordered:
        if not entry.name or entry.credential is None:
            lacking = "description" if not entry.name else "credential"
            warnings.append(f"Omitted the {kind.naming.noun} with id {entry.id}, because it has no {lacking}.")
            continue
        item: dict[str, Any] = {"description": entry.name}
        if times[entry.name] > 1:
            item["id"] = entry.id
            warnings.append(
                f"{times[entry.name]} {kind.naming.plural} are named {entry.name!r}, so each is declared with its ID, "
                "which is valid only on this NAS."
            )
        warnings += (
            f"{entry.name!r} is stored with a value that a task cannot declare: {one}" for one in _problems(kind, entry)
        )
        known = [*secrets_of(kind.fields, entry)]
        item["credential"] = entry.credential.name
        for name, value in _values(kind, entry).items():
            item[name] = value
            if _is_secret(kind.fields[name], value, known):
                item[name] = free_variable(secrets, entry.id, host, entry.name, name)
                secrets[str(item[name])] = value
        shown.append(item)
    return shown, warnings


def _values(kind: TaskType, entry: StoredTask) -> dict[str, Any]:
    """Return the values to declare: neither null, which means not declared to Ansible, nor computed by the NAS."""
    provider, login = entry.task.provider, entry.task.login
    computed = provider.computed_attributes(login) if provider else frozenset()
    return {
        name: entry.values[name]
        for name in kind.fields
        if name in entry.values and entry.values[name] is not None and name not in computed
    }


def _is_secret(field: Field, value: Any, known: Iterable[str]) -> bool:
    """Return whether a value is a secret, or a text such as a script that contains one."""
    return bool(value) and (field.secret or (isinstance(value, str) and redact_text(value, known) != value))


def _problems(kind: TaskType, entry: StoredTask) -> Iterator[Problem]:
    """Yield a problem for each stored value that a task refuses."""
    update: Mapping[str, Any] = {name: argument["default"] for name, argument in CLOUD_TASK_UPDATE.items()}
    found = [hazard.problem() for hazard in kind.hazards(entry.task) if hazard.refused]
    try:
        spec.read(kind, {**update, **_values(kind, entry), "description": entry.name, "state": "present"})
    except InvalidInput as error:
        found += error.problems
    yield from dict.fromkeys(found)
