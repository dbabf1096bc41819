# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy for clients whose provider has a fixed address: it leads to stand-ins, and to nothing else."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from .base import HOST
from .certificate import write_certificate
from .running import thread
from .stand_in import Answer, Handler, Listener, Request, StandIn


class Gate:
    """Takes CONNECT to the hosts of its stand-ins, and speaks TLS for them while the context lasts.

    Every other host is refused with 403, so nothing leaves loopback. `ca_file` is what a client trusts, `environment` has the
    variables with which a client, for example rclone, goes through the gate. `seen` are the requests so far.
    """

    host = HOST
    port: int
    ca_file: Path

    def __init__(self, stand_ins: Sequence[StandIn]) -> None:
        self._stand_ins = stand_ins
        self.hosts = {host for stand_in in stand_ins for host in stand_in.hosts}
        self.seen: list[Request] = []
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start to listen."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="lab-")))
            stack.enter_context(self._serving(folder))
            self._running = stack.pop_all()
        for stand_in in self._stand_ins:
            stand_in.port = self.port
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop to listen."""
        self._running.close()

    @property
    def environment(self) -> dict[str, str]:
        """The proxy for HTTPS, whatever the host; plain HTTP to loopback goes there directly."""
        proxy = f"http://{self.host}:{self.port}"
        return {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "NO_PROXY": HOST, "SSL_CERT_FILE": str(self.ca_file)}

    def answer(self, request: Request) -> Answer:
        """Ask the stand-ins for a host in turn; the first that is content with the request answers, else the first.

        Several share a host: all of Google has one for tokens.
        """
        self.seen.append(request)
        stand_ins = [stand_in for stand_in in self._stand_ins if request.host in stand_in.hosts]
        answers = [answer for stand_in in stand_ins if (answer := stand_in.answer(request))]
        answers.sort(key=lambda answer: answer.status >= HTTPStatus.BAD_REQUEST)
        return answers[0] if answers else Answer(HTTPStatus.NOT_FOUND, "No stand-in answers that call.")

    @contextmanager
    def _serving(self, folder: Path) -> Iterator[None]:
        self.ca_file, key_file = write_certificate(folder, sorted(self.hosts))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.ca_file, key_file)
        settings: dict[str, Any] = {"answer": self.answer, "hosts": self.hosts, "context": context}
        with Listener((HOST, 0), type("Handler", (_Handler,), settings)) as server:
            self.port = server.server_port
            with thread(partial(server.serve_forever, poll_interval=0.05), server.shutdown):
                yield


class _Handler(Handler):
    hosts: set[str]
    context: ssl.SSLContext

    def handle_request(self) -> None:
        if self.command != "CONNECT" and not isinstance(self.connection, ssl.SSLSocket):
            self.send(Answer(HTTPStatus.FORBIDDEN, "Only CONNECT leads anywhere."))
        elif self.command != "CONNECT":
            super().handle_request()
        elif self.path.partition(":")[0] not in self.hosts:
            self.send(Answer(HTTPStatus.FORBIDDEN, "Nothing outside of the lab can be reached."))
        else:
            self.send_response(HTTPStatus.OK)
            self.end_headers()
            self.wfile.flush()
            self.connection = self.context.wrap_socket(self.connection, server_side=True)
            # From now on requests are read from inside the tunnel.
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
            self.close_connection = False
