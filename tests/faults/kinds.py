# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults. The messages of the NAS under them follow docs/reference/truenas-api/wire.md, §1 and §2."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from .frames import Frame, closing, frame, head, text
from .proxy import Fault, Link

Request = dict[str, Any]
Reply = Frame | None

BIG = 50 << 20
"""Bytes of the largest reply."""
LATE = 0.1
"""Seconds after the first look in which the NAS carries out a call whose connection has broken."""
MAX_LOOK_TIME = 5.0
"""Seconds in which a client looks at what is stored."""
ADMIN_BODY = b"<html>" + b"x" * 2000


async def _reset(link: Link, _request: Request, _reply: Reply) -> None:
    link.reset()


async def _leave_running(link: Link, request: Request, _reply: Reply) -> None:
    link.reset()
    # The world waits for it before it looks at what is stored.
    await asyncio.wait([link.world.soon(_apply(link, request))])


async def _apply(link: Link, request: Request) -> None:
    assert link.nas is not None
    # A client that does not look at all does not delay the end of the test.
    with suppress(TimeoutError):
        await asyncio.wait_for(link.world.looked.wait(), MAX_LOOK_TIME)
    await asyncio.sleep(LATE)
    link.nas.write(frame(json.dumps(request).encode()))
    await link.nas.drain()
    await asyncio.sleep(LATE)


