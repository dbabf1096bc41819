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
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import MissingLibrary
from ..providers.values import Refused, text
from . import putty

_BLOCK = re.compile(
    r"-----BEGIN (?P<kind>(?:[A-Z0-9]+ )*)PRIVATE KEY-----.*?-----END (?P=kind)PRIVATE KEY-----", re.DOTALL
)
_WHOLE = "Give all of it as ssh-keygen wrote it, from BEGIN to END with its line breaks: in YAML after a |."
_USABLE = "Give an Ed25519, ECDSA or RSA key."
_TYPES = frozenset({"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"})
"""Types of key that ssh-keygen of OpenSSH 9.2, as on the NAS, and rclone 1.75 both use: tried with each."""
SHORTEST_RSA = 1024
LONGEST_RSA = 16384
"""Bits of the RSA keys that ssh-keygen of OpenSSH 9.2 loads."""
# Behind the magic: cipher, key derivation, its options, the number of keys, the public key, which begins with its type.
_UNUSABLE_OPENSSH = re.compile(
    rb"openssh-key-v1\0\0{3}\x04none\0{3}\x04none\0{4}\0{3}\x01.{4}\0{3}.(?P<type>ssh-dss|sk-[a-z0-9-]+@openssh\.com)",
    re.DOTALL,
)


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

    Its text is the given one without what ssh-keygen on the NAS stumbles over. If ssh-keygen or rclone there does not read the
    format, it is the same key in one that both read. Raises Refused, which never quotes the text, for a key that cannot be used
    there, and MissingLibrary without cryptography.
    """
    text(value)
    if putty.is_putty(value):
        _library()
        key = putty.load(value)
        public = _public(key)
        return PrivateKey(_rewritten(key, public), public)
    lines = _block(value)
    key = _loaded(lines)
    public = _public(key)
    usual = _is_openssh(lines) or _is_usual_pem(key, public, lines)
    return PrivateKey("".join(f"{line}\n" for line in lines) if usual else _rewritten(key, public), public)


def _block(value: str) -> list[str]:
    """Return the lines of the key in a text. Raises Refused if there is none, or if it is encrypted."""
    found = _BLOCK.search(value)
    block = found.group() if found else ""
    if len(block.splitlines()) < 3:
        raise _unreadable(value)
    if _is_encrypted(block):
        raise Refused(
            "is protected by a passphrase, and the NAS could not ask for it",
            "Take it off a copy with `ssh-keygen -p -f COPY`, and keep that in Ansible Vault.",
        )
    # The NAS strips the text and appends a line break (truenas-api/wire.md §4). OpenSSH 9.2 takes no indented lines, no CR, no
    # empty lines in PEM and no headers.
    return [line for line in map(str.strip, block.splitlines()) if line and ":" not in line]


def _is_openssh(lines: Sequence[str]) -> bool:
    return "OPENSSH" in lines[0]


def _loaded(lines: Sequence[str]) -> Any:
    """Return the key as an object of cryptography. Raises Refused or MissingLibrary."""
    serialization, unsupported = _library()
    load = serialization.load_pem_private_key
    if _is_openssh(lines):
        load = serialization.load_ssh_private_key
        _refuse_type(_unusable_type(lines))
    try:
        return load("".join(f"{line}\n" for line in lines).encode(), password=None)
    except (ValueError, TypeError, unsupported):
        raise Refused("is damaged, or of a kind that cannot be read", _WHOLE) from None


def _public(key: Any) -> PublicKey:
    """Return the public key that belongs to an object of cryptography. Raises Refused if the NAS could not use it."""
    from cryptography.hazmat.primitives.asymmetric import dsa  # noqa: PLC0415 - optional, and needed only here

    if isinstance(key, dsa.DSAPrivateKey):
        # To write one for SSH makes cryptography print a warning.
        _refuse_type("ssh-dss")
    serialization, unsupported = _library()
    try:
        line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    except (ValueError, unsupported):
        raise Refused("is of a kind that SSH does not use", _USABLE) from None
    kind, data = line.decode().split()[:2]
    _refuse_type(kind)
    if kind == "ssh-rsa" and not SHORTEST_RSA <= key.key_size <= LONGEST_RSA:
        raise Refused(
            f"is an RSA key of {key.key_size} bits, which ssh-keygen on the NAS does not load",
            f"Give one of {SHORTEST_RSA} to {LONGEST_RSA} bits, or an Ed25519 key.",
        )
    return PublicKey(kind, data)


def _refuse_type(kind: str | None) -> None:
    """Raise Refused for a type that rclone does not use."""
    if kind is None or kind in _TYPES:
        return
    if kind.startswith("sk-"):
        raise Refused("requires a security key (FIDO) that somebody touches, which the NAS does not have", _USABLE)
    raise Refused(f"is of the type {kind}, which rclone on the NAS does not use", _USABLE)


def _unusable_type(lines: Sequence[str]) -> str | None:
    """Return the type of a key in OpenSSH's format that rclone does not use, else None (OpenSSH, PROTOCOL.key)."""
    try:
        found = _UNUSABLE_OPENSSH.match(base64.b64decode("".join(lines[1:-1])))
    except ValueError:
        return None
    return found["type"].decode() if found else None


