# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a NAS before 25.04 that takes the calls of the newer ones (truenas-api/older.md §2).

It converts credentials, reads what an update leaves out of its answer, and selects rows itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidField, NotFound, ServerFault, TrueNASError
from ..protocol.faults import METHOD_NOT_FOUND
from ..protocol.jobs import JOBS
from ..protocol.jsonrpc import Event
from ..transport.session import Call, Caller, unwrap
from . import flat

CREDENTIALS = "cloudsync.credentials"
QUERY, UPDATE = f"{CREDENTIALS}.query", f"{CREDENTIALS}.update"
BACKUPS = "cloud_backup.query"
VERSION = "system.version_short"
QUERIES = (QUERY, "cloudsync.query", BACKUPS, "keychaincredential.query", JOBS)


@dataclass(frozen=True)
class _Exchange:
    """A call as the NAS takes it, and a function from its answer to that of a newer NAS."""

    call: Call
    read: Callable[[Any], Any] = lambda answer: answer
    wire_type: str = ""


def fitting(session: Caller) -> Caller:
    """Return the session itself, or for a NAS before 25.04 one that takes the same calls."""
    return OlderSession(session) if session.is_older else session


class OlderSession:
    """A session with an older NAS. Its methods are those of `Caller`."""

    is_older = True

    def __init__(self, session: Caller) -> None:
        self._session = session

    @property
    def roles(self) -> frozenset[str] | None:
        """None: these systems do not report roles."""
        return self._session.roles

    @property
    def broken(self) -> bool:
        """Whether the connection was lost."""
        return self._session.broken

    @broken.setter
    def broken(self, value: bool) -> None:
        self._session.broken = value

    def may(self, role: str) -> bool:
        """Return whether the account has the role, or True: the NAS refuses what the account may not."""
        return self._session.may(role)

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Return the result of one call. Raises its error."""
        [answer] = self.call_all([Call(method, params, timeout)])
        return unwrap(answer)

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results or exceptions of calls, sent at the same time."""
        outcomes = dict(self.each(calls))
        return [outcomes[index] for index in range(len(calls))]

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield index and result or exception of calls, sent at the same time; updates come last, after they are read back."""
        exchanges: dict[int, _Exchange] = {}
        for index, call in enumerate(calls):
            try:
                exchanges[index] = _exchange(call)
            except TrueNASError as refused:
                # Nothing is sent.
                yield index, refused
        indexes = [*exchanges]
        updated: list[int] = []
        for order, answer in self._session.each([exchanges[index].call for index in indexes]):
            index = indexes[order]
            if calls[index].method == UPDATE and not isinstance(answer, TrueNASError):
                updated.append(index)
            else:
                yield index, _outcome(exchanges[index], answer)
        if updated:
            stored = self._stored()
            for index in updated:
                number = calls[index].params[0]
                yield (
                    index,
                    stored if isinstance(stored, TrueNASError) else stored.get(number, NotFound(_GONE.format(number))),
                )

    def _stored(self) -> dict[Any, Any] | TrueNASError:
        """Return every credential by ID, or the error."""
        try:
            answer = self.call(QUERY)
        except TrueNASError as error:
            return error
        return {row.get("id"): row for row in answer if isinstance(row, Mapping)} if isinstance(answer, list) else {}

    def subscribe(self, collection: str) -> None:
        """Receive the events of a collection from now on."""
        self._session.subscribe(collection)

    def unsubscribe(self, collection: str) -> None:
        """Stop receiving the events of a collection."""
        self._session.unsubscribe(collection)

    def next_event(self, deadline: float) -> Event:
        """Return the next event of the subscribed collections. Raises TimedOut at the deadline."""
        return self._session.next_event(deadline)


_GONE = "The credential {} was deleted while it was updated."


def _exchange(call: Call) -> _Exchange:
    """Return how a call is made on an older NAS. Raises InvalidInput if it cannot be."""
    method, params = call.method, call.params
    if method == VERSION:
        return _Exchange(_same(call, "cloudsync.providers"), flat.version_of)
    if method in QUERIES:
        return _Exchange(_same(call, method), lambda answer: flat.matching(_nested_rows(answer), *params))
    if method in (f"{CREDENTIALS}.create", UPDATE):
        payload = flat.flat(params[-1])
        return _Exchange(_same(call, method, *params[:-1], payload), flat.nested, _wire_type(payload))
    if method == f"{CREDENTIALS}.verify":
        payload = flat.flat({"provider": params[0]})
        return _Exchange(_same(call, method, payload), wire_type=_wire_type(payload))
    return _Exchange(call, _nested_task)


def _same(call: Call, method: str, *params: Any) -> Call:
    return Call(method, params, call.timeout)


def _wire_type(payload: Mapping[str, Any]) -> str:
    return str(payload.get("provider", ""))


def _outcome(exchange: _Exchange, answer: Any) -> Any:
    """Return the answer of a newer NAS, or the exception."""
    if isinstance(answer, ServerFault) and answer.code == METHOD_NOT_FOUND and exchange.call.method == BACKUPS:
        # CORE has no backups.
        answer = []
    if isinstance(answer, InvalidField) and exchange.wire_type:
        return flat.renamed(answer, exchange.wire_type)
    if isinstance(answer, TrueNASError):
        return answer
    try:
        return exchange.read(answer)
    except TrueNASError as error:
        return error


def _nested_rows(answer: Any) -> Any:
    return [_nested_task(flat.nested(row)) for row in answer] if isinstance(answer, list) else answer


def _nested_task(answer: Any) -> Any:
    """Return a task with its credential in the nested shape."""
    if isinstance(answer, Mapping) and isinstance(answer.get("credentials"), Mapping):
        return {**answer, "credentials": flat.nested(answer["credentials"])}
    return answer
