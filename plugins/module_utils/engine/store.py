# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored objects of one kind on one NAS: read once, and updated by each write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, TypeVar

from ..errors import ConnectionLost, ServerFault, TrueNASError, Unreachable
from ..names import identity
from ..nas.client import Nas
from ..redaction.texts import redact_text
from ..transport.calls import Call, NotSent, unwrap
from .change import DELETED
from .kind import C, D, Kind
from .names import E, place

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
    """Return every row of an answer as `read` does. Raises ServerFault, which names the rows that cannot be read."""
    found, wrong = _read_each(rows(answer, noun), read, "name")
    if wrong:
        raise unreadable(noun, wrong)
    return found


def _read_each(answer: Sequence[Any], read: Callable[[Any], T], field: str) -> tuple[list[T], list[str]]:
    """Return the rows as `read` does, and the places of those that cannot be read."""
    found, wrong = [], []
    for index, row in enumerate(answer):
        try:
            found.append(read(row))
        except ServerFault:
            wrong.append(place(index, row, field))
    return found, wrong


def unreadable(noun: str, places: Sequence[str]) -> ServerFault:
    """Return the error for rows at these places that cannot be read."""
    more = f" and {len(places) - MAX_NAMED} more" if len(places) > MAX_NAMED else ""
    return ServerFault(
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
        self._fault: ServerFault | None = None

    @property
    def service(self) -> str:
        """The service that has the objects."""
        return self._kind.service

    def clear(self) -> None:
        """Clear the cache; the next read queries the NAS."""
        self._entries = None

    def entries(self) -> list[E]:
        """Return every entry of the service, including entries of other kinds that share its names.

        Raises ServerFault if a row cannot be read, because a plan without it could be wrong.
        """
        readable, fault = self.readable()
        unwrap(fault)
        return readable

    def readable(self) -> tuple[list[E], ServerFault | None]:
        """Return every entry that can be read, and the error about the rows that cannot, if there are any."""
        if self._entries is None:
            naming = self._kind.naming
            answer = self._nas.call(f"{self._kind.service}.query")
            read, wrong = _read_each(rows(answer, naming.plural), self._kind.read, naming.field)
            self._entries = {entry.id: entry for entry in read}
            self._nas.known_secrets.update(text for entry in read for text in self._kind.stored_secrets(entry))
            self._fault = unreadable(naming.plural, wrong) if wrong else None
        return [*self._entries.values()], self._fault

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
