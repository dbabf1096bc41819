# SPDX-License-Identifier: GPL-3.0-or-later
"""A logged-in session with one NAS: it sends calls and returns their results."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Protocol

from ..errors import AuthenticationError, ServerError, SessionEnded, TimedOut, TrueNASError
from ..protocol.dialect import JSON_RPC, Dialect
from ..protocol.jsonrpc import UNSUBSCRIBED, Event, Reply
from ..protocol.login import FULL_ADMIN, SLOWEST_ANSWER, Account, Conversation
from .calls import Call, Calls, NotSent, unwrap

MAX_CONCURRENT_CALLS = 10
"""Calls that the server runs at the same time for a session. It queues ten more and refuses the rest (truenas-api/wire.md §1)."""


class Wire(Protocol):
    """The methods of a connection that a session uses; `Channel` has them."""

    def send(self, text: str) -> None:
        """Send one message."""

    def receive(self, deadline: float) -> str:
        """Return the next message. Raises TimedOut at the deadline."""

    def binding(self) -> bytes | None:
        """Return the hash of the server's certificate to bind a login to, or None without TLS."""

    def trust(self) -> None:
        """Accept long messages: the login has succeeded."""

    def abandon(self, request_id: int) -> None:
        """Stop waiting for the reply to the request with this ID."""

    def answers(self) -> bool:
        """Return whether the NAS still answers; asked after a call without a reply."""

    def close(self) -> None:
        """Close the connection."""


