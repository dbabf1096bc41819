# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of SCRAM-SHA-512 with API keys (RFC 5802; truenas-api/wire.md §2 SCRAM)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

ITERATIONS = 500_000
_FIRST = re.compile(
    r"(?P<header>(?:[ny]|p=(?P<binding>[A-Za-z0-9.-]+)),,)(?P<bare>n=(?P<name>[^,]+),r=(?P<nonce>[^,]+))"
)
_FINAL = re.compile(r"(?P<without_proof>c=(?P<channel>[^,]+),r=(?P<nonce>[^,]+)),p=(?P<proof>[^,]+)")
_BINDING = "tls-server-end-point"


class ScramError(Exception):
    """A message that does not follow RFC 5802, or a proof that does not hold."""


@dataclass(frozen=True)
class ClientFirst:
    """A parsed client-first-message."""

    header: str
    bare: str
    binds_channel: bool
    username: str
    key_id: int
    nonce: str


def parse_first(text: str) -> ClientFirst:
    """Parse a client-first-message naming `USER:KEYID`. Raises ScramError."""
    match = _FIRST.fullmatch(text)
    if match is None or match["binding"] not in (None, _BINDING):
        raise ScramError("malformed client first message")
    username, colon, key_id = match["name"].replace("=2C", ",").replace("=3D", "=").rpartition(":")
    if not (colon and key_id.isascii() and key_id.isdigit()):
        raise ScramError("the name is not USER:KEYID")
    return ClientFirst(
        match["header"], match["bare"], match["binding"] is not None, username, int(key_id), match["nonce"]
    )


class Exchange:
    """One exchange, between its first and its final message. `secret` is the key without its id."""

    def __init__(self, first: ClientFirst, secret: str, certificate_hash: bytes | None) -> None:
        self.key_id = first.key_id
        self._first = first
        self._secret = secret
        self._channel = certificate_hash if first.binds_channel else b""
        self._salt = secrets.token_bytes(16)
        self._nonce = first.nonce + base64.b64encode(secrets.token_bytes(24)).decode()

    @property
    def server_first(self) -> str:
        """The server-first-message."""
        return f"r={self._nonce},s={base64.b64encode(self._salt).decode()},i={ITERATIONS}"

    def finish(self, text: str) -> str:
        """The server-final-message answering a client-final-message; takes its time. Raises ScramError."""
        match = _FINAL.fullmatch(text)
        if match is None or self._channel is None:
            raise ScramError("malformed client final message")
        channel = base64.b64encode(self._first.header.encode() + self._channel).decode()
        if match["nonce"] != self._nonce or match["channel"] != channel:
            raise ScramError("nonce or channel binding differ")
        salted = hashlib.pbkdf2_hmac("sha512", self._secret.encode(), self._salt, ITERATIONS)
        client_key = _mac(salted, b"Client Key")
        message = f"{self._first.bare},{self.server_first},{match['without_proof']}".encode()
        signature = _mac(hashlib.sha512(client_key).digest(), message)
        proof = bytes(left ^ right for left, right in zip(client_key, signature, strict=True))
        if not hmac.compare_digest(base64.b64encode(proof).decode(), match["proof"]):
            raise ScramError("wrong proof")
        return f"v={base64.b64encode(_mac(_mac(salted, b'Server Key'), message)).decode()}"


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha512")
