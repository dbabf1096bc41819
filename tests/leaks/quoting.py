# SPDX-License-Identifier: GPL-3.0-or-later
"""A NAS that fails at one step, and then quotes every secret that the task has sent or read, in every form.

The user name of the login names the step. What is not at issue is answered as a NAS of 25.10 does (truenas-api/wire.md).
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from aiohttp import WSMsgType, web

from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.desk import SPAN

LOGIN, QUERY, CREATE, UPDATE, DELETE, VERIFY, RUN, LIST = STEPS = (
    *("login", "query", "create", "update"),
    *("delete", "verify", "run", "list"),
)
"""The steps at which it fails."""

_FAILS_AT = {"sync": RUN, "list_buckets": LIST, "list_snapshots": LIST, "onedrive_list_drives": LIST}


class QuotingNas:
    """Listens on a port of this host, without TLS, in a thread. `stored` has the rows of each query method."""

    def __init__(self, stored: Mapping[str, list[dict[str, Any]]]) -> None:
        self._stored = stored
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self.port = 0
        self.failed: set[tuple[str, str]] = set()
        """The steps and methods that have failed."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        application = web.Application()
        application.router.add_get("/{path:.*}", self._talk)
        runner = web.AppRunner(application, shutdown_timeout=0)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        login: list[Any] = []
        rows: dict[int, list[Any]] = defaultdict(list)
        step = ""
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                break
            call = json.loads(message.data)
            # Tasks that share a session have ranges of IDs.
            read = rows[call["id"] // SPAN]
            if call["method"] == "auth.login_ex":
                login = call["params"]
                step = login[0].get("username", step)
            answer = self._answer(step, call["method"], [login, read, call["params"]])
            if call["method"].endswith(".query"):
                read.append(answer.get("result"))
            await socket.send_str(json.dumps({"jsonrpc": "2.0", "id": call["id"], **answer}))
        return socket

    def _answer(self, step: str, method: str, known: list[Any]) -> dict[str, Any]:
        service, _dot, verb = method.rpartition(".")
        failing = LOGIN if method == "auth.login_ex" else _FAILS_AT.get(verb, verb)
        if failing == step and not (verb == "query" and service == "core"):
            self.failed.add((step, method))
            if verb == "verify":
                return {"result": {"valid": False, "error": quoted(known), "excerpt": quoted(known)}}
            return {"error": self._error(verb, quoted(known))}
        answers = {
            "auth.mechanism_choices": ["API_KEY_PLAIN", "PASSWORD_PLAIN"],
            "auth.login_ex": {
                "response_type": "SUCCESS",
                "user_info": {"privilege": {"roles": {"$set": ["FULL_ADMIN"]}}},
                "authenticator": "LEVEL_1",
            },
            "system.version_short": "25.10.0",
            "core.subscribe": "1",
            "keychaincredential.used_by": [],
            "cloudsync.credentials.verify": {"valid": True, "error": None, "excerpt": None},
        }
        if verb == "query":
            return {"result": self._stored.get(method, []) if step != CREATE or service in _NEEDED else []}
        return {"result": answers.get(method, True)}

    @staticmethod
    def _error(verb: str, text: str) -> dict[str, Any]:
        if verb in ("create", "update"):
            data = {"error": 22, "errname": "EINVAL", "reason": text, "extra": [["cloud_sync_create.path", text, 22]]}
            return {"code": -32602, "message": "Invalid params", "data": data}
        return {
            "code": -32001,
            "message": text,
            "data": {"error": 14, "errname": "EFAULT", "reason": f"[EFAULT] {text}"},
        }


_NEEDED = ("cloudsync.credentials",)
"""The services whose rows a task of another service needs to create an object. They fail to create by a new name."""


def quoted(known: Any) -> str:
    """Return a text with all texts in a value, in every form in which a server might quote them."""
    texts = sorted({text for text in _texts(known) if len(text) > 3})
    pairs = [f"automation:{text}" for text in texts]
    encoded = [base64.b64encode(text.encode()).decode() for text in (*texts, *pairs)]
    others = [form for text in texts for form in (repr(text), quote(text, safe=""), text.encode().hex())]
    return " ".join((json.dumps(known), *texts, *encoded, *others))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
