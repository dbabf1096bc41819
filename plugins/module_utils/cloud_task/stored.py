# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored tasks, the same for both kinds, and tasks for output (truenas-api/tasks.md §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..credential.stored import StoredCredential as Credential
from ..credential.stored import read as read_credential
from ..engine.names import Entry
from ..errors import Misread
from ..fields.kinds import MASK, UNKNOWN
from ..names import identity, misnamed
from ..providers import Provider
from ..redaction.texts import redact_text
from .fields import Field, from_wire, unsendable
from .hazards import Task


@dataclass(frozen=True)
class StoredTask(Entry):
    """A stored task: its values by option, its credential, and the job of its last run, if any.

    `unsendable` has the options that each write has to contain.
    """

    values: Mapping[str, Any] = field(repr=False)
    credential: Credential | None = field(default=None, repr=False)
    locked: bool = False
    job: Mapping[str, Any] | None = field(default=None, repr=False)
    unsendable: frozenset[str] = frozenset()

    @property
    def is_pending(self) -> bool:
        """Whether the task does not exist yet, because an earlier task of check mode would create it."""
        return self.id < 0

    @property
    def provider(self) -> type[Provider] | None:
        """The provider, or None if it is not supported or the NAS hides it."""
        return self.credential.provider if self.credential else None

    @property
    def task(self) -> Task:
        """The task, to look for hazards."""
        return Task(self.values, self.provider, self.credential.values if self.credential else {})


def reader(fields: Mapping[str, Field], noun: str) -> Callable[[Any], StoredTask]:
    """Return a function that reads the row of a task. It raises Misread for anything else.

    Each row brings its whole credential, so many rows have the same one, which is read once.
    """
    known: dict[int, tuple[Mapping[str, Any], Credential]] = {}

    def credential_of(given: Mapping[str, Any]) -> Credential:
        number = given.get("id")
        if isinstance(number, int) and number in known and known[number][0] == given:
            return known[number][1]
        credential = read_credential(given)
        known[credential.id] = (given, credential)
        return credential

    def read(row: Any) -> StoredTask:
        found = identity(row, "description")
        if found is None:
            raise Misread.of(noun, misnamed(row, "description"))
        if "credentials" not in row:
            raise Misread.of(noun, "credential")
        given = row["credentials"]
        try:
            credential = credential_of(given) if isinstance(given, Mapping) else None
        except Misread:
            raise Misread.of(noun, "credential") from None
        provider = credential.provider if credential else None
        values = from_wire(fields, row, provider)
        job = row.get("job")
        return StoredTask(
            id=found[0],
            name=found[1],
            values=values,
            credential=credential,
            locked=bool(row.get("locked")),
            job=job if isinstance(job, Mapping) else None,
            unsendable=unsendable(fields, row, provider),
        )

    return read


def secrets_of(fields: Mapping[str, Field], entry: StoredTask) -> Iterator[str]:
    """Yield the secrets of a stored task and of its credential, without those that the NAS hides."""
    yield from _secrets(fields, entry.credential, entry.values)


def _secrets(fields: Mapping[str, Field], credential: Credential | None, values: Mapping[str, Any]) -> Iterator[str]:
    for name, one in fields.items():
        if one.secret and values.get(name) not in (None, "", MASK):
            yield values[name]
    if credential:
        yield from credential.secrets


def document(
    fields: Mapping[str, Field],
    name: str,
    credential: Credential | None,
    values: Mapping[str, Any],
    hidden: Iterable[str] = (),
) -> dict[str, Any]:
    """Return a task as the options of its module, secrets masked, also in scripts and arguments.

    `hidden` are fields whose value the NAS hides.
    """
    unknown = {*hidden}
    document: dict[str, Any] = {"description": name, "credential": credential.name if credential else None}
    for option, entry in fields.items():
        if option in values:
            value = values[option]
            is_masked = entry.secret and value not in (None, "")
            if entry.longest is None and value:
                value = redact_text(value, _secrets(fields, credential, values))
            document[option] = UNKNOWN if option in unknown else MASK if is_masked else value
    return document


def shown(fields: Mapping[str, Field], entry: StoredTask) -> dict[str, Any]:
    """Return a stored task for output, never with the login of its credential."""
    return {**document(fields, entry.name, entry.credential, entry.values), "id": entry.id, "locked": entry.locked}
