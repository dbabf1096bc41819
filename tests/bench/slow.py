# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server that takes its time, to see whether verifications wait for each other."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

SECONDS = 0.5


class _Handler(BaseHTTPRequestHandler):
    seconds: float

    def do_GET(self) -> None:
        """Answer with an empty folder, late."""
        time.sleep(self.seconds)
        page = b"<html><body></body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class SlowServer:
    """Runs in a thread while the context lasts; `url` is where, `seconds` what each answer takes."""

    def __init__(self, seconds: float = SECONDS) -> None:
        handler = type("_Handler", (_Handler,), {"seconds": seconds})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
