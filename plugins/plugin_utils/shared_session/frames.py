# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages between a worker and the process that keeps the logins: a kind, a length, and a body."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError

HELLO, GO, REPLY, LOST, PROGRESS = b"H", b"G", b"R", b"L", b"P"
"""To a worker: the login's roles, the first ID for requests, and the dialect of the NAS; a request was sent to the NAS; a message
from the NAS; the login or the connection failed; a line of progress about the login."""
OPEN, REQUEST, ABANDON = b"O", b"Q", b"A"
"""From a worker: the NAS and account that it needs, a request as JSON text, and the ID of a request whose reply is no longer
needed."""

_HEAD = struct.Struct("!cI")

_ERRORS = {
    kind.__name__: kind
    for kind in (
        errors.AuthenticationError,
        errors.ConnectionLost,
        errors.NotTLS,
        errors.RateLimited,
        errors.ServerFault,
        errors.TimedOut,
        errors.TLSError,
        errors.Unreachable,
    )
}


def frame(kind: bytes, body: bytes = b"") -> bytes:
    """Return a message as bytes."""
    return _HEAD.pack(kind, len(body)) + body


class Reader:
    """Splits a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Take bytes that have arrived, and yield kind and body of each message that is complete."""
        self._buffer += data
        while len(self._buffer) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._buffer)
            end = _HEAD.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_HEAD.size : end])
            del self._buffer[:end]
            yield kind, body


def pack_error(error: TrueNASError) -> bytes:
    """Return an error as the body of a message."""
    names = [kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _ERRORS]
    return json.dumps([names[0] if names else errors.ServerFault.__name__, str(error)]).encode()


def unpack_error(body: bytes) -> TrueNASError:
    """Return the error in the body of a message."""
    kind, message = json.loads(body)
    error: TrueNASError = _ERRORS[kind](message)
    return error
