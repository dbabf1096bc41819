# SPDX-License-Identifier: GPL-3.0-or-later
"""SCRAM-SHA-512 with an API key, the client's side: messages in, messages out, no socket (truenas-api/wire.md §2, SCRAM).

The NAS follows RFC 5802 except for two things: a nonce is the base64 form of exactly 32 bytes, of which the server's answer
is a continuation as bytes and not as text; and the name is not escaped. So no general library can be used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import traceback

from ..errors import AuthenticationError, InvalidInput, MissingLibrary, Problem, ServerFault, TLSError

BINDING = "tls-server-end-point"
NONCE_SIZE = 32
FEWEST_ITERATIONS = 50_000
MOST_ITERATIONS = 5_000_000
"""What the NAS itself takes: fewer would make guessing a key cheap for whoever answers, more would keep the client busy."""

_SERVER_FIRST = re.compile(r"r=([^,]+),s=([^,]+),i=([1-9][0-9]{0,9})")
_SERVER_FINAL = re.compile(r"v=([^,]+)")
_SUSPICION = (
    "This may be a machine in the middle. The key was not sent: check host, and what is between here and the NAS."
)


class Exchange:
    """One login: send `first`, then what `final` returns, then let `verify` look at the last answer.

    `binding` is what `end_point` gives for the connection's certificate; None leaves the login unbound.
    Raises InvalidInput for a user name that the NAS cannot take in this way.
    """

    def __init__(self, username: str, api_key: str, binding: bytes | None, nonce: bytes | None = None) -> None:
        if re.search("[,:=]", username):
            reason = "has a comma, a colon or an equals sign, which a login with SCRAM cannot carry"
            raise InvalidInput([Problem("username", reason, "Set api_key_mechanism to plain.")])
        number, _dash, self._secret = api_key.partition("-")
        self._header = "n,," if binding is None else f"p={BINDING},,"
        self._channel = binding or b""
        self._nonce = nonce or secrets.token_bytes(NONCE_SIZE)
        self._bare = f"n={username}:{number},r={_text(self._nonce)}"
        self._signature = b""

    @property
    def first(self) -> str:
        """The client's first message."""
        return self._header + self._bare

    def final(self, server_first: str) -> str:
        """Return the client's final message; takes a good part of a second, for the key is hashed as often as the NAS says.

        Raises AuthenticationError for an answer to another login and for an unreasonable number of iterations, ServerFault
        for what is no such message.
        """
        match = _SERVER_FIRST.fullmatch(server_first)
        if match is None:
            raise _malformed()
        nonce, salt, iterations = _bytes(match[1]), _bytes(match[2]), int(match[3])
        if not nonce.startswith(self._nonce) or len(nonce) <= len(self._nonce):
            raise AuthenticationError(f"What answers does not answer this login: its nonce is another. {_SUSPICION}")
        if not FEWEST_ITERATIONS <= iterations <= MOST_ITERATIONS:
            raise AuthenticationError(
                f"What answers wants the API key hashed {iterations} times; a NAS wants {FEWEST_ITERATIONS} to "
                f"{MOST_ITERATIONS}. {_SUSPICION}"
            )
        salted = hashlib.pbkdf2_hmac("sha512", self._secret.encode(), salt, iterations)
        client_key = _mac(salted, b"Client Key")
        without_proof = f"c={_text(self._header.encode() + self._channel)},r={match[1]}"
        message = f"{self._bare},{server_first},{without_proof}".encode()
        mask = _mac(hashlib.sha512(client_key).digest(), message)
        self._signature = _mac(_mac(salted, b"Server Key"), message)
        proof = bytes(left ^ right for left, right in zip(client_key, mask, strict=True))
        return f"{without_proof},p={_text(proof)}"

    def verify(self, server_final: str) -> None:
        """Check that whoever answered knows the key, too. Raises AuthenticationError if not."""
        match = _SERVER_FINAL.fullmatch(server_final)
        if match is None:
            raise _malformed()
        if not self._signature or not hmac.compare_digest(_bytes(match[1]), self._signature):
            raise AuthenticationError(f"Whoever answered let the login in without knowing the API key. {_SUSPICION}")


def end_point(certificate: bytes) -> bytes:
    """Return what the channel binding `tls-server-end-point` compares: a hash of the server's certificate in DER form.

    The hash is that of the certificate's own signature, and SHA-256 in place of MD5 and SHA-1 (RFC 5929 §4.1).
    Raises TLSError if the certificate does not have one, MissingLibrary without the library that reads certificates.
    """
    try:
        from cryptography import exceptions, x509  # noqa: PLC0415 - slow to import, and needed for this login alone
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - slow to import, and needed for this login alone
    except ImportError:
        raise MissingLibrary("cryptography", traceback.format_exc()) from None
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        algorithm = parsed.signature_hash_algorithm
    except (ValueError, exceptions.UnsupportedAlgorithm):
        algorithm = None
    if algorithm is None:
        raise TLSError(
            "The login cannot be bound to the certificate of the NAS, whose signature does not name a hash: set "
            "channel_binding to false, or give the NAS a certificate signed with RSA or ECDSA."
        )
    return parsed.fingerprint(hashes.SHA256() if algorithm.name in ("md5", "sha1") else algorithm)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha512")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None


def _malformed() -> ServerFault:
    return ServerFault("The NAS answered the login with something that is no SCRAM message.")
