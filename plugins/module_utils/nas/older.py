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
from ..transport.calls import Call, Caller, Calls
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


class OlderSession(Calls):
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

    @property
    def late(self) -> bool:
        """Whether a call has timed out, so the connection might be dead."""
        return self._session.late

    @late.setter
    def late(self, value: bool) -> None:
        self._session.late = value

    def may(self, role: str) -> bool:
        """Return True, because the NAS does not report roles, and refuses calls without a right."""
        return self._session.may(role)

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield index and result or exception of calls, sent at the same time; what has to be read back comes last."""
        exchanges: dict[int, _Exchange] = {}
        for index, call in enumerate(calls):
            try:
                exchanges[index] = _exchange(call)
            except TrueNASError as refused:
                # Nothing is sent.
                yield index, refused
        indexes = [*exchanges]
        partial: dict[str, dict[int, Any]] = {}
        for order, answer in self._session.each([exchanges[index].call for index in indexes]):
            index = indexes[order]
            number = _incomplete(calls[index], answer)
            if number is None:
                yield index, _outcome(exchanges[index], answer)
            else:
                service = calls[index].method.rpartition(".")[0]
                partial.setdefault(f"{service}.query", {})[index] = number
        for query, numbers in partial.items():
            yield from self._read_back(query, numbers)

    def _read_back(self, query: str, numbers: Mapping[int, Any]) -> Iterator[tuple[int, Any]]:
        """Yield the stored object, or an exception, for each call that wrote the object of that ID."""
        [answer] = self.call_all([Call(query)])
        rows = {row.get("id"): row for row in answer if isinstance(row, Mapping)} if isinstance(answer, list) else {}
        for index, number in numbers.items():
            yield (
                index,
                answer if isinstance(answer, TrueNASError) else rows.get(number, NotFound(_GONE.format(number))),
            )

    def subscribe(self, collection: str) -> None:
        """Receive the events of a collection from now on."""
        self._session.subscribe(collection)

    def unsubscribe(self, collection: str) -> None:
        """Stop receiving the events of a collection."""
        self._session.unsubscribe(collection)

    def close(self) -> None:
        """Close the connection, which ends the session."""
        self._session.close()

    def next_event(self, deadline: float) -> Event:
        """Return the next event of the subscribed collections. Raises TimedOut at the deadline."""
        return self._session.next_event(deadline)


_GONE = "The object {} was deleted while it was written."


def _incomplete(call: Call, answer: Any) -> Any:
    """Return the ID of the object if the answer to a write has only parts of it, else None."""
    if isinstance(answer, TrueNASError):
        return None
    if call.method == UPDATE:
        return call.params[0]
    # CORE answers a create of a task with the ID of its credential.
    if call.method in ("cloudsync.create", "cloudsync.update") and isinstance(answer, Mapping):
        return None if isinstance(answer.get("credentials"), Mapping) else answer.get("id")
    return None


def _exchange(call: Call) -> _Exchange:
    """Return how a call is made on an older NAS. Raises InvalidInput if it cannot be."""
    method, params = call.method, call.params
    if method == VERSION:
        return _Exchange(_same(call, "cloudsync.providers"), flat.version_of)
    if method == JOBS and params and _is_by_id(params[0]):
        return _Exchange(call)
    if method in QUERIES:
        return _Exchange(_same(call, method), lambda answer: flat.matching(_nested_rows(answer), *params))
    if method in (f"{CREDENTIALS}.create", UPDATE):
        payload = flat.flat(params[-1])
        return _Exchange(_same(call, method, *params[:-1], payload), flat.nested, _wire_type(payload))
    if method == f"{CREDENTIALS}.verify":
        payload = flat.flat({"provider": params[0]})
        return _Exchange(_same(call, method, payload), wire_type=_wire_type(payload))
    return _Exchange(call, _nested_task)


def _is_by_id(filters: Any) -> bool:
    """Return whether the NAS can filter jobs itself: all of them would be many."""
    return isinstance(filters, list) and len(filters) == 1 and list(filters[0][:2]) == ["id", "="]


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
