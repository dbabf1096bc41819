# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the refusals of Amazon S3 and of services like it that moto does not know."""

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
    "OSS": (HTTPStatus.FORBIDDEN, "SecondLevelDomainForbidden", "Please use virtual hosted style to access."),
    "COS": (
        HTTPStatus.FORBIDDEN,
        "PathStyleDomainForbidden",
        "The bucket you are attempting to access must be addressed using COS virtual-styled domain.",
    ),
    "R2": (
        HTTPStatus.BAD_REQUEST,
        "InvalidRegionName",
        "The region name 'APAC' is not valid. Must be one of: wnam, enam, weur, eeur, apac, oc, auto",
    ),
    "GARAGE": (
        HTTPStatus.BAD_REQUEST,
        "AuthorizationHeaderMalformed",
        "Authorization header malformed, unexpected scope: '20260101/us-east-1/s3/aws4_request', "
        "expected: '20260101/garage/s3/aws4_request'",
    ),
    "OLDGARAGE": (
        HTTPStatus.BAD_REQUEST,
        "AuthorizationHeaderMalformed",
        "Authorization header malformed, unexpected scope: 20260101/us-east-1/s3/aws4_request",
    ),
    "NOBUCKET": (HTTPStatus.NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist"),
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
        names = {
            "clock_skew": "CLOCK",
            "wrong_region": "REGION",
            "invalid_token": "TOKEN",
            "oss_path_style": "OSS",
            "cos_path_style": "COS",
            "r2_region": "R2",
            "garage_region": "GARAGE",
            "old_garage_region": "OLDGARAGE",
            "bucket_in_host": "NOBUCKET",
        }
        return {case: self.options | {"access_key_id": key} for case, key in names.items()}

    @staticmethod
    def answer(request: Request) -> Answer:
        """Return the refusal."""
        key = request.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
        status, code, message = REFUSALS.get(key, REFUSALS["CLOCK"])
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
