# SPDX-License-Identifier: GPL-3.0-or-later
"""DDP as TrueNAS before 25.04 speaks it: text in, replies and events out, without a socket (truenas-api/older.md §1).

It takes the calls that `jsonrpc` takes, and answers as `jsonrpc` does. The greeting is a call, too: `CONNECT`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import ServerFault
from .ddp_faults import decode_error, ends_session
from .messages import ADDED, CHANGED, REMOVED, Event, Messages, Reply, check_depth, decoded

CONNECT = "connect"
"""The greeting, as the method of a call."""
SUBSCRIBE, UNSUBSCRIBE = "core.subscribe", "core.unsubscribe"
"""Calls that are messages of their own. The NAS does not answer the second one."""


class DdpConnection(Messages):
    """The requests and replies of one connection."""

    answers_unsubscribe = False

    def request(self, method: str, *params: Any) -> tuple[int, str]:
        """Return the ID and the text of a request. Raises InvalidInput if the NAS would close the connection."""
        request_id, text = super().request(method, *params)
        if method == UNSUBSCRIBE:
            del self._methods[request_id]
        return request_id, text

    def receive(self, message: str) -> Reply | Event | None:
        """Return the reply or the event in the text, or None; see `Messages.receive`."""
        envelope = decoded(message)
        if not isinstance(envelope, dict):
            raise ServerFault("The NAS did not send a DDP message. Check that this is a TrueNAS API.")
        error = envelope.get("error")
        if isinstance(error, dict):
            # It has the request with its secrets, and is deeper than any result.
            error.pop("trace", None)
        check_depth(envelope)
        kind = envelope.get("msg")
        if kind in (ADDED, CHANGED, REMOVED):
            return _event(envelope)
        if kind not in ("result", "ready", "connected", "failed"):
            return None
        request_id = _connecting(self._methods) if kind in ("connected", "failed") else _answered(envelope)
        if request_id is not None and self._is_repeated(request_id):
            return None
        method = self._methods.pop(request_id, "") if request_id is not None else ""
        if kind == "failed":
            raise ServerFault("The NAS does not support version 1 of DDP. Check that this is a TrueNAS API.")
        failure = None if error is None else decode_error(error, method)
        if request_id is None or not method:
            raise failure or ServerFault("The NAS sent a reply that does not belong to any request.")
        result = str(request_id) if kind == "ready" else envelope.get("result")
        return Reply(request_id, result, failure)

    def _envelope(self, request_id: int, method: str, params: tuple[Any, ...]) -> dict[str, Any]:
        if method == CONNECT:
            return {"msg": "connect", "version": "1", "support": ["1"]}
        if method == SUBSCRIBE:
            # The result of the subscription is its ID, which is a text.
            return {"msg": "sub", "id": str(request_id), "name": params[0]}
        if method == UNSUBSCRIBE:
            return {"msg": "unsub", "id": params[0]}
        return {"msg": "method", "id": request_id, "method": method, "params": params}


def asked(text: str) -> tuple[int | None, int]:
    """Return the ID of a request that the NAS answers, or None, and how the request changes the number of subscriptions."""
    message = json.loads(text)
    change = {"sub": 1, "unsub": -1}.get(message["msg"], 0)
    return None if change < 0 else int(message["id"]), change


def answered(text: str) -> tuple[int | None, bool]:
    """Return the ID of the request that a message answers, or None, and whether the session has ended."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None, False
    return (_answered(message), ends_session(message.get("error"))) if isinstance(message, dict) else (None, False)


def _answered(envelope: Mapping[str, Any]) -> int | None:
    """Return the ID of the request that a result or the beginning of a subscription answers, or None."""
    kind, found = envelope.get("msg"), envelope.get("id")
    if kind == "ready":
        subscriptions = envelope.get("subs")
        found = subscriptions[0] if isinstance(subscriptions, list) and subscriptions else None
    elif kind != "result":
        return None
    if isinstance(found, str) and found.isascii() and found.isdigit():
        return int(found[:18])
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _connecting(methods: Mapping[int, str]) -> int | None:
    return next((request_id for request_id, method in methods.items() if method == CONNECT), None)


def _event(envelope: Mapping[str, Any]) -> Event | None:
    collection, fields = envelope.get("collection"), envelope.get("fields")
    if not isinstance(collection, str):
        return None
    return Event(collection, envelope["msg"], envelope.get("id"), fields if isinstance(fields, Mapping) else {})
