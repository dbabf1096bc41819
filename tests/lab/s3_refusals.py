# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the refusals of Amazon S3 that moto does not know: a clock that is wrong, and a region that is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

from .base import HOST, PATIENCE, Server
from .running import thread
from .stand_in import Answer, Handler, Listener, Request
from .web import expect

REFUSALS = {
    "CLOCK": (
        HTTPStatus.FORBIDDEN,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    ),
    "REGION": (
        HTTPStatus.BAD_REQUEST,
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    ),
    "TOKEN": (
        HTTPStatus.BAD_REQUEST,
        "InvalidToken",
        "The provided token is malformed or otherwise invalid.",
    ),
}
"""Answers by the access key that asks; it stands for what is wrong."""


class S3Refusals(Server):
    """Refuses every request, for the reason that its access key names: one of `REFUSALS`. It checks nothing."""

    wire_type = "S3"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def options(self) -> dict[str, Any]:
        return {
            "access_key_id": "CLOCK",
            "secret_access_key": self.password,
            "endpoint": self.url,
            "region": "us-east-1",
        }

    def refused(self) -> dict[str, dict[str, Any]]:
        names = {"clock_skew": "CLOCK", "wrong_region": "REGION", "invalid_token": "TOKEN"}
        return {case: self.options | {"access_key_id": key} for case, key in names.items()}

    @staticmethod
    def answer(request: Request) -> Answer:
        """Return the refusal."""
        credential = request.headers.get("Authorization", "").partition("Credential=")[2]
        status, code, message = REFUSALS.get(credential.partition("/")[0], REFUSALS["CLOCK"])
        text = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        return Answer(status, text, {"Content-Type": "application/xml"})

    @contextmanager
    def _serving(self) -> Iterator[None]:
        with Listener((HOST, 0), type("Handler", (Handler,), {"answer": staticmethod(self.answer)})) as server:
            self.port = server.server_port
            with thread(partial(server.serve_forever, poll_interval=0.05), server.shutdown):
                yield

    def _probe(self) -> None:
        expect(HTTPStatus.FORBIDDEN, HTTPConnection(self.host, self.port, timeout=PATIENCE))
