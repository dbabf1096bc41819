# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy in front of a simulated NAS: it speaks TLS, as nginx does on a real one, and makes one fault at one call."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .frames import Frame, read

EVENT = "collection_update"
"""In place of a method, it means the first event of a job that runs."""

_ENDS = (OSError, asyncio.IncompleteReadError, ssl.SSLError)
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class Link:
    """One connection through the proxy. `request` is the call that is struck; a `muted` link passes nothing on any more."""

    client: asyncio.StreamWriter
    world: Any = None
    nas: asyncio.StreamWriter | None = None
    request: dict[str, Any] = field(default_factory=dict)
    muted: bool = False

    async def send(self, data: bytes) -> None:
        """Send bytes to the client. Raises ConnectionResetError if it has gone."""
        if self.client.is_closing():
            raise ConnectionResetError
        self.client.write(data)
        await self.client.drain()

    async def trickle(self, data: bytes, pause: float = 0.2) -> None:
        """Send a byte at a time, until the client ends the connection."""
        for number in range(len(data)):
            await self.send(data[number : number + 1])
            await asyncio.sleep(pause)

    def reset(self) -> None:
        """End the connection of the client with a reset."""
        raw: socket.socket | None = self.client.get_extra_info("socket")
        if raw is not None:
            # Lingering for no time makes the close a reset.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.client.transport.abort()


Strike = Callable[[Link, dict[str, Any], Frame | None], Awaitable[None]]
"""What is done in place of passing on the reply to a request, or a request that the NAS does not get: then there is no frame."""
Greet = Callable[[Link], Awaitable[None]]
"""What every later connection gets in place of the NAS."""


@dataclass(frozen=True)
class Fault:
    """A fault. Without `carried_out`, the struck call does not reach the NAS.

    `early` is done before the NAS gets the struck call, `turn` before the strike. Later connections get `accept` before TLS,
    `upgrade` in place of an answer to the HTTP upgrade, or `greet` after it. `answer` returns the reply to a later call, or
    None to pass the call on.
    A fault of which the client notices nothing until its timeout `waits`; `writes_only` says that reads cannot meet it, and
    `needs_session` that a login cannot.
    """

    name: str
    text: str
    strike: Strike
    carried_out: bool = True
    early: Callable[[Any], Awaitable[None]] | None = None
    turn: Callable[[Any], Awaitable[None]] | None = None
    accept: Greet | None = None
    upgrade: Greet | None = None
    greet: Greet | None = None
    answer: Callable[[Any, dict[str, Any]], bytes | None] | None = None
    waits: bool = False
    needs_session: bool = False
    writes_only: bool = False

    @property
    def is_of_connections(self) -> bool:
        """Whether later connections meet it, too."""
        return any((self.turn, self.accept, self.upgrade, self.greet, self.answer))


class Proxy:
    """Listens in front of a NAS. `world` is given to the fault; `upstream` returns the port of the NAS."""

    def __init__(self, world: Any, upstream: Callable[[], int], context: ssl.SSLContext) -> None:
        self._world = world
        self._upstream = upstream
        self.context = context
        """The certificate that new connections get."""
        self.port = 0
        self.struck = False
        """Whether the fault has struck."""
        self.when_struck: Callable[[], None] = lambda: None
        """Called at the strike."""
        self.done = False
        """Whether the strike is over, so that later connections meet the fault."""
        self._fault: Fault | None = None
        self._method, self._number = "", 1
        self._server: asyncio.Server | None = None
        self._closed: socket.socket | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self.connections = 0
        """How many connections were accepted."""

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return len(self._serving)

    def plan(self, fault: Fault | None, method: str = "", number: int = 1) -> None:
        """Make the fault at a call of the method, counted from 1; None: no fault."""
        self._fault, self._method, self._number = fault, method, number
        self.struck = False
        self.done = False

    async def listen(self) -> None:
        """Accept connections, again at the same port if it did before."""
        if self._server is None:
            if self._closed is not None:
                self._closed.close()
                self._closed = None
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=64)
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Refuse connections, but keep the port."""
        if self._server is not None:
            self._server.close()
            self._server = None
            # A socket that is bound and does not listen refuses.
            self._closed = socket.socket()
            self._closed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                self._closed.bind(("127.0.0.1", self.port))

    async def close(self) -> None:
        """End everything."""
        if self._server is not None:
            self._server.close()
        if self._closed is not None:
            self._closed.close()
        for task in [*self._serving]:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def strike_now(self) -> None:
        """Make the fault without a call, so that it is there from the first connection on."""
        assert self._fault is not None
        self.struck = self.done = True
        self.when_struck()
        if self._fault.turn is not None:
            await self._fault.turn(self._world)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connections += 1
        link = Link(writer, self._world)
        try:
            await self._serve(reader, link)
        except (*_ENDS, asyncio.CancelledError):
            pass
        finally:
            self._serving.discard(task)
            for end in filter(None, (link.nas, writer)):
                end.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, link: Link) -> None:
        fault = self._fault if self.done else None
        if fault and fault.accept:
            await fault.accept(link)
            return
        await link.client.start_tls(self.context)
        head = await reader.readuntil(b"\r\n\r\n")
        if fault and fault.upgrade:
            await fault.upgrade(link)
            return
        answers, link.nas = await asyncio.open_connection("127.0.0.1", self._upstream())
        link.nas.write(head)
        await link.send(await answers.readuntil(b"\r\n\r\n"))
        if fault and fault.greet:
            await fault.greet(link)
            return
        pumps = {asyncio.ensure_future(self._up(reader, link)), asyncio.ensure_future(self._down(answers, link))}
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _up(self, reader: asyncio.StreamReader, link: Link) -> None:
        assert link.nas is not None
        while True:
            frame = await read(reader)
            message = frame.message
            if link.muted:
                continue
            if self._strikes(message):
                link.request = message
                if self._fault and self._fault.early:
                    await self._fault.early(self._world)
                if self._fault and not self._fault.carried_out:
                    await self._strike(link, None)
                    continue
            if self.done and self._fault and self._fault.answer and (reply := self._fault.answer(self._world, message)):
                await link.send(reply)
                continue
            link.nas.write(frame.raw)
            await link.nas.drain()

    async def _down(self, answers: asyncio.StreamReader, link: Link) -> None:
        while True:
            frame = await read(answers)
            message = frame.message
            is_reply = bool(link.request) and message.get("id") == link.request["id"]
            if is_reply or (self._method == EVENT and self._strikes(message)):
                await self._strike(link, frame)
            elif not link.muted:
                await link.send(frame.raw)

    def _strikes(self, message: dict[str, Any]) -> bool:
        """Count a call, and return whether it is the one."""
        if self._fault is None or self.struck or message.get("method") != self._method:
            return False
        self._number -= 1
        if self._number == 0:
            self.struck = True
            self.when_struck()
            return True
        return False

    async def _strike(self, link: Link, reply: Frame | None) -> None:
        assert self._fault is not None
        request, link.request = link.request, {}
        # Before the client notices, so that its next connection meets the fault.
        self.done = True
        if self._fault.turn is not None:
            await self._fault.turn(self._world)
        await self._fault.strike(link, request, reply)