def _is_usual_pem(key: Any, public: PublicKey, lines: Sequence[str]) -> bool:
    """Return whether both ssh-keygen and rclone read a PEM (tried with OpenSSH 9.2 and rclone 1.75).

    ssh-keygen reads no Ed25519 key in PKCS #8, and rclone no curve that is written out in place of its name: whatever
    cryptography would write otherwise counts as unusual.
    """
    if public.type == "ssh-ed25519":
        return False
    serialization, _unsupported = _library()
    form = serialization.PrivateFormat
    written = key.private_bytes(
        serialization.Encoding.DER,
        form.PKCS8 if lines[0] == "-----BEGIN PRIVATE KEY-----" else form.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return bool(base64.b64decode("".join(lines[1:-1])) == written)


def _rewritten(key: Any, public: PublicKey) -> str:
    """Return the text of a key in a format that the NAS reads, the same text each time."""
    serialization, _unsupported = _library()
    form, encoding, none = serialization.PrivateFormat, serialization.Encoding, serialization.NoEncryption()
    if public.type != "ssh-ed25519":
        return str(key.private_bytes(encoding.PEM, form.TraditionalOpenSSL, none).decode())
    # cryptography would fill the two check numbers with chance, so that one key had many texts; they matter for ciphers only.
    blob = base64.b64decode(public.data)
    secret = key.private_bytes(encoding.Raw, form.Raw, none) + blob[-32:]
    private = bytes(8) + blob + _field(secret) + _field(b"")
    private += bytes(range(1, 1 + -len(private) % 8))
    parts = (_field(b"none"), _field(b"none"), _field(b""), (1).to_bytes(4, "big"), _field(blob), _field(private))
    data = base64.b64encode(b"openssh-key-v1\0" + b"".join(parts)).decode()
    body = [data[start : start + 70] for start in range(0, len(data), 70)]
    return "\n".join(("-----BEGIN OPENSSH PRIVATE KEY-----", *body, "-----END OPENSSH PRIVATE KEY-----", ""))


def _field(value: bytes) -> bytes:
    """Return a value as SSH writes it, after its length (RFC 4251, 5)."""
    return len(value).to_bytes(4, "big") + value


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
    if "BEGIN SSH2 ENCRYPTED PRIVATE KEY" in stripped:
        return Refused(
            "is in the format of SSH.com, which the NAS does not read", "Convert it: `ssh-keygen -i -f KEY`."
        )
    if stripped.startswith("LS0tLS1CRUdJTi"):
        return Refused("is in base64 once more", "Decode it, for example by the filter b64decode.")
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
