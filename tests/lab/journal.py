# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy in front of one HTTP server of the lab: it remembers every request, and can be as slow as a line to a provider."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import Any

from .base import HOST, PATIENCE
from .running import thread
from .stand_in import Listener


class Journal:
    """Forwards requests to `host` and `port` as they are, signatures included, after `delay` seconds.

    `seen` has the method and the path of each request, `url` is the address for clients.
    """

    def __init__(self, host: str, port: int, delay: float = 0) -> None:
        self.target = host, port
        self.delay = delay
        self.seen: list[tuple[str, str]] = []
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Forward while the context lasts."""
        with Listener((HOST, 0), type("Handler", (_Handler,), {"journal": self})) as server:
            self.url = f"http://{HOST}:{server.server_port}"
            with thread(partial(server.serve_forever, poll_interval=0.05), server.shutdown):
                yield


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    journal: Journal

    def handle_request(self) -> None:
        self.journal.seen.append((self.command, self.path))
        time.sleep(self.journal.delay)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = HTTPConnection(*self.journal.target, timeout=PATIENCE)
        # The host is signed, so the target gets that of the journal.
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        connection.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_request

    def log_message(self, *_: Any) -> None:
        """Write nothing."""
