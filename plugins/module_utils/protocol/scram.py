# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's side of SCRAM-SHA-512 with an API key, without a socket (truenas-api/wire.md §2, SCRAM).

The NAS deviates from RFC 5802 in two points, so general libraries do not work. A nonce is the base64 form of exactly 32 bytes,
and the server appends to these bytes, not to the text. The user name is not escaped.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
import traceback

from ..errors import AuthenticationError, InvalidInput, MissingLibrary, Problem, ServerFault, TLSError
from .api_key import Derive, Precomputed

BINDING = "tls-server-end-point"
NONCE_SIZE = 32
MIN_ITERATIONS = 50_000
MAX_ITERATIONS = 5_000_000
"""The range that the NAS itself uses. Fewer iterations would help an impostor to guess the key, more would block the client."""

_SERVER_FIRST = re.compile(r"r=([^,]+),s=([^,]+),i=([1-9][0-9]{0,9})")
_SERVER_FINAL = re.compile(r"v=([^,]+)")
_SUSPICION = (
    "Something might be intercepting the connection. The API key was not sent. "
    "Check host and the network path to the NAS."
)


class Exchange:
    """One login: send `first`, then the message from `final`, then pass the last answer to `verify`.

    `api_key` is raw or precomputed; `final` sets `precomputed` from a raw one, with `derive`.
    `binding` is the result of `end_point` for the connection's certificate, or None for an unbound login.
    Raises InvalidInput for a user name that SCRAM does not support.
    """

    def __init__(
        self,
        username: str,
        api_key: str | Precomputed,
        binding: bytes | None,
        nonce: bytes | None = None,
        derive: Derive = Precomputed.of,
    ) -> None:
        if re.search("[,:=]", username):
            reason = "must not contain a comma, a colon, or an equals sign for a SCRAM login"
            raise InvalidInput(
                [Problem("username", reason, "Set api_key_mechanism to plain, and api_key to the raw key.")]
            )
        self._raw = api_key if isinstance(api_key, str) else ""
        self.precomputed = None if isinstance(api_key, str) else api_key
        number = self._raw.partition("-")[0] if self.precomputed is None else self.precomputed.key_id
        self._header = "n,," if binding is None else f"p={BINDING},,"
        self._channel = binding or b""
        self._nonce = nonce or secrets.token_bytes(NONCE_SIZE)
        self._bare = f"n={username}:{number},r={_text(self._nonce)}"
        self._signature = b""
        self._derive = derive

    @property
    def first(self) -> str:
        """The client's first message."""
        return self._header + self._bare

    def final(self, server_first: str) -> str:
        """Return the client's final message. With a raw key, this takes up to seconds: the NAS sets the number of iterations.

        Raises AuthenticationError for an answer to another login and for an unreasonable number of iterations, ServerFault
        for a malformed message.
        """
        match = _SERVER_FIRST.fullmatch(server_first)
        if match is None:
            raise _malformed()
        nonce, salt, iterations = _bytes(match[1]), _bytes(match[2]), int(match[3])
        if not nonce.startswith(self._nonce) or len(nonce) <= len(self._nonce):
            raise AuthenticationError(f"The server answered a different login (nonce mismatch). {_SUSPICION}")
        if not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
            raise AuthenticationError(
                f"The server requested {iterations} hash iterations, but a NAS requests {MIN_ITERATIONS} to "
                f"{MAX_ITERATIONS}. {_SUSPICION}"
            )
        key = self.precomputed = self.precomputed or self._derive(self._raw, salt, iterations)
        without_proof = f"c={_text(self._header.encode() + self._channel)},r={match[1]}"
        message = f"{self._bare},{server_first},{without_proof}".encode()
        mask = _mac(key.stored_key, message)
        self._signature = _mac(key.server_key, message)
        proof = bytes(left ^ right for left, right in zip(key.client_key, mask, strict=True))
        return f"{without_proof},p={_text(proof)}"

    def verify(self, server_final: str) -> None:
        """Check that the server knows the key, too. Raises AuthenticationError if it does not."""
        match = _SERVER_FINAL.fullmatch(server_final)
        if match is None:
            raise _malformed()
        if not self._signature or not hmac.compare_digest(_bytes(match[1]), self._signature):
            if not self._raw:
                raise AuthenticationError(
                    f"The server accepted the login, but its proof does not match server_key of api_key. {_SUSPICION} If both "
                    "are right, server_key is wrong: compute the key again."
                )
            raise AuthenticationError(f"The server accepted the login without knowing the API key. {_SUSPICION}")


def end_point(certificate: bytes) -> bytes:
    """Return the value of the channel binding `tls-server-end-point`: a hash of the server's certificate in DER form.

    The hash algorithm is that of the certificate's signature, with SHA-256 in place of MD5 and SHA-1 (RFC 5929 §4.1).
    Raises TLSError if the signature does not name one, MissingLibrary without cryptography.
    """
    try:
        from cryptography import exceptions, x509  # noqa: PLC0415 - slow to import, and needed for this login alone
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - slow to import, and needed for this login alone
    except ImportError:
        raise MissingLibrary("cryptography", traceback.format_exc()) from None
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        algorithm = parsed.signature_hash_algorithm
    except (ValueError, exceptions.UnsupportedAlgorithm, x509.InvalidVersion):
        algorithm = None
    if algorithm is None:
        raise TLSError(
            "Cannot bind the login to the certificate of the NAS, because its signature does not name a hash algorithm. Set "
            "channel_binding: false, or use a certificate signed with RSA or ECDSA."
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
    return ServerFault("The NAS answered the login with an invalid SCRAM message.")
