# SPDX-License-Identifier: GPL-3.0-or-later
"""One NAS with its caches. The engine has the kinds of objects that are stored on it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeVar

from ..redaction.texts import row_secrets
from ..transport.calls import Caller
from .facts import Fact
from .lasting_session import LastingSession, Opener


class Cache(Protocol):
    """Something that was read from a service of the NAS; `engine.store.Store` is one."""

    @property
    def service(self) -> str:
        """The service, for example `cloudsync`."""

    def clear(self) -> None:
        """Make the next read query the NAS."""


T = TypeVar("T", bound=Cache)


class Nas(LastingSession):
    """One NAS. Stores cache their objects and update the cache on each write; `invalidate` clears every cache."""

    def __init__(self, session: Caller, opener: Opener | None = None) -> None:
        super().__init__(session, opener)
        self._caches: dict[Hashable, Any] = {}
        self._facts: dict[Fact, Any] = {}
        self.user = ""
        """The user of the NAS whose account a session over SSH has."""
        self.held: set[str] = set()
        """The secrets that were read from the NAS or written to it."""
        self.progress: Callable[[int, int], None] = lambda done, total: None
        """Called during verifications with the number of finished verifications and of all of them."""
        self.running: Callable[[str], None] = lambda line: None
        """Called while a job runs, with a line of progress."""

    def cache(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the cache of this key, which is made once."""
        if key not in self._caches:
            self._caches[key] = make()
        cache: T = self._caches[key]
        return cache

    def written(self, writer: Cache, certain: bool) -> None:
        """Clear what else is known about a service after a write, and every cache after an uncertain write.

        The `writer` is the cache that made the write; it updates itself.
        """
        if not certain:
            self.invalidate()
        for cache in self._caches.values():
            if cache is not writer and cache.service == writer.service:
                cache.clear()
        self._facts = {fact: answer for fact, answer in self._facts.items() if fact.service != writer.service}

    def invalidate(self) -> None:
        """Clear every cache; the next read queries the NAS."""
        self._facts.clear()
        for cache in self._caches.values():
            cache.clear()

    def facts(self, asked: Sequence[Fact]) -> dict[Fact, Any]:
        """Return the answers to these questions, sent at the same time."""
        calls = {fact: fact.calls() for fact in asked if fact not in self._facts}
        replies = self.call_all([call for group in calls.values() for call in group])
        self.held.update(row_secrets(replies))
        answers = iter(replies)
        fresh = {fact: fact.read(*itertools.islice(answers, len(group))) for fact, group in calls.items()}
        self._facts.update(fresh)
        return {fact: self._facts[fact] for fact in asked}

    def refresh(self) -> None:
        """Clear every cache, and log in again if the connection was lost or might be dead. Raises the errors of a login."""
        self.reconnect()
        self.invalidate()
