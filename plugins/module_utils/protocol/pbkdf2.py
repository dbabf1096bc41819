# SPDX-License-Identifier: GPL-3.0-or-later
"""PBKDF2 with HMAC-SHA-512, the slow part of a login with SCRAM."""

from __future__ import annotations

import hashlib


def pbkdf2(password: bytes, salt: bytes, iterations: int) -> bytes:
    """Return 64 bytes. Takes a quarter of a second for the 500,000 iterations of a NAS, and longer without cryptography."""
    try:
        from cryptography.hazmat.primitives.hashes import SHA512  # noqa: PLC0415 - needed for SCRAM alone
        from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC  # noqa: PLC0415 - needed for SCRAM alone
    except ImportError:
        return hashlib.pbkdf2_hmac("sha512", password, salt, iterations)
    return PBKDF2HMAC(SHA512(), SHA512.digest_size, salt, iterations).derive(password)
