# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a NAS that logs in again if the connection is lost."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ..errors import (
    AuthenticationError,
    ConnectionLost,
    ServerFault,
    SessionEnded,
    TLSError,
    TrueNASError,
    Unreachable,
)
from ..protocol.faults import METHOD_NOT_FOUND
from ..transport.calls import Call, Caller, Calls, unwrap
from ..versions import Version

SETTLED_AFTER = 1.0
"""Seconds after which a write has finished that does not need the provider."""


class Opener(Protocol):
    """The part of a connection that opens a new session after one was lost, as `connection.Connection` does."""

    @property
    def api_version(self) -> Version | None:
        """The API version to use, or None for the newest one."""

    def open(self) -> Caller:
        """Return a new session. Raises the errors of a login."""

    @property
    def timeout(self) -> float:
        """The limit of each call of its sessions in seconds."""

    def again(self, within: float) -> Caller:
        """Return a new session within so many seconds. Raises the errors of a login."""


def _fitting(session: Caller) -> Caller:
    """Return the session itself, or for a NAS before 25.04 one that takes the same calls."""
    if not session.is_older:
        return session
    from .older import OlderSession  # noqa: PLC0415 - imports the providers, which not every module needs

    return OlderSession(session)


class LastingSession(Calls):
    """A session that an `opener` can replace. Without one, it ends with its connection."""

    def __init__(self, session: Caller, opener: Opener | None = None) -> None:
        self._session = _fitting(session)
        self._opener = opener
        self._gone: str = ""

    @property
    def session(self) -> Caller:
        """The current session."""
        return self._session

    @property
    def roles(self) -> frozenset[str] | None:
        """The TrueNAS roles of the account, or None if the NAS does not report them."""
        return self._session.roles

    def may(self, role: str) -> bool:
        """Return whether the account has the role."""
        return self._session.may(role)

    def missing_roles(self, needed: Collection[str]) -> list[str]:
        """Return the roles that the account lacks, without duplicates."""
        return [role for role in dict.fromkeys(needed) if not self.may(role)]

    @property
    def api_version(self) -> Version | None:
        """The API version to use, or None for the newest one."""
        return self._opener.api_version if self._opener else None

    @property
    def is_older(self) -> bool:
        """Whether the NAS is older than 25.04."""
        return self._session.is_older

    @property
    def broken(self) -> bool:
        """Whether the connection was lost."""
        return self._session.broken or bool(self._gone)

    def give_up(self, error: TrueNASError) -> None:
        """Fail every further call at once, because the NAS cannot be reached again. Other errors are ignored.

        One timeout and one look are enough for a NAS that has gone, however many steps a task still has.
        """
        if isinstance(error, (Unreachable, TLSError, AuthenticationError)):
            self._gone = str(error)

    def _check_presence(self) -> None:
        if self._gone:
            raise ConnectionLost(self._gone)

    def reconnect(self) -> None:
        """Log in again if the connection was lost or might be dead. Raises the errors of a login."""
        self._check_presence()
        if (self.broken or self._session.late) and self._opener is not None:
            previous, self._session = self._session, _fitting(self._opener.open())
            previous.close()

    def settle(self) -> None:
        """Wait until the NAS has finished the quick calls whose connection broke."""
        time.sleep(SETTLED_AFTER)

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield index and result or exception of independent calls, sent at the same time.

        If the connection breaks, calls that only read are repeated once with a new session, within the timeout of the first
        attempt, and so is a call that the NAS has refused because the session has ended. Raises ConnectionLost.
        """
        self._check_presence()
        began = time.monotonic()
        waiting = dict(enumerate(calls))
        try:
            for index, outcome in self._session.each(calls):
                del waiting[index]
                yield index, outcome
            return
        except ConnectionLost as lost:
            again = self._repeated([*waiting.values()], began, lost)
            if not again:
                raise
            self._open_again(lost, min(timeout for call in again if (timeout := call.timeout)))
        for order, outcome in self._session.each(again):
            yield [*waiting][order], outcome

    def _repeated(self, calls: Sequence[Call], began: float, lost: ConnectionLost) -> list[Call]:
        """Return the calls with the time that is left for them, or nothing if they cannot be repeated."""
        was_refused = isinstance(lost, SessionEnded) and len(calls) == 1
        if self._opener is None or not (was_refused or all(call.is_read for call in calls)):
            return []
        passed, usual = time.monotonic() - began, self._opener.timeout
        again = [replace(call, timeout=(usual if call.timeout is None else call.timeout) - passed) for call in calls]
        return again if all(call.timeout and call.timeout > 0 for call in again) else []

    def _open_again(self, lost: ConnectionLost, within: float) -> None:
        """Log in again. Raises the error of the lost connection, with that of the login."""
        if self._opener is not None:
            try:
                self._session = _fitting(self._opener.again(within))
            except TrueNASError as error:
                lost.note(f"Connecting again failed: {error}")
                raise lost from None

    def ask(self, method: str) -> Any:
        """Return the result of a method without parameters, or None if the NAS does not have the method."""
        [answer] = self.call_all([Call(method)])
        if isinstance(answer, ServerFault) and answer.code == METHOD_NOT_FOUND:
            return None
        return unwrap(answer)
