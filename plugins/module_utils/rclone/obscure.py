# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone's obscured passwords: AES-CTR with a key that everybody has, so that nobody reads one over a shoulder.

It hides nothing from whoever has the file. Format: the initialisation vector and the cipher text, base64url without padding.
"""

from __future__ import annotations

import base64
import secrets
import traceback
from typing import Any

from ..errors import MissingLibrary

_KEY = bytes.fromhex("9c935b48730a554d6bfd7c63c886a92bd390198eb8128afbf4de162b8b95f638")
_VECTOR = 16


def obscure(password: str, vector: bytes | None = None) -> str:
    """Return the password as rclone writes it; an empty one stays empty. Raises MissingLibrary without cryptography.

    Each call gives another text, as with rclone, unless the vector of 16 bytes is given.
    """
    if not password:
        return ""
    vector = vector or secrets.token_bytes(_VECTOR)
    text = vector + _cipher(vector).encryptor().update(password.encode())
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def reveal(obscured: str) -> str:
    """Return the password. Raises ValueError for a text that rclone did not obscure, which the message does not quote."""
    if not obscured:
        return ""
    try:
        raw = base64.b64decode(obscured + "=" * (-len(obscured) % 4), altchars=b"-_", validate=True)
        vector, text = raw[:_VECTOR], raw[_VECTOR:]
        if len(vector) < _VECTOR:
            raise ValueError
        return bytes(_cipher(vector).decryptor().update(text)).decode()
    except ValueError:
        raise ValueError("is not a password that rclone has obscured") from None


def _cipher(vector: bytes) -> Any:
    try:
        # Imported late: only files with a password need it.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - optional, so that its absence can be told
    except ImportError:
        raise MissingLibrary("cryptography", traceback.format_exc()) from None
    return Cipher(algorithms.AES(_KEY), modes.CTR(vector))
