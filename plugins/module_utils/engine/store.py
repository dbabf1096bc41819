# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored objects of one kind on one NAS: read once, and updated by each write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..errors import ConnectionLost, Misread, NotPermitted, ServerFault, TrueNASError, Unreachable
from ..names import identity
from ..nas.client import Nas
from ..redaction.texts import redact_text
from ..transport.calls import Call, NotSent, unwrap
from .change import DELETED
from .kind import C, D, Kind
from .names import Desired, E, place

T = TypeVar("T")
MAX_NAMED = 5
"""Rows that a message about unreadable rows names."""


def rows(answer: Any, noun: str) -> list[dict[str, Any]]:
    """Return the answer if it is a list of mappings. Raises ServerFault if not."""
    if not isinstance(answer, list):
        raise ServerFault(f"The NAS did not answer with a list of {noun}.")
    if wrong := [place(index, row) for index, row in enumerate(answer) if not isinstance(row, dict)]:
        raise unreadable(noun, wrong)
    return answer


def read_all(answer: Any, noun: str, read: Callable[[Any], T]) -> list[T]:
    """Return every row of an answer as `read` does. Raises Misread, which names the rows that cannot be read."""
    found, wrong = _read_each(rows(answer, noun), read, "name")
    unwrap(_fault(noun, wrong))
    return found


@dataclass(frozen=True)
class UnreadRow:
    """A row that cannot be read: its place for messages, and the row itself. `name_field` is the field with its name."""

    place: str
    row: Mapping[str, Any] = dataclasses.field(repr=False)
    name_field: str

    @property
    def id(self) -> int | None:
        """The ID, or None if it cannot be read."""
        number = self.row.get("id")
        return number if isinstance(number, int) and not isinstance(number, bool) else None

    def can_be(self, desired: Desired) -> bool:
        """Return whether a task manages this row, or might, because nobody knows its ID or its name.

        A name of another type, such as null, differs from every name.
        """
        if desired.id is not None:
            return self.id in (None, desired.id)
        return self.name_field not in self.row or self.row[self.name_field] in (desired.name, desired.final_name)


def _read_each(
    answer: Sequence[Mapping[str, Any]], read: Callable[[Any], T], field: str
) -> tuple[list[T], list[UnreadRow]]:
    """Return the rows as `read` does, and those that cannot be read."""
    found, wrong = [], []
    for index, row in enumerate(answer):
        try:
            found.append(read(row))
        except Misread as fault:
            wrong.append(UnreadRow(f"{place(index, row, field)}, field {fault.field}", row, field))
    return found, wrong


def _fault(noun: str, wrong: Sequence[UnreadRow]) -> Misread | None:
    return unreadable(noun, [one.place for one in wrong]) if wrong else None


def unreadable(noun: str, places: Sequence[str]) -> Misread:
    """Return the error for rows at these places that cannot be read."""
    more = f" and {len(places) - MAX_NAMED} more" if len(places) > MAX_NAMED else ""
    return Misread(
        f"The list of {noun} that the NAS sent has rows that this collection cannot read: "
        f"{', '.join(places[:MAX_NAMED])}{more}. Check them in the web interface of the NAS."
    )


def store_of(kind: Kind[D, E, C], nas: Nas) -> Store[D, E, C]:
    """Return the stored objects of a kind; a NAS has one store for all kinds that read the same rows in the same way."""
    return nas.cache((kind.service, kind.read), lambda: Store(kind, nas))


