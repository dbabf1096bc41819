# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins: small web services that answer the few calls that rclone makes to list a remote, in the provider's words."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from .base import Server


@dataclass(frozen=True)
class Request:
    """The request of a client. `host` is the name that it connects to; `query` and `form` keep the last of equal names."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode()))

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty one."""
        found: dict[str, Any] = json.loads(self.body or b"{}")
        return found

    @property
    def authorization(self) -> tuple[str, str]:
        """The scheme, in lower case, and the rest of the header of that name."""
        scheme, _space, rest = self.headers.get("Authorization", "").partition(" ")
        return scheme.lower(), rest


@dataclass(frozen=True)
class Answer:
    """The answer to a request. A body that is not text is sent as JSON."""

    status: int = HTTPStatus.OK
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class StandIn(Server):
    """A provider behind the gate, which calls `answer` for requests to `hosts`. `port` is the gate's."""

    hosts: ClassVar[tuple[str, ...]]

    @abstractmethod
    def answer(self, request: Request) -> Answer | None:
        """Return the provider's answer; None for calls that it does not stand in for."""

    @property
    def url(self) -> str:
        return f"https://{self.hosts[0]}/"

    @contextmanager
    def _serving(self) -> Iterator[None]:
        yield

    def _probe(self) -> None:
        """The gate listens before its stand-ins start, and there is nothing else to ask."""


class Listener(ThreadingHTTPServer):
    """A client that stays connected does not delay its end, and one that hangs up is no error."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


class Handler(BaseHTTPRequestHandler):
    """Turns what `http.server` reads into a `Request`, and what `answer` returns into bytes."""

    protocol_version = "HTTP/1.1"
    answer: ClassVar[Callable[[Request], Answer]]
    # Without this the head and the body of an answer would wait for each other.
    wbufsize = -1

    def handle_one_request(self) -> None:
        """Answer the next request of the connection, whatever its method."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.handle_request()

    def handle_request(self) -> None:
        """Answer a request whose head has been read."""
        address = urlsplit(self.path)
        request = Request(
            self.command,
            self.headers.get("Host", "").partition(":")[0],
            address.path,
            dict(parse_qsl(address.query)),
            # Names of headers are looked up whatever their case.
            self.headers,  # type: ignore[arg-type]  # a message has what is used of a mapping
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        self.send(type(self).answer(request))

    def send(self, answer: Answer) -> None:
        """Send an answer."""
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        body = b"" if answer.status == HTTPStatus.NO_CONTENT else text.encode()
        self.send_response(answer.status)
        kind = "text/plain" if isinstance(answer.body, str) else "application/json"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
