# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side: routes, TLS, start and end of a simulated NAS (truenas-api/wire.md §0, §1 Connection)."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode, web

from . import ddp, idle, local, pools, rest, seed, tls, versions
from .accounts import Accounts, ApiKey, Logins
from .faults import Faults, Planned
from .journal import Journal
from .limits import HARD_SIZE, PERIOD, RateLimit
from .methods import credentials, keychain
from .nas import Nas
from .older import site
from .outside import Outside
from .rclone import Rclone
from .restic import Restic
from .rpc import Connection, Surroundings
from .scram import Verifier
from .speech import speak
from .store import Store

JOURNAL_FILE = "journal.jsonl"
CA_FILE = "ca.pem"


@dataclass(frozen=True)
class Settings:
    """How a simulated NAS is to be. `version` has its leading v; `latency` and `idle_limit` are in seconds.

    `verifiers` are those that exist, by the id of their key; the others are made with `iterations` before the NAS is ready.
    `mnt` is the folder that stands for /mnt, by default one of the state directory. `front` is the hash of the certificate of a
    proxy in front that speaks TLS, as nginx does on a real NAS; this server then speaks none, and counts as secure. `local` is
    the socket of the NAS itself.
    """

    host: str
    port: int
    version: str
    user: str
    keys: list[ApiKey]
    state: Path
    password: str | None
    plaintext: bool
    latency: float
    login_limit: int
    faults: list[Planned]
    seed: dict[str, Any]
    logins: Logins
    iterations: int
    verifiers: Mapping[int, Verifier]
    rclone_environment: dict[str, str]
    login_window: float = PERIOD
    idle_limit: float | None = None
    mnt: Path | None = None
    older: site.Site = field(default_factory=site.Site)
    front: bytes | None = None
    local: local.Local | None = None


@dataclass(frozen=True)
class Running:
    """A started NAS, where it listens, and where it keeps its files; `mnt` is its /mnt."""

    url: str
    ca_file: Path | None
    journal: Path
    mnt: Path
    nas: Nas


@asynccontextmanager
async def run(settings: Settings) -> AsyncIterator[Running]:
    """Serve while the context lasts; afterwards no connection, child or temporary file is left.

    Raises OSError if the address cannot be bound, ValueError for a seed that makes no sense.
    """
    settings.state.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        store = stack.enter_context(closing(Store(settings.state / "nas.sqlite")))
        journal = stack.enter_context(closing(Journal(settings.state / JOURNAL_FILE)))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simulated-nas-")))
        ca_file = None if settings.plaintext or settings.front else settings.state / CA_FILE
        context, certificate_hash = tls.server_context(ca_file) if ca_file else (None, settings.front)
        rclone = Rclone(
            work,
            lambda key_id: keychain.private_key(store, key_id),
            allowed=seed.allowed(settings.seed, "cloud_sync"),
            environment=settings.rclone_environment,
        )
        mounted = pools.plant((settings.mnt or settings.state / "mnt").absolute(), settings.seed)
        environment = rclone.trusted | settings.rclone_environment
        outside = Outside(store, settings.seed.get("buckets"), environment, settings.seed.get("objects"))
        nas = Nas(
            settings.version,
            store,
            Accounts(
                store, settings.user, settings.keys, settings.password, settings.logins, _stored_verifiers(settings)
            ),
            rclone,
            RateLimit(settings.login_limit, settings.login_window),
            certificate_hash,
            mounted,
            outside,
            Restic(mounted, outside, rclone.environment(), allowed=seed.allowed(settings.seed, "cloud_backup")),
        )
        seed.plant(nas, settings.seed)
        credentials.drop_misfits(nas)
        shared = Surroundings(nas, journal, Faults(settings.faults), settings.latency)
        runner = web.AppRunner(_routes(settings, shared, None), shutdown_timeout=0.2)
        try:
            await runner.setup()
            await web.TCPSite(runner, settings.host, settings.port, ssl_context=context).start()
            if settings.local:
                routes = _routes(settings, shared, settings.local)
                await stack.enter_async_context(local.serving(settings.version, settings.local, routes))
            path = site.DDP if versions.is_older(settings.version) else "/api/current"
            yield Running(
                f"{_url(runner, secure=context is not None)}{path}", ca_file, journal.file, mounted.folder, nas
            )
        finally:
            await nas.jobs.close()
            await runner.cleanup()


