# SPDX-License-Identifier: GPL-3.0-or-later
"""DDP on servers that have JSON-RPC, too, without a socket (truenas-api/wire.md §5; upstream apps/websocket_app.py).

Cloud credentials are flat here, and everything else is as in the newest version. There is no message for a ping, and a call is
allowed or refused before the next message is looked at.
"""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode

from . import dispatch, flat, limits
from .errors import ENOMETHOD, CallError, MethodNotFoundError, as_pickle
from .faults import Fault
from .jobs import Job
from .limits import TooLong
from .local import Caller
from .methods import METHODS, Call, Method
from .methods.auth import LOGIN_METHODS
from .methods.system import may_hear_of
from .older import peer
from .older.answers import Refused, error_object
from .rpc import Surroundings

_SERVICES = frozenset(name.rpartition(".")[0] for name in METHODS)


class Peer(peer.Peer):
    """The server's side of one connection. `send` sends a text, `reset` cuts the connection."""

    def __init__(
        self,
        shared: Surroundings,
        send: Callable[[str], Awaitable[None]],
        caller: Caller = peer.NETWORK,
        *,
        reset: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(shared, (), send, caller, reset=reset)
        self._py_exceptions = False

    async def receive(self, text: str) -> None:
        """Take one message. Raises TooLong if the connection has to close."""
        try:
            message = limits.parse(text, authenticated=self.session.credential is not None)
        except ValueError as error:
            raise TooLong(WSCloseCode.INVALID_TEXT, str(error)) from None
        self.session.refresh(self._shared.nas.accounts)
        try:
            await self._take(message)
        except (LookupError, TypeError, AttributeError) as error:
            # What is missing or of another type than the server expects ends the connection.
            raise TooLong(WSCloseCode.INTERNAL_ERROR, str(error)) from None

    async def _take(self, message: dict[str, Any]) -> None:
        kind = message["msg"]
        if kind == "connect" and message.get("version") == "1":
            self._py_exceptions |= "PY_EXCEPTIONS" in (message.get("features") or [])
            await self._connect()
        elif kind == "connect" or not self._connected:
            await self._send({"msg": "failed", "version": "1"})
        elif kind == "method":
            await self._admit(message)
        elif kind == "sub":
            if may_hear_of(self.session, message["name"].partition(":")[0]):
                await self.session.subscribe(message["id"], message["name"])
            else:
                await self._refuse(message, Refused(errno.EACCES, "Not authorized", traced=False))
        elif kind == "unsub" and self.session.subscriptions.pop(message["id"], None) is None:
            # The server looks for a source of events of that name.
            self.session.id + message["id"]

    async def _admit(self, message: dict[str, Any]) -> None:
        """Begin a call, or refuse it."""
        if "method" not in message:
            await self._refuse(
                message, Refused(errno.EINVAL, "Message is malformed: 'method' is absent.", traced=False)
            )
            return
        try:
            await dispatch.authorize(self._call(), self._found(message["method"]))
        except CallError as error:
            await self._refuse(message, error)
            return
        self._begin(message)

    def _call(self) -> Call:
        return Call(self._shared.nas, self.session, self.version)

    def _found(self, name: str) -> Method:
        """Return the method of a name. Raises CallError."""
        if "." not in name:
            raise CallError("Invalid method name", errno.EBADMSG)
        service = name.rpartition(".")[0]
        if service not in _SERVICES:
            raise CallError(f"Service {service!r} not found", ENOMETHOD)
        if (found := dispatch.find(name, self.version)) is None:
            raise MethodNotFoundError(name)
        return found

    def _fault(self, name: str) -> Fault | None:
        if self.session.credential is None or name in LOGIN_METHODS:
            return None
        return self._shared.faults.next_call()

    async def _invoke(self, name: str, params: list[Any]) -> Any:
        call, method = self._call(), self._found(name)
        given = flat.lifted(name, params)
        async with self._slots.slot():
            result = await dispatch.perform(call, method, given, params)
        if isinstance(result, Job):
            return result.id
        if name in flat.RESULTS:
            return dispatch.flattened(call, method, result)
        return dispatch.serialized(call, method, result)

    def _error(self, error: Exception, message: dict[str, Any]) -> dict[str, Any]:
        found = error_object(self.version, error, message)
        if self._py_exceptions and found["trace"]:
            found["py_exception"] = as_pickle(error)
        return found

    async def _refuse(self, message: dict[str, Any], error: Exception) -> None:
        answer = {"error": self._error(error, message)}
        if message["msg"] == "method":
            self._note(message, answer)
        await self._send({"msg": "result", "id": message["id"], **answer})

    async def _notify(self, _method: str, event: dict[str, Any]) -> None:
        await self._send(event)
