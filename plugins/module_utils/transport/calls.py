# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to a NAS, and the methods of a session that sends them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import TimedOut, TrueNASError
from ..protocol.jsonrpc import Event

READS = frozenset(
    {
        "list_buckets",
        "list_directory",
        "list_snapshots",
        "onedrive_list_drives",
        "providers",
        "query",
        "s3_provider_choices",
        "used_by",
        "verify",
        "version_short",
    }
)
"""The methods, without their service, that only read (truenas-api/wire.md §4, §7b, tasks.md §1).

Queries of jobs are not among them, because a client that follows a job must also subscribe again."""


@dataclass(frozen=True)
class Call:
    """A method, its parameters, and its timeout in seconds (None: the timeout of the session)."""

    method: str
    params: tuple[Any, ...] = ()
    timeout: float | None = None

    @property
    def is_read(self) -> bool:
        """Whether the call changes nothing on the NAS, so that it can be repeated if its reply is lost."""
        return self.method.rpartition(".")[2] in READS


class NotSent(TimedOut):
    """The error of a call that was not sent, because the NAS did not answer the calls before it."""

    def __init__(self, method: str) -> None:
        super().__init__(f"The NAS no longer answers, so {method} was not sent.")


def unwrap(answer: Any) -> Any:
    """Return the result of a call. Raises it if it is an exception."""
    if isinstance(answer, TrueNASError):
        raise answer
    return answer


class Calls:
    """Single calls, and several in their order, for a class that sends calls with `each`."""

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield index and result or exception of calls, sent at the same time."""
        raise NotImplementedError

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Return the result of one call. Raises TimedOut after `timeout` seconds, or the error of the call."""
        [answer] = self.call_all([Call(method, params, timeout)])
        return unwrap(answer)

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results of independent calls in their order, with the exception of each call that failed."""
        outcomes = dict(self.each(calls))
        return [outcomes[index] for index in range(len(calls))]


class Caller(Protocol):
    """The methods of a session that the rest of the collection uses; `Session` has them."""

    @property
    def roles(self) -> frozenset[str] | None:
        """The TrueNAS roles of the account, or None if the NAS does not report them."""

    broken: bool
    """Whether the connection was lost."""

    is_older: bool
    """Whether the NAS is older than 25.04."""

    late: bool
    """Whether a call has timed out, so the connection might be dead."""

    def may(self, role: str) -> bool:
        """Return whether the account has the role."""

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Return the result of one call. Raises its error."""

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield index and result or exception of calls, sent at the same time."""

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results or exceptions of calls, sent at the same time."""

    def subscribe(self, collection: str) -> None:
        """Receive the events of a collection from now on."""

    def unsubscribe(self, collection: str) -> None:
        """Stop receiving the events of a collection."""

    def close(self) -> None:
        """Close the connection, which ends the session."""

    def next_event(self, deadline: float) -> Event:
        """Return the next event of the subscribed collections. Raises TimedOut at the deadline."""
