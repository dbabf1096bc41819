# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket of the NAS itself: no web server in front of it, and who opens it needs no secret (truenas-api/older.md §4).

Who it is follows from the uid of the process on the other end: everyone is root on CORE, uid 0 is a full administrator later,
and another uid is the account of that uid, if it has a privilege. From 25.04 on that also holds for every login session. All
processes of a test have one uid, so `accounts` says which account of the NAS stands behind a uid of this machine.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from . import roles
from .accounts import Credential
from .limits import UNCOUNTED
from .older import facts

MODE = 0o666
"""Of the socket, from 24.04 on."""
MODE_OF_CORE = 0o600
"""The facts only presume that none but root reaches it there."""

KIND = "UNIX_SOCKET"
"""How a job names a login of this kind. The facts do not give the name."""


@dataclass(frozen=True)
class Local:
    """Where the socket is, and the accounts behind uids of this machine, each with its roles; without one there is none."""

    path: Path
    accounts: Mapping[int, Credential] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """Where a connection comes from, whether it counts as secure, and who it is without a login."""

    origin: str
    secure: bool
    credential: Credential | None = None


def parse_account(text: str) -> tuple[int, Credential]:
    """Read `UID=NAME:ROLE,ROLE`; an account without a role has no privilege. Raises ValueError."""
    number, _equals, rest = text.partition("=")
    name, _colon, listed = rest.partition(":")
    held = frozenset(listed.split(",")) if listed else frozenset[str]()
    if not name or (unknown := held - roles.ALL):
        msg = f"{text}: an account has the form UID=NAME:ROLE,ROLE" + (f", and no role is {unknown}" if name else "")
        raise ValueError(msg)
    return int(number), Credential(KIND, name, roles.included(held))


def who(version: str, uid: int, accounts: Mapping[int, Credential]) -> Credential | None:
    """Return what the process of a uid is logged in with, None if it has no privilege."""
    # Root has this one role only (upstream plugins/auth_/authenticate.py, plugins/account_/privilege.py full_privilege).
    root = Credential(KIND, "root", frozenset({roles.FULL_ADMIN}), attributes=("SYS_ADMIN",))
    if facts.is_core(version):
        return root
    found = accounts.get(uid, root if uid == 0 else None)
    return found if found and found.roles else None


def caller(version: str, request: web.Request, local: Local | None, *, secure: bool) -> Caller:
    """Return who sends a request, over the network without `local`."""
    if local is None:
        return Caller(request.remote or "", secure)
    assert request.transport is not None
    return Caller(UNCOUNTED, True, who(version, _uid(request.transport.get_extra_info("socket")), local.accounts))


def _uid(connection: socket.socket) -> int:
    """Return the uid of the process on the other end of a Unix socket."""
    layout = "3i"
    size = struct.calcsize(layout)
    _pid, uid, _gid = struct.unpack(layout, connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return int(uid)


@asynccontextmanager
async def serving(version: str, local: Local, application: web.Application) -> AsyncIterator[None]:
    """Serve on the socket while the context lasts. Raises OSError for a path where there can be none."""
    runner = web.AppRunner(application, shutdown_timeout=0.2)
    try:
        await runner.setup()
        await web.UnixSite(runner, local.path).start()
        local.path.chmod(MODE_OF_CORE if facts.is_core(version) else MODE)
        yield
    finally:
        await runner.cleanup()
        local.path.unlink(missing_ok=True)


def accounts(texts: Iterable[str]) -> dict[int, Credential]:
    """Read the accounts of a command line. Raises ValueError."""
    return dict(parse_account(text) for text in texts)
