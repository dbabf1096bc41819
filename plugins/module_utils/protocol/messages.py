# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of a connection, which both dialects share: requests, replies, events, and their limits."""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidInput, Problem, ServerFault, TrueNASError, counted

LIMIT_BEFORE_LOGIN = 8192
LIMIT_AFTER_LOGIN = 65536
"""Characters of a request, which the server counts, so text is sent unescaped. With DDP, those of 24.10, the smallest ones."""

MAX_DEPTH = 64
"""Levels of lists and objects in a reply. The deepest reply of a NAS has about ten; Ansible fails on hundreds."""


@dataclass(frozen=True)
class Reply:
    """The answer to the request with this ID: a result, or the error that the NAS reported."""

    id: int
    result: Any = None
    error: TrueNASError | None = None


ADDED, CHANGED, REMOVED, UNSUBSCRIBED = "added", "changed", "removed", "unsubscribed"
"""The kinds of events. After the last one, the NAS reports nothing more for the subscription."""


@dataclass(frozen=True)
class Event:
    """A notification of a collection to which the session has subscribed, for example `core.get_jobs`.

    `kind` is one of the above, `id` that of the object, and `fields` are the object's, none if it was removed.
    """

    collection: str
    kind: str
    id: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Messages(ABC):
    """The requests and replies of one connection. `logged_in` raises the limit of a request, as on the server.

    The IDs of requests start at `first_id`.
    """

    answers_unsubscribe = True
    """Whether the NAS answers the call that ends a subscription."""

    def __init__(self, first_id: int = 1) -> None:
        self.logged_in = False
        self._first_id = self._next_id = first_id
        self._methods: dict[int, str] = {}

    def request(self, method: str, *params: Any) -> tuple[int, str]:
        """Return the ID and the text of a request. Raises InvalidInput if the NAS would close the connection."""
        request_id = self._next_id
        limit = LIMIT_AFTER_LOGIN if self.logged_in else LIMIT_BEFORE_LOGIN
        text = _sendable(self._envelope(request_id, method, params), method, limit)
        self._next_id += 1
        self._methods[request_id] = method
        return request_id, text

    @abstractmethod
    def receive(self, message: str) -> Reply | Event | None:
        """Return the reply or the event in the text, or None for another message and for a second reply to a request.

        Raises ServerFault for anything else.
        """

    @abstractmethod
    def _envelope(self, request_id: int, method: str, params: tuple[Any, ...]) -> dict[str, Any]:
        """Return the object that is sent as a request."""

    def _is_repeated(self, request_id: int) -> bool:
        """Return whether a reply to a request has come already."""
        return request_id not in self._methods and self._first_id <= request_id < self._next_id


def decoded(message: str) -> Any:
    """Return the JSON value of a message. Raises ServerFault."""
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise ServerFault("The NAS did not send JSON. Check that this is a TrueNAS API.") from None


def _sendable(envelope: Mapping[str, Any], method: str, limit: int) -> str:
    """Return the text of a request of up to `limit` characters. Raises InvalidInput if the NAS would close the connection."""
    message = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    if len(message) > limit:
        raise InvalidInput(
            [
                Problem(
                    method,
                    f"the request has {counted(len(message), 'character')}, but the NAS accepts up to {limit}",
                    "Shorten the longest value, which is usually a token, a key file, or the name.",
                )
            ]
        )
    try:
        message.encode()
    except UnicodeEncodeError:
        raise InvalidInput(
            [Problem(method, "the request has characters that are not valid Unicode", "Remove the surrogates.")]
        ) from None
    return message


def check_depth(envelope: Any) -> None:
    """Raise ServerFault for a message that is too deep."""
    if _is_deeper(envelope, MAX_DEPTH):
        raise ServerFault(f"The NAS sent a reply with more than {MAX_DEPTH} levels. Check that this is a TrueNAS API.")


def _is_deeper(value: Any, levels: int) -> bool:
    """Return whether a value has more levels of lists and objects. Does not recurse."""
    level = [value]
    for _depth in range(levels + 1):
        inner = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))]
        if not inner:
            return False
        level = [*itertools.chain.from_iterable(inner)]
    return True
