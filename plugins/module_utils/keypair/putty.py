# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys in PuTTY's format, versions 2 and 3, without a passphrase.

PuTTY's manual describes the format in its appendix "PPK file format"; tried with keys of puttygen 0.78. A file has two lists of
fields in the format of SSH (a length of four bytes, then the value): the public key, and the private part.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any

from ..fields.kinds import Refused

_CONVERT = "puttygen KEY.ppk --new-passphrase /dev/null -O private-openssh -o KEY"
_FILE = re.compile(
    r"PuTTY-User-Key-File-(?P<version>[23]): (?P<type>\S+)\n"
    r"Encryption: (?P<encryption>\S+)\n"
    r"Comment: ?(?P<comment>[^\n]*)\n"
    r"Public-Lines: \d+\n(?P<public>[A-Za-z0-9+/=\s]+)\n"
    r"(?:(?:Key-Derivation|Argon2-\w+): [^\n]*\n)*"
    r"Private-Lines: \d+\n(?P<private>[A-Za-z0-9+/=\s]+)\n"
    r"Private-MAC: (?P<mac>[0-9a-f]+)$"
)


def is_putty(value: str) -> bool:
    """Return whether a text claims to be a key in PuTTY's format."""
    return value.lstrip("\ufeff \t\r\n").startswith("PuTTY-User-Key-File-")


def load(value: str) -> Any:
    """Return the key as an object of cryptography, which must be installed.

    Raises Refused for a key that is encrypted, damaged, or not RSA, ECDSA, or Ed25519.
    """
    match = _FILE.match("\n".join(line.lstrip() for line in value.strip("\ufeff \t\r\n").splitlines()))
    if not match:
        raise _damaged()
    if match["encryption"] != "none":
        raise Refused(
            "must not have a passphrase, because the NAS cannot ask for it",
            f"Remove it from a copy with `{_CONVERT}`, and keep the copy in Ansible Vault.",
        )
    try:
        public, private = base64.b64decode(match["public"]), base64.b64decode(match["private"])
        if not hmac.compare_digest(_mac(match, public, private), match["mac"]):
            raise _damaged()
        return _key(match["type"], [*_fields(public)], [*_fields(private)])
    except Refused:
        raise
    except (ValueError, IndexError, KeyError):
        raise _damaged() from None


def _damaged() -> Refused:
    return Refused(
        "has PuTTY's format, but is damaged or of a version other than 2 and 3",
        f"Set the text of the whole file, or convert it with `{_CONVERT}`.",
    )


def _mac(match: re.Match[str], public: bytes, private: bytes) -> str:
    texts = (match[name].encode() for name in ("type", "encryption", "comment"))
    data = b"".join(len(part).to_bytes(4, "big") + part for part in (*texts, public, private))
    if match["version"] == "3":
        return hmac.new(b"", data, "sha256").hexdigest()
    # Version 2 uses SHA-1. For a key without a passphrase, the checksum only detects accidental damage.
    key = hashlib.sha1(b"putty-private-key-file-mac-key", usedforsecurity=False).digest()
    return hmac.new(key, data, "sha1").hexdigest()


def _fields(blob: bytes) -> Iterator[bytes]:
    while blob:
        end = 4 + int.from_bytes(blob[:4], "big")
        if len(blob) < end:
            raise ValueError("a field is longer than the text")
        yield blob[4:end]
        blob = blob[end:]


def _key(kind: str, public: list[bytes], private: list[bytes]) -> Any:
    # Imported late, because it is slow and optional.
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - optional, and its absence is an error with a remedy

    numbers = [int.from_bytes(value, "big") for value in private]
    if kind == "ssh-ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(private[0])
    if kind == "ssh-rsa":
        e, n = (int.from_bytes(value, "big") for value in public[1:])
        d, p, q, inverse = numbers
        pair = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), inverse, rsa.RSAPublicNumbers(e, n))
        return pair.private_key()
    curves: dict[str, Any] = {"nistp256": ec.SECP256R1, "nistp384": ec.SECP384R1, "nistp521": ec.SECP521R1}
    if kind.startswith("ecdsa-sha2-"):
        return ec.derive_private_key(numbers[0], curves[kind.removeprefix("ecdsa-sha2-")]())
    raise Refused(
        f"has the type {kind}, which rclone on the NAS does not support", "Use an Ed25519, ECDSA, or RSA key."
    )