async def _half(link: Link, _request: Request, reply: Reply) -> None:
    raw = reply.raw if reply else b"\x81\x7e\x10\x00{"
    await link.send(raw[: len(raw) // 2])
    link.reset()


async def _then_reset(link: Link, _request: Request, reply: Reply) -> None:
    await link.send(reply.raw if reply else b"")
    link.reset()


async def _mute(link: Link, _request: Request, _reply: Reply) -> None:
    link.muted = True


async def _slow(link: Link, _request: Request, reply: Reply) -> None:
    link.muted = True
    await link.trickle(frame((reply.payload if reply else b"") + b" " * 5000))


async def _garbage(link: Link, _request: Request, _reply: Reply) -> None:
    await link.send(b"\xf3\x10" + bytes(range(0x10)))


async def _no_json(link: Link, _request: Request, reply: Reply) -> None:
    payload = reply.payload if reply else b"{"
    await link.send(frame(payload[: len(payload) // 2]))


async def _wrong_id(link: Link, request: Request, reply: Reply) -> None:
    message = reply.message if reply else {}
    await link.send(text({**message, "id": int(request.get("id", 0)) + 1_000_000}))


async def _twice(link: Link, _request: Request, reply: Reply) -> None:
    for _time in range(2):
        await link.send(reply.raw if reply else b"")


async def _big(link: Link, request: Request, _reply: Reply) -> None:
    start, end = f'{{"jsonrpc": "2.0", "id": {request.get("id")}, "result": "'.encode(), b'"}'
    await link.send(head(BIG) + start)
    part = b"x" * (1 << 18)
    for left in range(BIG - len(start) - len(end), 0, -len(part)):
        await link.send(part[:left])
    await link.send(end)


async def swallow(_link: Link, _request: Request, _reply: Reply) -> None:
    """Drop the reply; what happens next is the NAS' own doing."""


async def _pass_on(link: Link, _request: Request, reply: Reply) -> None:
    await link.send(reply.raw if reply else b"")


def _close(code: int, reason: str) -> Any:
    async def close(link: Link, _request: Request, _reply: Reply) -> None:
        await link.send(closing(code, reason))
        link.muted = True

    return close


def error(request: Request, number: int, name: str, reason: str) -> bytes:
    """Return the reply to a request as the NAS answers it with an error of a call."""
    data = {"error": number, "errname": name, "reason": reason, "trace": None, "extra": None}
    body = {"code": -32001, "message": "Method call error", "data": data}
    return text({"jsonrpc": "2.0", "id": request.get("id"), "error": body})


def _refused(number: int, name: str, reason: str) -> Any:
    async def refuse(link: Link, request: Request, _reply: Reply) -> None:
        await link.send(error(request, number, name, reason))

    return refuse


async def _abort(link: Link) -> None:
    link.reset()


async def _say_nothing(_link: Link) -> None:
    await asyncio.sleep(3600)


def _status(line: str, *headers: str) -> Any:
    head = "\r\n".join([f"HTTP/1.1 {line}", *headers, f"Content-Length: {len(ADMIN_BODY)}", "", ""]).encode()

    async def answer(link: Link) -> None:
        await link.send(head + ADMIN_BODY)
        await asyncio.sleep(0.1)

    return answer


async def _slow_upgrade(link: Link) -> None:
    await link.trickle(b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Slow: x\r\n" * 1000)


async def _plain_http(link: Link) -> None:
    await link.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await asyncio.sleep(0.1)


async def _not_allowed(link: Link) -> None:
    await link.send(closing(1008, "You are not allowed to access this resource"))
    await asyncio.sleep(0.1)


def _limited(world: Any, message: Request) -> bytes | None:
    """Refuse the first login, as one too many in its minute."""
    if message.get("method") != "auth.login_ex" or world.refused_logins:
        return None
    world.refused_logins += 1
    return error(message, 16, "EBUSY", "[EBUSY] Rate Limit Exceeded")


def _certificate(name: str) -> Any:
    async def change(world: Any) -> None:
        world.show_certificate(name)

    return change


async def _go(world: Any) -> None:
    await world.proxy.refuse()


async def _restart(world: Any) -> None:
    world.soon(world.restart())


async def _renew(world: Any) -> None:
    world.soon(world.restart("renewed"))


async def _replace(world: Any) -> None:
    world.soon(world.restart("self-signed"))


async def _fail_over(world: Any) -> None:
    await world.become_standby(has_active=True)


async def _lose_both(world: Any) -> None:
    await world.become_standby(has_active=False)


async def _fill(world: Any) -> None:
    world.fill_disk()


AT_THE_CALL = (
    Fault("reset before", "The connection is reset, and the NAS does not get the call.", _reset, carried_out=False),
    Fault(
        "reset while it runs",
        "The connection is reset, and the NAS executes the call only after the task has read the stored state.",
        _leave_running,
        False,
    ),
    Fault("reset during", "The NAS executes the call. The connection is reset in the middle of the reply.", _half),
    Fault("reply lost", "The NAS executes the call. The connection is reset in place of the reply.", _reset),
    Fault("reset after", "The connection is reset right after the reply.", _then_reset),
    Fault("half-open", "The NAS does not get the call, and this connection stays silent.", _mute, False, waits=True),
    Fault("no answer", "The NAS executes the call, and this connection stays silent.", _mute, waits=True),
    Fault("slow bytes", "The reply arrives at five bytes a second.", _slow, waits=True),
    Fault("garbage", "In place of the reply, bytes arrive that are not a frame.", _garbage),
    Fault("bad JSON", "Half of the reply arrives, in a complete frame.", _no_json),
    Fault("wrong ID", "The reply has the ID of another call.", _wrong_id),
    Fault("two replies", "The reply arrives twice.", _twice),
    Fault("50 MB", "The reply has 50 MB.", _big),
    Fault("close 1000", "In place of the reply, the NAS closes the connection without a reason.", _close(1000, "")),
    Fault("close 1001", "The same, because the NAS shuts down.", _close(1001, "Server shutdown")),
    Fault(
        "close 1007", "The NAS rejects the call as invalid text, and closes the connection.", _close(1007, ""), False
    ),
    Fault(
        "close 1008", "The NAS rejects the address of the client, and closes the connection.", _close(1008, ""), False
    ),
    Fault("close 1009", "The NAS rejects the call as too long, and closes the connection.", _close(1009, ""), False),
    Fault(
        "close 1011", "In place of the reply, the NAS closes the connection after an internal error.", _close(1011, "")
    ),
    Fault(
        "session expired",
        "The NAS refuses the call, because the session has reached its maximum age.",
        _refused(13, "EACCES", "[EACCES] Session is expired"),
        carried_out=False,
        needs_session=True,
    ),
    Fault(
        "session ended",
        "The NAS refuses the call, because the connection is no longer logged in.",
        _refused(207, "ENOTAUTHENTICATED", "[ENOTAUTHENTICATED] Not authenticated"),
        carried_out=False,
        needs_session=True,
    ),
    Fault("disk full", "SQLite on the NAS has no space left for the write.", _pass_on, early=_fill, writes_only=True),
)
"""They affect one call. Later connections work."""

OF_CONNECTIONS = (
    Fault("refused", "Nothing listens at the port.", _reset, turn=_go),
    Fault("reset", "Connections are reset before TLS.", _reset, accept=_abort),
    Fault("silent", "Connections are accepted, and TLS is not answered.", _reset, accept=_say_nothing, waits=True),
    Fault("not TLS", "The port answers in plain HTTP.", _reset, accept=_plain_http),
    Fault("wrong host", "The certificate is for another host.", _reset, turn=_certificate("wrong host")),
    Fault("expired", "The certificate has expired.", _reset, turn=_certificate("expired")),
    Fault("self-signed", "The CA of the certificate is not trusted.", _reset, turn=_certificate("self-signed")),
    Fault(
        "HTTP 301",
        "The upgrade is redirected.",
        _reset,
        upgrade=_status("301 Moved", "Location: https://x.example/ui/"),
    ),
    Fault("HTTP 404", "The answer to the upgrade is 404.", _reset, upgrade=_status("404 Not Found")),
    Fault("HTTP 502", "The answer to the upgrade is 502.", _reset, upgrade=_status("502 Bad Gateway")),
    Fault("slow upgrade", "The answer to the upgrade has no end.", _reset, upgrade=_slow_upgrade, waits=True),
    Fault("not allowed", "The NAS closes with 1008 after the upgrade.", _reset, greet=_not_allowed),
    Fault("login limit", "The next login exceeds the limit of logins in a minute.", _reset, answer=_limited),
    Fault("restart", "The NAS restarts, and refuses connections for 0.3 seconds.", swallow, turn=_restart),
    Fault("renewed certificate", "The same, with a new certificate of the same CA.", swallow, turn=_renew),
    Fault("other certificate", "The same, with a new certificate of a CA that is not trusted.", swallow, turn=_replace),
    Fault(
        "standby",
        "The address is now that of the standby node, which redirects to the active node.",
        _reset,
        turn=_fail_over,
    ),
    Fault("no active node", "Both nodes of the pair are standby nodes.", _reset, turn=_lose_both),
)
"""The NAS executes the affected call, its reply is lost, and every later connection has the fault."""

FAULTS = (*AT_THE_CALL, *OF_CONNECTIONS)
