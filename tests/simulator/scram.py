# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of SCRAM-SHA-512 with API keys (RFC 5802; truenas-api/wire.md §2 SCRAM;
upstream truenas_scram src/scram/)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

ITERATIONS = 500_000
NONCE_SIZE = 32
SALT_SIZE = 16
_FIRST = re.compile(
    r"(?P<header>(?:[ny]|p=(?P<binding>[A-Za-z0-9.-]+)),,)(?P<bare>n=(?P<name>[^,]+),r=(?P<nonce>[^,]+))"
)
_FINAL = re.compile(r"(?P<without_proof>c=(?P<channel>[^,]+),r=(?P<nonce>[^,]+)),p=(?P<proof>[^,]+)")
_PARTS = ("salt", "stored_key", "server_key")
_STORED = re.compile(
    r"SCRAM-SHA-512\$(?P<iterations>[0-9]+):(?P<salt>[^$:]+)\$(?P<stored_key>[^$:]+):(?P<server_key>[^$:]+)"
)
_BINDING = "tls-server-end-point"


class ScramError(Exception):
    """A message that does not follow RFC 5802 as the server reads it, or a proof that does not hold."""


@dataclass(frozen=True)
class ClientFirst:
    """A parsed client-first-message."""

    header: str
    bare: str
    binds_channel: bool
    username: str
    key_id: int
    nonce: bytes


def parse_first(text: str) -> ClientFirst:
    """Parse a client-first-message naming `USER:KEYID`; the name is not unescaped. Raises ScramError."""
    match = _FIRST.fullmatch(text)
    if match is None or match["binding"] not in (None, _BINDING):
        raise ScramError("malformed client first message")
    username, _colon, key_id = match["name"].partition(":")
    if not (username and key_id.isascii() and key_id.isdigit()):
        raise ScramError("the name is not USER:KEYID")
    nonce = _bytes(match["nonce"])
    if len(nonce) != NONCE_SIZE:
        raise ScramError(f"the nonce is not the base64 form of {NONCE_SIZE} bytes")
    return ClientFirst(match["header"], match["bare"], match["binding"] is not None, username, int(key_id), nonce)


def keys_of(secret: str, salt: bytes, iterations: int) -> tuple[bytes, bytes, bytes]:
    """Return the client key, the stored key and the server key of a key, given without its id; takes its time."""
    salted = PBKDF2HMAC(SHA512(), SHA512.digest_size, salt, iterations).derive(secret.encode())
    client_key = _mac(salted, b"Client Key")
    return client_key, hashlib.sha512(client_key).digest(), _mac(salted, b"Server Key")


@dataclass(frozen=True)
class Verifier:
    """The part of a key that the server keeps, to check a proof and to sign."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, secret: str, iterations: int = ITERATIONS) -> Verifier:
        """Make it for a key, given without its id; takes its time."""
        salt = secrets.token_bytes(SALT_SIZE)
        return cls(salt, iterations, *keys_of(secret, salt, iterations)[1:])

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read what `str` wrote. Raises ValueError."""
        match = _STORED.fullmatch(text)
        if match is None:
            msg = "a verifier has the form SCRAM-SHA-512$ITERATIONS:SALT$STORED_KEY:SERVER_KEY"
            raise ValueError(msg)
        salt, stored_key, server_key = (base64.b64decode(match[name], validate=True) for name in _PARTS)
        return cls(salt, int(match["iterations"]), stored_key, server_key)

    def __str__(self) -> str:
        """Return the verifier as text (RFC 5803)."""
        salt, stored_key, server_key = (_text(getattr(self, name)) for name in _PARTS)
        return f"SCRAM-SHA-512${self.iterations}:{salt}${stored_key}:{server_key}"


class Exchange:
    """One exchange, between its first and its final message."""

    def __init__(self, first: ClientFirst, verifier: Verifier, certificate_hash: bytes | None) -> None:
        self.key_id = first.key_id
        self._first = first
        self._verifier = verifier
        self._channel = certificate_hash if first.binds_channel else b""
        # All of it is encoded anew, so as text it does not begin with the client's.
        self._nonce = _text(first.nonce + secrets.token_bytes(NONCE_SIZE))

    @cached_property
    def server_first(self) -> str:
        """The server-first-message."""
        return f"r={self._nonce},s={_text(self._verifier.salt)},i={self._verifier.iterations}"

    def finish(self, text: str) -> str:
        """Return the server-final-message answering a client-final-message. Raises ScramError."""
        match = _FINAL.fullmatch(text)
        if match is None or self._channel is None:
            raise ScramError("malformed client final message")
        channel = self._first.header.encode() + self._channel
        if match["nonce"] != self._nonce or _bytes(match["channel"]) != channel:
            raise ScramError("nonce or channel binding differ")
        message = f"{self._first.bare},{self.server_first},{match['without_proof']}".encode()
        proof, signature = _bytes(match["proof"]), _mac(self._verifier.stored_key, message)
        if len(proof) != len(signature):
            raise ScramError("malformed proof")
        client_key = bytes(left ^ right for left, right in zip(proof, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha512(client_key).digest(), self._verifier.stored_key):
            raise ScramError("wrong proof")
        return f"v={_text(_mac(self._verifier.server_key, message))}"


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha512")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ScramError("not base64") from None