def _stored_verifiers(settings: Settings) -> dict[int, Verifier]:
    if not versions.at_least(settings.version, versions.SCRAM_SINCE):
        return {}
    return {
        key.id: settings.verifiers.get(key.id) or Verifier.of(key.secret, settings.iterations) for key in settings.keys
    }


def _routes(settings: Settings, shared: Surroundings, inside: local.Local | None) -> web.Application:
    """Return the routes as nginx passes them on, which also cuts silent connections, or those of the socket of the NAS itself."""
    idle_limit = None if inside else settings.idle_limit or idle.seconds(settings.version)
    secure = shared.nas.certificate_hash is not None
    if versions.is_older(settings.version):
        return site.application(shared, idle_limit, settings.older, secure=secure, local=inside)
    return _application(shared, idle_limit, secure=secure, inside=inside)


def _application(
    shared: Surroundings, idle_limit: float | None, *, secure: bool, inside: local.Local | None
) -> web.Application:
    listed = versions.listed(shared.nas.version)
    application = web.Application()
    sockets: set[web.WebSocketResponse] = set()

    async def list_versions(_request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(listed), content_type="application/json")

    def handler(version: str | None) -> Any:
        async def handle(request: web.Request) -> web.WebSocketResponse:
            ws = web.WebSocketResponse(max_msg_size=2 * HARD_SIZE)
            async with idle.cut_after(idle_limit, request):
                await ws.prepare(request)
                sockets.add(ws)
                try:
                    caller = local.caller(shared.nas.version, request, inside, secure=secure)
                    if version is None:
                        await speak(
                            shared, ws, request, lambda send, reset: ddp.Peer(shared, send, caller, reset=reset)
                        )
                    else:
                        await Connection(shared, version, ws, request, caller).serve()
                finally:
                    sockets.discard(ws)
            return ws

        return handle

    async def close_all(_application: web.Application) -> None:
        closing = [ws.close(code=WSCloseCode.GOING_AWAY, message=b"Server shutdown") for ws in sockets]
        if closing:
            tasks = [asyncio.ensure_future(close) for close in closing]
            _rest, late = await asyncio.wait(tasks, timeout=1)
            for task in late:
                task.cancel()

    application.router.add_get("/api/versions", list_versions)
    for version in listed:
        application.router.add_get(f"/api/{version}", handler(versions.modeled(version)))
    application.router.add_get("/api/current", handler(shared.nas.version))
    application.router.add_get(f"/api/{versions.OLDEST}", handler(versions.OLDEST))
    application.router.add_get(site.DDP, handler(None))
    if rest.has(shared.nas.version):
        for (verb, path), method in rest.addresses().items():
            for address in (path, f"{path}/"):
                application.router.add_route(verb, address, _rest(shared, method, secure=secure, inside=inside))
    application.on_shutdown.append(close_all)
    return application


def _rest(shared: Surroundings, method: str, *, secure: bool, inside: local.Local | None) -> Any:
    """Return what answers requests to the address of a method."""

    async def handle(request: web.Request) -> web.Response:
        caller = local.caller(shared.nas.version, request, inside, secure=secure)
        asked = rest.Request(
            method,
            request.match_info.get("id_"),
            tuple(request.query.items()),
            await request.text(),
            request.headers.get("Authorization"),
            caller.origin,
            caller.secure,
        )
        found = await rest.answer(shared.nas, asked)
        shared.journal.write(
            session="rest", version=shared.nas.version, method=method, ok=found.status == 200, code=found.status
        )
        text = f"{found.status}: {HTTPStatus(found.status).phrase}" if found.text is None else found.text
        kind = "application/json" if found.is_json else "text/plain"
        return web.Response(status=found.status, text=text, content_type=kind)

    return handle


def _url(runner: web.AppRunner, *, secure: bool) -> str:
    host, port = runner.addresses[0][:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'wss' if secure else 'ws'}://{shown}:{port}"