class Session(Calls):
    """One login, as a context manager. `timeout` is the limit of each call in seconds.

    Logs in as `account` until `log_in_by`, on the clock of `time.monotonic` (None: for the length of the timeout). If `account`
    is None, continues a login that has these `roles`, with requests from `first_id` on; with `local`, that of a local socket.
    The NAS speaks the `dialect`.
    """

    def __init__(
        self,
        wire: Wire,
        account: Account | None,
        timeout: float,
        *,
        roles: frozenset[str] | None = None,
        first_id: int = 1,
        log_in_by: float | None = None,
        dialect: Dialect = JSON_RPC,
        local: bool = False,
    ) -> None:
        self._wire = wire
        self._timeout = timeout
        self._rpc = dialect.core(first_id)
        self._roles = roles
        self._subscriptions: dict[str, str] = {}
        self._events: deque[Event] = deque()
        self.broken = False
        """Whether the connection was lost, so every further call would fail."""
        self.is_older = dialect.is_older
        self.late = False
        """Whether a call has timed out, so the connection might be dead."""
        conversation = dialect.enter() if local else dialect.log_in(account, wire.binding) if account else None
        if conversation is not None:
            try:
                self._roles = self._run_login(conversation, log_in_by)
            except BaseException:
                wire.close()
                raise
            wire.trust()
        self._rpc.logged_in = True

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wire.close()

    def close(self) -> None:
        """Close the connection, which ends the session."""
        self._wire.close()

    @property
    def wire(self) -> Wire:
        """The connection of the session, for a process that continues it."""
        return self._wire

    @property
    def roles(self) -> frozenset[str] | None:
        """The TrueNAS roles of the account, or None if the NAS does not report them."""
        return self._roles

    def may(self, role: str) -> bool:
        """Return whether the account has the role. Returns True if the NAS does not report roles."""
        return self._roles is None or not self._roles.isdisjoint({role, FULL_ADMIN})

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield the index of each call with its result or exception, in the order of the replies.

        Sends as many calls at the same time as the server runs. A call that times out does not delay the others. If the NAS
        does not answer a ping then either, the calls that were not sent yet fail, too. Raises ConnectionLost, or the error for
        the server's close code.
        """
        waiting = list(enumerate(calls))
        indexes: dict[int, int] = {}
        deadlines: dict[int, float] = {}
        is_late = False
        while waiting or indexes:
            if waiting and is_late and not self._answers():
                yield from ((index, NotSent(call.method)) for index, call in waiting)
                waiting.clear()
                continue
            is_late = False
            while waiting and len(indexes) < MAX_CONCURRENT_CALLS:
                index, call = waiting.pop(0)
                request_id, message = self._rpc.request(call.method, *call.params)
                self._send(message)
                indexes[request_id] = index
                deadlines[request_id] = time.monotonic() + (self._timeout if call.timeout is None else call.timeout)
            try:
                reply = self._read(min(deadlines.values()))
            except TimedOut as late:
                request_id = min(deadlines, key=deadlines.__getitem__)
                del deadlines[request_id]
                self._wire.abandon(request_id)
                is_late = self.late = True
                yield indexes.pop(request_id), late
                continue
            # The reply might belong to a call that has timed out.
            if isinstance(reply, Reply) and reply.id in indexes:
                if isinstance(reply.error, SessionEnded):
                    self.broken = True
                    unwrap(reply.error)
                del deadlines[reply.id]
                yield indexes.pop(reply.id), reply.error or reply.result

    def subscribe(self, collection: str) -> None:
        """Receive the events of a collection from now on, if the session does not receive them yet.

        Events that arrive during calls are kept for `next_event`. Raises the errors of a call (truenas-api/wire.md §6).
        """
        if collection not in self._subscriptions:
            self._subscriptions[collection] = ""
            try:
                self._subscriptions[collection] = str(self.call("core.subscribe", collection))
            except BaseException:
                del self._subscriptions[collection]
                raise

    def unsubscribe(self, collection: str) -> None:
        """Stop receiving the events of a collection, and drop those that were not read. Raises the errors of a call."""
        name = self._subscriptions.pop(collection, None)
        self._events = deque(event for event in self._events if event.collection != collection)
        if name is None or self.broken or self.late:
            return
        if self._rpc.answers_unsubscribe:
            self.call("core.unsubscribe", name)
        else:
            self._send(self._rpc.request("core.unsubscribe", name)[1])

    def next_event(self, deadline: float) -> Event:
        """Return the next event of the subscribed collections, in their order.

        Raises TimedOut at the `deadline`, on the clock of `time.monotonic`, or ConnectionLost.
        """
        while not self._events:
            self._read(deadline)
        return self._events.popleft()

    def _run_login(self, conversation: Conversation, by: float | None) -> frozenset[str] | None:
        """Run the login generator and return its result."""
        reply: Callable[[Any], tuple[Any, ...]] = conversation.send
        outcome: Any = None
        begun = time.monotonic()
        deadline = max(begun + self._timeout if by is None else by, begun + SLOWEST_ANSWER)
        try:
            while True:
                method, *params = reply(outcome)
                try:
                    limit = max(deadline - time.monotonic(), 1)
                    reply, outcome = conversation.send, self.call(method, *params, timeout=limit)
                except (ServerError, AuthenticationError, SessionEnded) as error:
                    reply, outcome = conversation.throw, error
        except StopIteration as done:
            roles: frozenset[str] | None = done.value
            return roles

    def _answers(self) -> bool:
        try:
            return self._wire.answers()
        except TrueNASError:
            self.broken = True
            raise

    def _send(self, message: str) -> None:
        try:
            self._wire.send(message)
        except TrueNASError:
            self.broken = True
            raise

    def _read(self, deadline: float) -> Reply | Event | None:
        """Return the next message. Keeps events of the subscribed collections: the broker passes on those of others, too."""
        text = self._receive(deadline)
        try:
            message = self._rpc.receive(text)
        except TrueNASError:
            # It is unknown which call this text answers.
            self.broken = True
            raise
        if isinstance(message, Event) and message.collection in self._subscriptions:
            self._events.append(message)
            if message.kind == UNSUBSCRIBED:
                del self._subscriptions[message.collection]
        return message

    def _receive(self, deadline: float) -> str:
        try:
            return self._wire.receive(deadline)
        except TimedOut:
            raise
        except TrueNASError:
            self.broken = True
            raise
