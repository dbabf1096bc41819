# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server of the standard library, which lists its folder to a client with the password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .base import CLOSED, CONTENT, FILE, HOST, NO_SUCH_HOST, PATIENCE, WRONG, Server
from .running import thread
from .web import basic, expect


class Http(Server):
    """Read only, as the provider is; the credentials are part of its URL."""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    @property
    def options(self) -> dict[str, Any]:
        return {"url": f"http://{self.user}:{self.password}@{self.host}:{self.port}/"}

    def refused(self) -> dict[str, dict[str, Any]]:
        good: str = self.options["url"]
        return {
            "wrong_secret": {"url": good.replace(self.password, WRONG)},
            "no_such_folder": {"url": f"{good}nowhere/"},
            "unreachable": {"url": good.replace(f":{self.port}", f":{CLOSED}")},
            "no_such_host": {"url": f"http://{NO_SUCH_HOST}/"},
        }

    @contextmanager
    def _serving(self) -> Iterator[None]:
        (self.folder / FILE).write_bytes(CONTENT)
        handler = partial(_Listing, directory=str(self.folder), authorization=basic(self.user, self.password))
        with ThreadingHTTPServer((HOST, 0), handler) as server:
            self.port = server.server_port
            with thread(partial(server.serve_forever, poll_interval=0.05), server.shutdown):
                yield

    def _probe(self) -> None:
        headers = {"Authorization": basic(self.user, self.password)}
        expect(HTTPStatus.OK, HTTPConnection(self.host, self.port, timeout=PATIENCE), headers=headers)


class _Listing(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, authorization: str, **kwargs: Any) -> None:
        self._authorization = authorization
        # The base class handles the request before its __init__ returns.
        super().__init__(*args, **kwargs)

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if self.headers.get("Authorization") == self._authorization:
            return True
        self.send_error(HTTPStatus.UNAUTHORIZED)
        return False

    def end_headers(self) -> None:
        self.send_header("WWW-Authenticate", 'Basic realm="lab"')
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass
