# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of a session in a task that contacts no NAS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import Unreachable
from ..protocol.jsonrpc import Event
from ..transport.calls import Call, Calls

REFUSED = "This task does not have a NAS. Set host."


class Unconnected(Calls):
    """A session without a NAS, which refuses every call and every event."""

    roles: frozenset[str] | None = None
    broken = False
    is_older = False
    late = False

    def may(self, role: str) -> bool:
        """Return False: without a NAS, nobody has a role."""
        return False

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Raise Unreachable."""
        raise Unreachable(REFUSED)

    def subscribe(self, collection: str) -> None:
        """Raise Unreachable."""
        raise Unreachable(REFUSED)

    def unsubscribe(self, collection: str) -> None:
        """Raise Unreachable."""
        raise Unreachable(REFUSED)

    def close(self) -> None:
        """Do nothing: no connection is open."""

    def next_event(self, deadline: float) -> Event:
        """Raise Unreachable."""
        raise Unreachable(REFUSED)
