# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that the servers with HTTP share."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection

STRANGER = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=NOBODY/20000101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
    "X-Amz-Date": "20000101T000000Z",
}
"""Headers of a request to S3 that is signed by a key that no server knows."""


def basic(user: str, password: str) -> str:
    """Return the header `Authorization` of basic authentication."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def expect(
    status: int, connection: HTTPConnection, method: str = "GET", headers: Mapping[str, str] | None = None
) -> None:
    """Ask for the root and close the connection. Raises RuntimeError if the answer has another status."""
    with closing(connection):
        connection.request(method, "/", headers=headers or {})
        answer = connection.getresponse()
        if answer.status != status:
            raise RuntimeError(f"{connection.host}:{connection.port} answers {answer.status} instead of {status}")
