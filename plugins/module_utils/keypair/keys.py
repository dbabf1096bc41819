# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of SSH keys: reading them, telling what one is, and what belongs together.

Two texts of one key differ: in their format, in white space, in a comment. So keys are compared, not texts; what stands for a
keypair is its public key, which is derived here. Left to the NAS, that would only be known after a write.
"""

from __future__ import annotations

import base64
import hashlib
import re
import traceback
from dataclasses import dataclass, field
from typing import Any

from ..errors import MissingLibrary
from ..providers.values import Refused, text

_BLOCK = re.compile(
    r"-----BEGIN (?P<kind>(?:[A-Z0-9]+ )*)PRIVATE KEY-----.*?-----END (?P=kind)PRIVATE KEY-----", re.DOTALL
)
_WHOLE = "Give all of it as ssh-keygen wrote it, from BEGIN to END with its line breaks: in YAML after a |."


@dataclass(frozen=True)
class PublicKey:
    """A public key: its type, such as `ssh-ed25519`, and its base64. The comment does not make it another key."""

    type: str
    data: str
    comment: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.type} {self.data} {self.comment}".strip()

    @property
    def fingerprint(self) -> str:
        """The fingerprint as OpenSSH prints it."""
        digest = hashlib.sha256(base64.b64decode(self.data)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    @property
    def bits(self) -> int | None:
        """The length as OpenSSH prints it; None for a type that the library does not read. Raises MissingLibrary."""
        serialization, unsupported = _library()
        try:
            key = serialization.load_ssh_public_key(f"{self.type} {self.data}".encode())
        except (ValueError, unsupported):
            return None
        return getattr(key, "key_size", 256)


@dataclass(frozen=True)
class PrivateKey:
    """A private key as the NAS stores its text, and the public key that belongs to it."""

    text: str = field(repr=False)
    public: PublicKey


def public_key(value: str) -> PublicKey | None:
    """Return the key that a line says, as in a .pub file or in authorized_keys; None if it says none."""
    words = value.split(maxsplit=2)
    if len(words) < 2:
        return None
    kind, data, *comment = words
    try:
        blob = base64.b64decode(data, validate=True)
    except ValueError:
        return None
    # The type is written in the key itself, too, after its length (RFC 4253, 6.6).
    name = kind.encode()
    if blob[: 4 + len(name)] != len(name).to_bytes(4, "big") + name:
        return None
    return PublicKey(kind, data, " ".join(" ".join(comment).split()))


def private_key(value: str) -> PrivateKey:
    """Return the private key that a text holds, whatever stands around it.

    Raises Refused, which never quotes the text, for one that the NAS would not take, and MissingLibrary without cryptography.
    """
    text(value)
    found = _BLOCK.search(value)
    block = found.group() if found else ""
    if len(block.splitlines()) < 3:
        raise _unreadable(value)
    # The NAS strips the text and appends a line break (truenas-api/wire.md §4); ssh-keygen takes no indented lines and no CR.
    lines = "".join(f"{line.strip()}\n" for line in block.splitlines())
    return PrivateKey(lines, _derived(lines))


def _derived(block: str) -> PublicKey:
    serialization, unsupported = _library()
    openssh = "BEGIN OPENSSH " in block
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    if _is_encrypted(block):
        raise Refused(
            "is protected by a passphrase, and the NAS could not ask for it",
            "Take it off a copy with `ssh-keygen -p -f COPY`, and keep that in Ansible Vault.",
        )
    try:
        public = load(block.encode(), password=None).public_key()
    except (ValueError, TypeError, unsupported):
        raise Refused("is damaged, or of a kind that cannot be read", _WHOLE) from None
    try:
        line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    except (ValueError, unsupported):
        raise Refused("is of a kind that SSH does not use", "Give an Ed25519, ECDSA or RSA key.") from None
    kind, data = line.decode().split()[:2]
    return PublicKey(kind, data)


def _is_encrypted(block: str) -> bool:
    """Tell whether a block says that it is; cryptography cannot tell every cipher from a damaged key."""
    first, *lines = block.splitlines()
    if "OPENSSH" not in first:
        return "ENCRYPTED" in block
    try:
        blob = base64.b64decode("".join(lines[:-1]))
    except ValueError:
        return False
    # openssh-key-v1, the name of the cipher after its length, and so on (OpenSSH, PROTOCOL.key).
    return blob.startswith(b"openssh-key-v1\0") and not blob.startswith(b"openssh-key-v1\0\0\0\0\4none")


def _unreadable(value: str) -> Refused:
    """Return why a text is no private key, and what to do, as far as its looks tell."""
    stripped = value.strip()
    if not stripped:
        return Refused("is empty", "Give the text of the key, or generate: true to have the NAS make one.")
    if stripped.startswith("PuTTY-User-Key-File"):
        return Refused(
            "is a key in PuTTY's own format, which the NAS does not read",
            "Convert it: `puttygen KEY.ppk -O private-openssh -o KEY`.",
        )
    if public_key(stripped) or re.match(r"-{4,5} ?BEGIN (?:[A-Z0-9]+ )*PUBLIC KEY", stripped):
        return Refused("is a public key", "Give the private one, from the file of the same name without .pub.")
    if "BEGIN" in stripped and "PRIVATE KEY" in stripped:
        return Refused("has lost line breaks, or a part", _WHOLE)
    if "\n" not in stripped and re.match(r"[~/.]|.*\.(?:pem|key|vault)$", stripped):
        return Refused("is not a key, but looks like a file's name", "Give it as private_key_file.")
    return Refused("is not a private key", _WHOLE)


def _library() -> tuple[Any, type[Exception]]:
    """Return what reads keys, and what it raises for those that it does not know. Raises MissingLibrary."""
    try:
        # Imported late: it is slow, and nothing else of a task needs it.
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - optional, so that its absence can be told
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - optional, so that its absence can be told
    except ImportError:
        raise MissingLibrary("cryptography", traceback.format_exc()) from None
    return serialization, UnsupportedAlgorithm
