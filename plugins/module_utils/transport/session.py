# SPDX-License-Identifier: GPL-3.0-or-later
"""A logged-in session with one NAS: calls go out, results come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

from ..errors import AuthenticationError, ServerError, TimedOut, TrueNASError
from ..protocol.jsonrpc import Reply, RpcConnection
from ..protocol.login import FULL_ADMIN, Account, Conversation, log_in

MOST_CALLS_AT_ONCE = 10
"""Calls that the server runs at once for a session; it queues ten more and refuses the rest (truenas-api/wire.md §1)."""


@dataclass(frozen=True)
class Call:
    """A method, its parameters, and the seconds that it may take (None: the session's own limit)."""

    method: str
    params: tuple[Any, ...] = ()
    timeout: float | None = None


def unwrap(answer: Any) -> Any:
    """Return the result of a call, or raise the exception that stands in its place."""
    if isinstance(answer, TrueNASError):
        raise answer
    return answer


class Wire(Protocol):
    """What a session needs of a connection; `Channel` is one."""

    def send(self, text: str) -> None:
        """Send one message."""

    def receive(self, deadline: float) -> str:
        """Return the next message, or raise TimedOut."""

    def binding(self) -> bytes | None:
        """Return what a login can be bound to: a hash of the server's certificate, or None without TLS."""

    def close(self) -> None:
        """Close the connection."""


class Caller(Protocol):
    """What is needed of a session; `transport.session.Session` is one."""

    @property
    def roles(self) -> frozenset[str] | None:
        """The roles of the account, or None if they are not known."""

    broken: bool
    """Whether the connection was lost."""

    def may(self, role: str) -> bool:
        """Tell whether the account has the role."""

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Return the result of one call, or raise."""

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield place and result or exception of calls that are in flight together."""

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results or exceptions of calls that are in flight together."""


class Session:
    """One login. `timeout` is in seconds and bounds each call; use it as a context manager."""

    def __init__(self, wire: Wire, account: Account, timeout: float) -> None:
        self._wire = wire
        self._timeout = timeout
        self._dialogue = RpcConnection()
        self.broken = False
        """Whether the connection was lost, so that every further call would fail."""
        try:
            self._roles = self._hold(log_in(account, wire.binding))
        except BaseException:
            wire.close()
            raise
        self._dialogue.logged_in = True

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()

    @property
    def roles(self) -> frozenset[str] | None:
        """The roles of the account, or None if the NAS does not tell them."""
        return self._roles

    def may(self, role: str) -> bool:
        """Tell whether the account has the role; an account whose roles the NAS does not tell is given the benefit."""
        return self._roles is None or not self._roles.isdisjoint({role, FULL_ADMIN})

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Return the result of one call. Raises what the error tree has for its failure."""
        [outcome] = self.call_all([Call(method, params, timeout)])
        if isinstance(outcome, TrueNASError):
            raise outcome
        return outcome

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results of independent calls, in their order; a call that failed gives its exception.

        Raises ConnectionLost, or what the server's close code means.
        """
        outcomes = dict(self.each(calls))
        return [outcomes[place] for place in range(len(calls))]

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield the place of a call and its result or exception, in the order in which the replies come.

        As many are in flight together as the server runs; one that takes too long is given up and holds up no other.
        """
        waiting = list(enumerate(calls))
        places: dict[int, int] = {}
        deadlines: dict[int, float] = {}
        while waiting or places:
            while waiting and len(places) < MOST_CALLS_AT_ONCE:
                place, call = waiting.pop(0)
                number, message = self._dialogue.request(call.method, *call.params)
                self._send(message)
                places[number] = place
                deadlines[number] = time.monotonic() + (self._timeout if call.timeout is None else call.timeout)
            try:
                reply = self._read(min(deadlines.values()))
            except TimedOut as late:
                number = min(deadlines, key=deadlines.__getitem__)
                del deadlines[number]
                yield places.pop(number), late
                continue
            # A reply may belong to a call that nobody waits for any more, because its time was up.
            if reply is not None and reply.id in places:
                del deadlines[reply.id]
                yield places.pop(reply.id), reply.error or reply.result

    def _hold(self, conversation: Conversation) -> frozenset[str] | None:
        """Carry out the calls of a login one by one, and return what it returns."""
        reply: Callable[[Any], tuple[Any, ...]] = conversation.send
        outcome: Any = None
        try:
            while True:
                method, *params = reply(outcome)
                try:
                    reply, outcome = conversation.send, self.call(method, *params)
                except (ServerError, AuthenticationError) as error:
                    reply, outcome = conversation.throw, error
        except StopIteration as done:
            roles: frozenset[str] | None = done.value
            return roles

    def _send(self, message: str) -> None:
        try:
            self._wire.send(message)
        except TrueNASError:
            self.broken = True
            raise

    def _read(self, deadline: float) -> Reply | None:
        text = self._receive(deadline)
        try:
            return self._dialogue.receive(text)
        except TrueNASError:
            # Nobody knows which call this was to answer.
            self.broken = True
            raise

    def _receive(self, deadline: float) -> str:
        try:
            return self._wire.receive(deadline)
        except TimedOut:
            raise
        except TrueNASError:
            self.broken = True
            raise
