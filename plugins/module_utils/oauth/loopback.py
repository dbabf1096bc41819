# SPDX-License-Identifier: GPL-3.0-or-later
"""The web server on the loopback interface that receives the redirect of the browser."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from ..errors import OAuthFailed, counted

_PAGE = b"<!doctype html><title>Ansible</title><p>You can close this window and go back to the terminal.\n"


class Redirects:
    """The redirects that the browser sent; `port` is the port of the server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()

    def wait(self, seconds: float) -> dict[str, str]:
        """Return the parameters of the redirect. Raises OAuthFailed if none arrives in time."""
        try:
            return self.answers.get(timeout=seconds)
        except queue.Empty:
            raise OAuthFailed(
                f"Nobody completed the login in the browser within {counted(f'{seconds:g}', 'second')}."
            ) from None


@contextmanager
def listening(port: int) -> Iterator[Redirects]:
    """Serve on 127.0.0.1 in the context; port 0 selects a free port. Raises OAuthFailed if the port is in use."""
    redirects = Redirects(port)

    class Handler(BaseHTTPRequestHandler):
        # A browser can open a connection in advance and send nothing.
        timeout = 10

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            answer = dict(parse_qsl(address.query))
            if address.path != "/" or not answer.keys() & {"code", "error"}:
                # Browsers also request an icon.
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(_PAGE)))
            # Do not send the code in the address to other servers.
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(_PAGE)
            redirects.answers.put(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing, because the address contains the code."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except (OSError, OverflowError) as error:
        raise OAuthFailed(
            f"Cannot listen on port {port} for the browser ({error}). Set redirect_port to another port."
        ) from None
    server.daemon_threads = True
    server.block_on_close = False
    redirects.port = server.server_address[1]
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    worker.start()
    try:
        yield redirects
    finally:
        server.shutdown()
        server.server_close()
        worker.join()