class Store(Generic[D, E, C]):
    """The objects of one kind.

    It reports each write to the NAS, and whether the stored state is certain.
    """

    def __init__(self, kind: Kind[D, E, C], nas: Nas) -> None:
        self._kind = kind
        self._nas = nas
        self._entries: dict[int, E] | None = None
        self._unread: list[UnreadRow] = []
        self._refusal: NotPermitted | None = None

    @property
    def service(self) -> str:
        """The service that has the objects."""
        return self._kind.service

    def clear(self) -> None:
        """Clear the cache; the next read queries the NAS."""
        self._entries = self._refusal = None

    def entries(self) -> list[E]:
        """Return every entry of the service that can be read, including entries of other kinds that share its names.

        Whoever plans a change calls `require` first, because an unread row can be the object.
        """
        return self.readable()[0]

    def complete(self) -> list[E]:
        """Return every entry. Raises Misread if a row cannot be read."""
        entries, fault = self.readable()
        unwrap(fault)
        return entries

    def unread(self) -> list[UnreadRow]:
        """Return the rows that cannot be read."""
        self.readable()
        return [*self._unread]

    def require(self, desired: Desired) -> None:
        """Raise Misread if an unread row is or might be the object that a task manages."""
        unwrap(_fault(self._kind.naming.plural, [row for row in self.unread() if row.can_be(desired)]))

    def readable(self) -> tuple[list[E], Misread | None]:
        """Return every entry that can be read, and the error about the rows that cannot, if there are any.

        Raises NotPermitted, and then without another query, if the account cannot list the objects.
        """
        unwrap(self._refusal)
        if self._entries is None:
            naming = self._kind.naming
            try:
                answer = self._nas.call(f"{self._kind.service}.query")
            except NotPermitted as refusal:
                self._refusal = refusal
                raise
            read, self._unread = _read_each(rows(answer, naming.plural), self._kind.read, naming.field)
            self._entries = {entry.id: entry for entry in read}
            self._nas.known_secrets.update(text for entry in read for text in self._kind.stored_secrets(entry))
        return [*self._entries.values()], _fault(self._kind.naming.plural, self._unread)

    def ids_by_name(self, names: Collection[str]) -> dict[str, list[int]]:
        """Return the current IDs of each of these names, read from the NAS and not from the cache."""
        field = self._kind.naming.field
        only = [[field, "in", sorted(names)]], {"select": ["id", field]}
        ids: dict[str, list[int]] = {}
        plural = self._kind.naming.plural
        answer = rows(self._nas.call(f"{self._kind.service}.query", *only), plural)
        for index, row in enumerate(answer):
            if (found := identity(row, field)) is None:
                raise unreadable(plural, [place(index, row, field)])
            ids.setdefault(found[1], []).append(found[0])
        return ids

    def write(self, changes: Sequence[C]) -> list[E | TrueNASError | None]:
        """Write independent changes at the same time.

        Returns for each change the stored object, None after a delete, or the error.
        """
        outcomes: dict[int, Any] = {}
        lost: TrueNASError | None = None
        calls: list[Call] = [self._kind.call(change) for change in changes]
        try:
            for index, outcome in self._nas.each(calls):
                outcomes[index] = outcome
        except TrueNASError as error:
            # An error that ends the session, for example an invalid reply, makes the open writes uncertain.
            lost = error if isinstance(error, Unreachable) else ConnectionLost(str(error))
        return [self._written(change, outcomes.get(index, lost)) for index, change in enumerate(changes)]

    def _written(self, change: C, outcome: Any) -> E | TrueNASError | None:
        self._nas.written(self, not isinstance(outcome, TrueNASError))
        if isinstance(outcome, NotSent):
            return outcome
        if isinstance(outcome, Unreachable):
            error = type(outcome)(str(outcome))
            error.note(
                "The NAS might have applied the change before the connection failed. Run the task again; it checks the "
                "current state first."
            )
            return error
        if isinstance(outcome, TrueNASError):
            hidden = [*self._kind.secrets(change)]
            self._nas.known_secrets.update(hidden)
            outcome.redact(lambda text: redact_text(text, hidden))
            return self._kind.explain(outcome)
        if change.action == DELETED:
            self._forget(change)
            return None
        try:
            entry = self._kind.read(outcome)
        except ServerFault as fault:
            return self._written(change, ConnectionLost(str(fault)))
        if self._entries is not None:
            self._entries[entry.id] = entry
        return entry

    def _forget(self, change: C) -> None:
        if change.payload:
            # A delete with options, such as a cascading one, can also delete other entries.
            self.clear()
        elif self._entries is not None:
            self._entries.pop(change.id or 0, None)
