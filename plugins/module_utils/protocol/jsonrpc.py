# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON-RPC 2.0 as the NAS uses it: text in, replies and events out, without a socket (truenas-api/wire.md §1)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidInput, Problem, ServerFault, TrueNASError, counted
from .faults import decode_error, ends_session

LIMIT_BEFORE_LOGIN = 8192
LIMIT_AFTER_LOGIN = 65536

DEEPEST = 64
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


class RpcConnection:
    """The requests and replies of one connection.

    `logged_in` raises the size limit of messages, as on the server. The server counts characters, so text is sent unescaped.
    The IDs of requests start at `first_id`.
    """

    answers_unsubscribe = True

    def __init__(self, first_id: int = 1) -> None:
        self.logged_in = False
        self._first_id = self._next_id = first_id
        self._methods: dict[int, str] = {}

    def request(self, method: str, *params: Any) -> tuple[int, str]:
        """Return the ID and the text of a request. Raises InvalidInput if the NAS would close the connection."""
        request_id = self._next_id
        envelope = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        message = sendable(envelope, method, LIMIT_AFTER_LOGIN if self.logged_in else LIMIT_BEFORE_LOGIN)
        self._next_id += 1
        self._methods[request_id] = method
        return request_id, message

    def receive(self, message: str) -> Reply | Event | None:
        """Return the reply or the event in the text, or None for another notification and for a second reply to a request.

        Raises ServerFault for anything else.
        """
        try:
            envelope = json.loads(message)
        except (ValueError, RecursionError):
            raise ServerFault("The NAS did not send JSON. Check that this is a TrueNAS API.") from None
        check_depth(envelope)
        if not isinstance(envelope, dict):
            raise ServerFault("The NAS did not send a JSON-RPC reply. Check that this is a TrueNAS API.")
        if "method" in envelope:
            return _event(envelope["method"], envelope.get("params"))
        request_id: Any = envelope.get("id")
        is_number = isinstance(request_id, int) and not isinstance(request_id, bool)
        if is_number and request_id not in self._methods and self._first_id <= request_id < self._next_id:
            return None
        method = self._methods.pop(request_id, "") if is_number else ""
        error = None if envelope.get("error") is None else decode_error(envelope["error"], method)
        if not method:
            raise error or ServerFault(
                "The NAS sent a reply that does not belong to any request. Check that this is a TrueNAS API."
            )
        return Reply(request_id, envelope.get("result"), error)


def sendable(envelope: Mapping[str, Any], method: str, limit: int) -> str:
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
    if _is_deeper(envelope, DEEPEST):
        raise ServerFault(f"The NAS sent a reply with more than {DEEPEST} levels. Check that this is a TrueNAS API.")


def asked(text: str) -> tuple[int, int]:
    """Return the ID of a request, and how it changes the number of subscriptions. Raises ValueError, KeyError, or TypeError."""
    request = json.loads(text)
    return request["id"], {"core.subscribe": 1, "core.unsubscribe": -1}.get(request.get("method"), 0)


def answered(text: str) -> tuple[int | None, bool]:
    """Return the ID of the request that a message answers, or None, and whether the session has ended."""
    try:
        message = json.loads(text)
        number, has_ended = message.get("id"), ends_session(message.get("error"))
    except (ValueError, AttributeError, RecursionError):
        return None, False
    return number if isinstance(number, int) else None, has_ended


def _event(method: Any, params: Any) -> Event | None:
    """Return the event in a notification, or None if it is another one."""
    if not isinstance(params, Mapping) or not isinstance(params.get("collection"), str):
        return None
    if method == "notify_unsubscribed":
        return Event(params["collection"], UNSUBSCRIBED)
    if method != "collection_update" or params.get("msg") not in (ADDED, CHANGED, REMOVED):
        return None
    fields = params.get("fields")
    return Event(params["collection"], params["msg"], params.get("id"), fields if isinstance(fields, Mapping) else {})


def _is_deeper(value: Any, levels: int) -> bool:
    """Return whether a value has more levels of lists and objects. Does not recurse."""
    level = [value]
    for _depth in range(levels + 1):
        inner = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))]
        if not inner:
            return False
        level = [*itertools.chain.from_iterable(inner)]
    return True
