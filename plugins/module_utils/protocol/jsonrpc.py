# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON-RPC 2.0 as the NAS uses it: text in, replies and events out, without a socket (truenas-api/wire.md §1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import ServerFault
from .faults import decode_error, ends_session
from .messages import ADDED, CHANGED, REMOVED, UNSUBSCRIBED, Event, Messages, Reply, check_depth, decoded


class RpcConnection(Messages):
    """The requests and replies of one connection."""

    def receive(self, message: str) -> Reply | Event | None:
        """Return the reply or the event in the text, or None; see `Messages.receive`."""
        envelope = decoded(message)
        check_depth(envelope)
        if not isinstance(envelope, dict):
            raise ServerFault("The NAS did not send a JSON-RPC reply. Check that this is a TrueNAS API.")
        if "method" in envelope:
            return _event(envelope["method"], envelope.get("params"))
        request_id: Any = envelope.get("id")
        is_number = isinstance(request_id, int) and not isinstance(request_id, bool)
        if is_number and self._is_repeated(request_id):
            return None
        method = self._methods.pop(request_id, "") if is_number else ""
        error = None if envelope.get("error") is None else decode_error(envelope["error"], method)
        if not method:
            raise error or ServerFault(
                "The NAS sent a reply that does not belong to any request. Check that this is a TrueNAS API."
            )
        return Reply(request_id, envelope.get("result"), error)

    def _envelope(self, request_id: int, method: str, params: tuple[Any, ...]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


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
