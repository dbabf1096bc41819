# SPDX-License-Identifier: GPL-3.0-or-later
"""The web server in front of the NAS, which cuts a connection on which the NAS has sent nothing for a while.

Nothing that the client sends counts, but the answer to its ping does (truenas-api/wire.md §1 Connection).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from . import versions

BEFORE = 60.0
SINCE_SCRAM = 3600.0
"""Seconds: on 25.04 and 25.10, and later. The facts give 60 for 26.0.0-BETA.1, too, which is not simulated."""


def seconds(version: str) -> float:
    """Return how long a server of this version can be silent."""
    return SINCE_SCRAM if versions.at_least(version, versions.SCRAM_SINCE) else BEFORE


class _Watched:
    """A transport that remembers when it last sent something."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.sent = time.monotonic()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self.sent = time.monotonic()
        self._transport.write(data)

    def writelines(self, data: Any) -> None:
        self.sent = time.monotonic()
        self._transport.writelines(data)


@asynccontextmanager
async def cut_after(limit: float | None, request: web.Request) -> AsyncIterator[None]:
    """Cut the connection of a request, without a close frame, once it was silent for `limit` seconds; never without a limit."""
    if limit is None:
        yield
        return
    assert request.transport is not None
    watched = _Watched(request.transport)
    request.protocol.transport = watched  # type: ignore[assignment]  # it has all methods of one

    async def watch() -> None:
        while (rest := watched.sent + limit - time.monotonic()) > 0:
            await asyncio.sleep(rest)
        watched.abort()

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
