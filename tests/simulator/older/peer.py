# SPDX-License-Identifier: GPL-3.0-or-later
"""DDP on one connection: text in, texts out, without a socket (truenas-api/older.md §1)."""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode

from .. import ejson
from ..faults import Fault
from ..limits import CallSlots, TooLong, TooManyCalls
from ..local import Caller
from ..methods import Call
from ..nas import Session
from ..rpc import Request, Surroundings, harmless
from . import allowlist, arguments, events, facts, logins, others
from .answers import FREEBSD_ETOOMANYREFS, Refused, error_object
from .hiding import hide

ANONYMOUS_SIZE = 8192
SESSION_SIZES = {"v24.10.2": 65536}
OLDER_SESSION_SIZE = 4 << 20
NETWORK = Caller("127.0.0.1", secure=True)


class Peer:
    """The server's side of one connection. `send` sends a text, `reset` cuts the connection.

    `entries` is the allowlist of the API key.
    """

    def __init__(
        self,
        shared: Surroundings,
        entries: tuple[tuple[str, str], ...],
        send: Callable[[str], Awaitable[None]],
        caller: Caller = NETWORK,
        *,
        reset: Callable[[], None] = lambda: None,
    ) -> None:
        self._shared = shared
        self._entries = entries
        self._send_text = send
        self._reset = reset
        self.session = Session(
            caller.origin, caller.secure, credential=caller.credential, notify=self._notify, subscribed=self._ready
        )
        self._connected = False
        self._slots = CallSlots()
        self.calls: set[asyncio.Task[None]] = set()
        """What is under way."""

    @property
    def version(self) -> str:
        """The version of the server."""
        return self._shared.nas.version

    async def receive(self, text: str) -> None:
        """Take one message. Raises TooLong if the connection has to close."""
        self._measure(text)
        try:
            message = ejson.loads(text)
        except (ValueError, TypeError, RecursionError):
            raise TooLong(WSCloseCode.INVALID_TEXT, "Invalid JSON") from None
        if not isinstance(message, dict) or "msg" not in message:
            raise TooLong(WSCloseCode.INTERNAL_ERROR, "")
        kind = message["msg"]
        if kind == "connect" and message.get("version") == "1":
            await self._connect()
        elif kind == "connect" or not self._connected:
            await self._send({"msg": "failed", "version": "1"})
        elif kind == "ping":
            await self._send({"msg": "pong", **({"id": message["id"]} if "id" in message else {})})
        elif kind == "method":
            if "id" not in message:
                raise TooLong(WSCloseCode.INTERNAL_ERROR, "")
            self._begin(message)
        elif kind == "sub":
            await self._subscribe(message)
        elif kind == "unsub":
            self.session.subscriptions.pop(message.get("id"), None)
        elif facts.is_core(self.version) and self.session.credential is None:
            await self._refuse(message, logins.not_authenticated(self.version))

    def _measure(self, text: str) -> None:
        if self.session.credential is None:
            if len(text) > ANONYMOUS_SIZE:
                raise TooLong(WSCloseCode.INVALID_TEXT, "Anonymous connection max message length is 8 kB")
        elif len(text) > SESSION_SIZES.get(self.version, OLDER_SESSION_SIZE):
            raise TooLong(
                WSCloseCode.MESSAGE_TOO_BIG, "Max message length is 64 kB" if self.version in SESSION_SIZES else ""
            )

    async def _connect(self) -> None:
        self._connected = True
        await self._send({"msg": "connected", "session": self.session.id})

    def _begin(self, message: dict[str, Any]) -> None:
        """Start the call of a message."""
        task = asyncio.create_task(self._answer(message))
        self.calls.add(task)
        task.add_done_callback(self.calls.discard)

    async def _answer(self, message: dict[str, Any]) -> None:
        name = str(message.get("method"))
        fault = self._fault(name)
        answer = await self._outcome(message, _request(message))
        self._note(message, answer)
        if self._shared.latency:
            await asyncio.sleep(self._shared.latency)
        if fault is Fault.RESET_BEFORE_REPLY:
            self._reset()
        elif fault is not Fault.NO_REPLY and "id" in message:
            await self._send({"msg": "result", "id": message["id"], **answer})
            if fault is Fault.RESET_AFTER_REPLY:
                self._reset()

    def _note(self, message: dict[str, Any], answer: dict[str, Any]) -> None:
        request, error = _request(message), answer.get("error")
        self._shared.journal.write(
            session=self.session.id,
            version=self.version,
            method=request.method,
            ok=error is None,
            code=error["error"] if error else None,
            **harmless(request, answer.get("result")),
        )

    def _fault(self, name: str) -> Fault | None:
        if self.session.credential is None or name in logins.METHODS:
            return None
        return self._shared.faults.next_call()

    async def _outcome(self, message: dict[str, Any], request: Request) -> dict[str, Any]:
        try:
            params = message.get("params") or []
            if not isinstance(params, list):
                lenient = facts.is_core(self.version) or self.version == "v24.04.2"
                raise TypeError if lenient else Refused(errno.EINVAL, "`params` must be a list.", traced=False)
            return {"result": await self._invoke(request.method, params)}
        except TooManyCalls as error:
            number = FREEBSD_ETOOMANYREFS if facts.is_core(self.version) else errno.ETOOMANYREFS
            # No exception is shown for it.
            return {"error": self._error(Refused(number, f"{error}.", traced=False), message)}
        except Exception as error:
            return {"error": self._error(error, message)}

    def _error(self, error: Exception, message: dict[str, Any]) -> dict[str, Any]:
        return error_object(self.version, error, message)

    async def _invoke(self, name: str, params: list[Any]) -> Any:
        async with self._slots.slot():
            return await self._called(name, params)

    async def _called(self, name: str, params: list[Any]) -> Any:
        call = Call(self._shared.nas, self.session, self.version)
        if login := logins.find(self.version, name, self._entries):
            await self._count(name)
            arguments.check(self.version, name, arguments.of_handler(login), params)
            return await login(call, *params)
        handler = others.find(self.version, name)
        self._authorize(allowlist.CALL, name)
        result = await handler(call, *params)
        await events.announce(call, name, params, result)
        return hide(self.version, self.session.credential, name, result)

    async def _count(self, name: str) -> None:
        """Raise Refused for one login too many; only 24.10 counts, logged in or not."""
        nas = self._shared.nas
        if self.version == "v24.10.2" and nas.rate_limit.exceeded(name, self.session.origin):
            await asyncio.sleep(random.uniform(1, 10))
            raise Refused(errno.EBUSY, "Rate Limit Exceeded", traced=False)

    def _authorize(self, kind: str, name: str) -> None:
        credential = self.session.credential
        if credential is None:
            raise logins.not_authenticated(self.version)
        if not allowlist.allows(credential, kind, name):
            raise _not_authorized()

    async def _subscribe(self, message: dict[str, Any]) -> None:
        number, name = message.get("id"), str(message.get("name"))
        try:
            self._authorize(allowlist.SUBSCRIBE, name)
        except Refused:
            # Without a login it is the same.
            await self._refuse(message, _not_authorized())
            return
        await self.session.subscribe(number, name)

    async def _ready(self, number: Any) -> None:
        await self._send({"msg": "ready", "subs": [number]})

    async def _refuse(self, message: dict[str, Any], error: Exception) -> None:
        """Answer a message that is no call with an error."""
        await self._send({"msg": "result", "id": message.get("id"), "error": self._error(error, message)})

    async def _notify(self, _method: str, event: dict[str, Any]) -> None:
        await self._send(events.before(self.version, event))

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(ejson.dumps(message))

    async def close(self) -> None:
        """End what is under way, and the login."""
        await asyncio.gather(*self.calls, return_exceptions=True)
        self.session.logout(self._shared.nas.accounts)


def _not_authorized() -> Refused:
    return Refused(errno.EACCES, "Not authorized", traced=False)


def _request(message: dict[str, Any]) -> Request:
    params = message.get("params")
    return Request(message.get("id"), False, str(message.get("method")), params if isinstance(params, list) else [])
