# SPDX-License-Identifier: GPL-3.0-or-later
"""A WebDAV server with basic authentication: WsgiDAV on Cheroot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

from cheroot.wsgi import Server as WsgiServer
from wsgidav.wsgidav_app import WsgiDAVApp

from .base import CLOSED, CONTENT, FILE, HOST, NO_SUCH_HOST, PATIENCE, WRONG, Server
from .running import thread
from .web import basic, expect


class WebDav(Server):
    """Read and write."""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    @property
    def options(self) -> dict[str, Any]:
        return {"url": self.url, "vendor": "OTHER", "user": self.user, "pass": self.password}

    def refused(self) -> dict[str, dict[str, Any]]:
        good = self.options
        return {
            "wrong_secret": good | {"pass": WRONG},
            "unknown_user": good | {"user": "nobody"},
            "no_such_folder": good | {"url": f"{self.url}nowhere/"},
            "unreachable": good | {"url": f"http://{self.host}:{CLOSED}/"},
            "no_such_host": good | {"url": f"http://{NO_SUCH_HOST}/"},
        }

    @contextmanager
    def _serving(self) -> Iterator[None]:
        (self.folder / FILE).write_bytes(CONTENT)
        app = WsgiDAVApp(
            {
                "provider_mapping": {"/": str(self.folder)},
                "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
                "simple_dc": {"user_mapping": {"*": {self.user: {"password": self.password}}}},
                "verbose": 1,
            }
        )
        server = WsgiServer((HOST, 0), app, numthreads=4, shutdown_timeout=1)
        server.prepare()
        self.port = server.bind_addr[1]
        with thread(server.serve, server.stop):
            yield

    def _probe(self) -> None:
        headers = {"Authorization": basic(self.user, self.password), "Depth": "0"}
        expect(HTTPStatus.MULTI_STATUS, HTTPConnection(self.host, self.port, timeout=PATIENCE), "PROPFIND", headers)
