# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of a server before 25.04, as nginx has them: DDP, and a redirect for the newer API (truenas-api/older.md §0)."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from .. import idle
from ..limits import HARD_SIZE
from ..local import Local, caller
from ..rpc import Surroundings
from ..speech import speak
from .allowlist import DEFAULT
from .peer import OLDER_SESSION_SIZE, Peer

DDP = "/websocket"


@dataclass(frozen=True)
class Site:
    """How the server is reached: with which allowlist of the API key, through nginx or not, with its redirect to TLS."""

    entries: tuple[tuple[str, str], ...] = DEFAULT
    nginx: bool = True
    to_https: bool = False


def application(
    shared: Surroundings, idle_limit: float | None, site: Site, *, secure: bool, local: Local | None = None
) -> web.Application:
    """Return the routes, of the socket of the NAS itself with `local`."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(max_msg_size=max(2 * HARD_SIZE, 2 * OLDER_SESSION_SIZE))
        async with idle.cut_after(idle_limit, request):
            await ws.prepare(request)
            who = caller(shared.nas.version, request, local, secure=secure)
            await speak(shared, ws, request, lambda send, reset: Peer(shared, site.entries, send, who, reset=reset))
        return ws

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        if local or not site.nginx:
            raise web.HTTPNotFound
        if request.path == "/ui/":
            return web.Response(text="<!doctype html><title>TrueNAS</title>", content_type="text/html")
        raise web.HTTPFound(f"{'https' if secure else 'http'}://{request.host}/ui/")

    async def to_https(request: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect(f"https://{request.host}{request.path}")

    found = web.Application()
    if site.to_https and not local:
        found.router.add_route("*", "/{path:.*}", to_https)
    found.router.add_get(DDP, serve)
    found.router.add_get("/{path:.*}", elsewhere)
    return found
