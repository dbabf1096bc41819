# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON-RPC 2.0 on one WebSocket connection (truenas-api/wire.md §1; upstream api/base/server/ws_handler/rpc.py)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from dataclasses import dataclass
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from . import dispatch, ejson, limits, versions
from .errors import CallError, Code, error_object, internal_error, plain_error
from .faults import Fault, Faults
from .journal import Journal
from .local import Caller
from .methods import Call
from .methods.auth import LOGIN_METHODS
from .nas import Nas, Session

log = logging.getLogger(__name__)

_NAMED = ("cloudsync.credentials.", "keychaincredential.")
_WRITES = (".create", ".update")


@dataclass(frozen=True)
class Surroundings:
    """The state that all connections of a server share. `latency` is in seconds."""

    nas: Nas
    journal: Journal
    faults: Faults
    latency: float


@dataclass(frozen=True)
class Request:
    """A well-formed request; a notification has no reply."""

    id: str | int | None
    notification: bool
    method: str
    params: list[Any]


class Connection:
    """Reads requests one by one and answers each as soon as it is done, in whatever order that is."""

    def __init__(
        self, surroundings: Surroundings, version: str, ws: web.WebSocketResponse, http: web.Request, caller: Caller
    ) -> None:
        self._shared = surroundings
        self._session = Session(caller.origin, caller.secure, credential=caller.credential, notify=self._notify)
        self._version = version
        self._ws = ws
        self._http = http
        self._slots = limits.CallSlots()
        self._calls: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Serve the connection until it closes. Calls pending then go on; from 27.0 on they are cancelled."""
        self._shared.nas.sessions.add(self._session)
        try:
            async for message in self._ws:
                if message.type is not WSMsgType.TEXT:
                    reason = f"Invalid websocket message type: {message.type!r}"
                    await self._ws.close(code=WSCloseCode.UNSUPPORTED_DATA, message=reason.encode())
                    break
                try:
                    await self._receive(message.data)
                except limits.TooLong as error:
                    await self._ws.close(code=error.code, message=error.reason.encode())
                    break
        finally:
            self._shared.nas.sessions.discard(self._session)
            if versions.at_least(self._shared.nas.version, "v27.0.0"):
                for task in self._calls:
                    task.cancel()
            await asyncio.gather(*self._calls, return_exceptions=True)
            self._session.logout(self._shared.nas.accounts)

    async def _receive(self, text: str) -> None:
        """Start the call a message asks for. Raises TooLong when the connection has to close instead."""
        try:
            message = limits.parse(text, authenticated=self._session.credential is not None)
        except ValueError as error:
            await self._send({"id": None, "error": plain_error(Code.INVALID_JSON, str(error))})
            return
        self._session.refresh(self._shared.nas.accounts)
        if problem := _envelope_problem(message):
            if "id" in message:
                await self._send({"id": message["id"], "error": plain_error(Code.INVALID_REQUEST, problem)})
            return
        request = Request(message.get("id"), "id" not in message, message["method"], message.get("params", []))
        fault = self._fault(request.method)
        if fault is Fault.CLOSE_1009:
            raise limits.too_long()
        task = asyncio.create_task(self._answer(request, fault))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    def _fault(self, method: str) -> Fault | None:
        if self._session.credential is None or method in LOGIN_METHODS:
            return None
        return self._shared.faults.next_call()

    async def _answer(self, request: Request, fault: Fault | None) -> None:
        outcome = await self._outcome(request, fault)
        if self._shared.latency:
            await asyncio.sleep(self._shared.latency)
        if fault is Fault.RESET_BEFORE_REPLY:
            cut(self._http)
            return
        if fault is Fault.NO_REPLY or request.notification:
            return
        await self._send({**outcome, "id": request.id})
        if fault is Fault.RESET_AFTER_REPLY:
            cut(self._http)

    async def _outcome(self, request: Request, fault: Fault | None) -> dict[str, Any]:
        """Return the `result` or `error` member of the reply, noted in the journal."""
        outcome: dict[str, Any] = {}
        try:
            outcome = await self._invoke(request, fault)
        finally:
            error = outcome.get("error")
            self._shared.journal.write(
                session=self._session.id,
                version=self._version,
                method=request.method,
                ok="result" in outcome,
                code=error["code"] if error else None,
                **harmless(request, outcome.get("result")),
            )
        return outcome

    async def _invoke(self, request: Request, fault: Fault | None) -> dict[str, Any]:
        nas = self._shared.nas
        method = dispatch.find(request.method, nas.version)
        if method is None:
            return {"error": plain_error(Code.METHOD_NOT_FOUND, "Method does not exist")}
        try:
            async with self._slots.slot():
                if fault is Fault.BUSY:
                    raise CallError("Rate Limit Exceeded", 16)
                call = Call(nas, self._session, self._version, request.id)
                return {"result": await dispatch.invoke(call, method, request.params)}
        except limits.TooManyCalls as error:
            return {"error": plain_error(Code.TOO_MANY_CONCURRENT_CALLS, str(error))}
        except Exception as error:
            # The text of an error may quote what was sent, so only its kind is logged.
            log.info("%s failed: %s", request.method, type(error).__name__)
            return {"error": error_object(error, pickled=self._session.options["py_exceptions"])}

    async def _notify(self, method: str, params: dict[str, Any]) -> None:
        await self._send({"method": method, "params": params})

    async def _send(self, reply: dict[str, Any]) -> None:
        message = {"jsonrpc": "2.0", **reply}
        try:
            text = ejson.dumps(message)
        except (TypeError, ValueError) as error:
            text = ejson.dumps({"jsonrpc": "2.0", "error": internal_error(error), "id": reply.get("id")})
        with contextlib.suppress(ConnectionError):
            await self._ws.send_str(text)


def cut(request: web.Request) -> None:
    """Reset the connection of a request."""
    transport = request.transport
    if transport is None:
        return
    if (sock := transport.get_extra_info("socket")) is not None:
        # Lingering for no time makes the close a reset.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _envelope_problem(message: dict[str, Any]) -> str | None:
    """Return the error in a request's envelope, in the server's words, or None; unknown members are ignored."""
    if "jsonrpc" not in message:
        return "Missing 'jsonrpc' member"
    if message["jsonrpc"] != "2.0":
        return "'jsonrpc' member must be of type string and must be exactly '2.0'"
    # A boolean passes for an integer, and comes back.
    if not isinstance(message.get("id"), (int, str, type(None))):
        return "'id' member must be of type null, string or number"
    if "method" not in message:
        return "Missing 'method' member"
    if not (isinstance(message["method"], str) and message["method"]):
        return "'method' member must be of type string"
    if not isinstance(message.get("params", []), list):
        return "'params' member must be of type array"
    return None


def harmless(request: Request, result: Any) -> dict[str, Any]:
    """Return the names and ids worth keeping; never a parameter that could be secret, nor what a query selected as a name."""
    if request.method in LOGIN_METHODS:
        return _login(request, result)
    if not request.method.startswith(_NAMED):
        return {}
    kept: dict[str, Any] = {}
    writes = request.method.endswith(_WRITES)
    for part in (*request.params[:2], result if writes else None):
        if isinstance(part, int) and not isinstance(part, bool):
            kept.setdefault("id", part)
        elif isinstance(part, dict) and writes:
            for key, kind in (("id", int), ("name", str)):
                if isinstance(part.get(key), kind):
                    kept[key] = part[key]
    return kept


def _login(request: Request, result: Any) -> dict[str, Any]:
    """Return the mechanism of a login that the server has understood, and the kind of answer."""
    if not isinstance(result, dict):
        return {}
    return {"mechanism": request.params[0]["mechanism"], "answer": result["response_type"]}
