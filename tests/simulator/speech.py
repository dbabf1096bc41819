# SPDX-License-Identifier: GPL-3.0-or-later
"""DDP on a WebSocket: each text goes to the peer, and what the peer sends goes out (truenas-api/older.md §1)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import WSMsgType, web

from .limits import TooLong
from .nas import Session
from .rpc import Surroundings, cut

Send = Callable[[str], Awaitable[None]]
Reset = Callable[[], None]


class Peer(Protocol):
    """One side of a connection; `calls` are under way."""

    session: Session
    calls: set[asyncio.Task[None]]

    async def receive(self, text: str) -> None:
        """Take one message. Raises TooLong if the connection has to close."""

    async def close(self) -> None:
        """End what is under way, and the login."""


async def speak(
    shared: Surroundings, ws: web.WebSocketResponse, request: web.Request, make: Callable[[Send, Reset], Peer]
) -> None:
    """Let the peer that `make` returns answer until the connection closes."""

    async def send(text: str) -> None:
        with contextlib.suppress(ConnectionError):
            await ws.send_str(text)

    peer = make(send, lambda: cut(request))
    shared.nas.sessions.add(peer.session)
    try:
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                await ws.close(code=1003, message=f"Invalid websocket message type: {message.type!r}".encode())
                break
            try:
                await peer.receive(message.data)
            except TooLong as error:
                await ws.close(code=error.code, message=error.reason.encode()[:123])
                break
    finally:
        shared.nas.sessions.discard(peer.session)
        await peer.close()
