# SPDX-License-Identifier: GPL-3.0-or-later
"""The stored objects of one kind on one NAS: read once, and updated by each write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic

from ..errors import ConnectionLost, ServerFault, TrueNASError, Unreachable
from ..nas.client import Nas
from ..redaction.texts import redact_text
from ..transport.session import Call, Caller
from .change import DELETED
from .kind import C, D, Kind
from .names import E


def rows(answer: Any, noun: str) -> list[dict[str, Any]]:
    """Return the answer if it is a list of mappings. Raises ServerFault if not."""
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise ServerFault(f"The NAS did not answer with a list of {noun}.")
    return answer


def store_of(kind: Kind[D, E, C], nas: Nas) -> Store[D, E, C]:
    """Return the stored objects of a kind; a NAS has one store for each kind, also if kinds share a service."""
    return nas.cache(kind, lambda: Store(kind, lambda: nas.session, nas.written))


class Store(Generic[D, E, C]):
    """The objects of one kind.

    `session` returns the current session. `written` is called after each write with the store, and with False if the stored
    state is uncertain.
    """

    def __init__(
        self, kind: Kind[D, E, C], session: Callable[[], Caller], written: Callable[[Store[D, E, C], bool], None]
    ) -> None:
        self._kind = kind
        self._session = session
        self._report_write = written
        self._entries: dict[int, E] | None = None

    @property
    def service(self) -> str:
        """The service that has the objects."""
        return self._kind.service

    def clear(self) -> None:
        """Clear the cache; the next read queries the NAS."""
        self._entries = None

    def entries(self) -> list[E]:
        """Return every entry of the service, including entries of other kinds that share its names."""
        if self._entries is None:
            answer = self._session().call(f"{self._kind.service}.query")
            read = [self._kind.read(row) for row in rows(answer, self._kind.naming.plural)]
            self._entries = {entry.id: entry for entry in read}
        return [*self._entries.values()]

    def ids_by_name(self, names: Collection[str]) -> dict[str, list[int]]:
        """Return the current IDs of each of these names, read from the NAS and not from the cache."""
        field = self._kind.naming.field
        only = [[field, "in", sorted(names)]], {"select": ["id", field]}
        ids: dict[str, list[int]] = {}
        for row in rows(self._session().call(f"{self._kind.service}.query", *only), self._kind.naming.plural):
            ids.setdefault(row[field], []).append(row["id"])
        return ids

    def write(self, changes: Sequence[C]) -> list[E | TrueNASError | None]:
        """Write independent changes at the same time.

        Returns for each change the stored object, None after a delete, or the error.
        """
        outcomes: dict[int, Any] = {}
        lost: TrueNASError | None = None
        calls: list[Call] = [self._kind.call(change) for change in changes]
        try:
            for index, outcome in self._session().each(calls):
                outcomes[index] = outcome
        except TrueNASError as error:
            # An error that ends the session, for example an invalid reply, makes the open writes uncertain.
            lost = error if isinstance(error, Unreachable) else ConnectionLost(str(error))
        return [self._written(change, outcomes.get(index, lost)) for index, change in enumerate(changes)]

    def _written(self, change: C, outcome: Any) -> E | TrueNASError | None:
        self._report_write(self, not isinstance(outcome, TrueNASError))
        if isinstance(outcome, Unreachable):
            error = type(outcome)(str(outcome))
            error.note(
                "The NAS might have applied the change before the connection failed. Run the task again; it checks the "
                "current state first."
            )
            return error
        if isinstance(outcome, TrueNASError):
            hidden = [*self._kind.secrets(change)]
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
