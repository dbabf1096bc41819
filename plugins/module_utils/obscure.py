# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone's obscured passwords: AES-CTR with a public key, which only prevents reading over a shoulder.

It does not protect the password from people with the file. Format: initialization vector and ciphertext, base64url without
padding.
"""

from __future__ import annotations

import base64
import secrets
import traceback
from typing import Any

from .errors import MissingLibrary

_KEY = bytes.fromhex("9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638")
_VECTOR = 16


def obscure(password: str, vector: bytes | None = None) -> str:
    """Return the obscured password; an empty one stays empty. Raises MissingLibrary without cryptography.

    As in rclone, each call returns a different text unless `vector` (16 bytes) is set.
    """
    if not password:
        return ""
    vector = vector or secrets.token_bytes(_VECTOR)
    text = vector + _cipher(vector).encryptor().update(password.encode())
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def reveal(obscured: str) -> str:
    """Return the password. Raises ValueError for a text that rclone did not obscure; the message does not quote it."""
    if not obscured:
        return ""
    try:
        raw = base64.b64decode(obscured + "=" * (-len(obscured) % 4), altchars=b"-_", validate=True)
        vector, text = raw[:_VECTOR], raw[_VECTOR:]
        if len(vector) < _VECTOR:
            raise ValueError
        return bytes(_cipher(vector).decryptor().update(text)).decode()
    except ValueError:
        raise ValueError("must be a password that rclone has obscured") from None


def _cipher(vector: bytes) -> Any:
    try:
        # Imported late: only files with a password need it.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - optional, to report its absence
    except ImportError:
        raise MissingLibrary("cryptography", traceback.format_exc()) from None
    return Cipher(algorithms.AES(_KEY), modes.CTR(vector))
