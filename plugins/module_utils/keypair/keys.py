# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of SSH keys: read keys, convert them, and derive public keys.

Two texts of the same key can differ in format, white space, and comment, so this file compares keys, not texts. The public key
identifies a keypair. It is derived here, because the NAS would only derive it during a write.
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
from ..fields.kinds import Refused, text
from . import putty

_BLOCK = re.compile(
    r"-----BEGIN (?P<kind>(?:[A-Z0-9]+ )*)PRIVATE KEY-----.*?-----END (?P=kind)PRIVATE KEY-----", re.DOTALL
)
_WHOLE = "Set the whole text from ssh-keygen, from BEGIN to END with its line breaks. In YAML, write it after a |."
_USABLE = "Use an Ed25519, ECDSA, or RSA key."
_TYPES = frozenset({"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"})
"""Types of keys that both ssh-keygen of OpenSSH 9.2, as on the NAS, and rclone 1.75 support: tried with each."""
MIN_RSA_BITS = 1024
MAX_RSA_BITS = 16384
"""The range in bits of RSA keys that ssh-keygen of OpenSSH 9.2 loads."""
# After the magic: cipher, key derivation, its options, the number of keys, the public key, which starts with its type.
_UNUSABLE_OPENSSH = re.compile(
    rb"openssh-key-v1\0\0{3}\x04none\0{3}\x04none\0{4}\0{3}\x01.{4}\0{3}.(?P<type>ssh-dss|sk-[a-z0-9-]+@openssh\.com)",
    re.DOTALL,
)


@dataclass(frozen=True)
class PublicKey:
    """A public key: its type, such as `ssh-ed25519`, and its base64 text. Comparisons ignore the comment."""

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
        """The length as OpenSSH prints it, or None for a type that the library does not support. Raises MissingLibrary."""
        serialization, unsupported = _library()
        try:
            key = serialization.load_ssh_public_key(f"{self.type} {self.data}".encode())
        except (ValueError, unsupported):
            return None
        return getattr(key, "key_size", 256)


@dataclass(frozen=True)
class PrivateKey:
    """A private key, in the text form that the NAS stores, and its public key."""

    text: str = field(repr=False)
    public: PublicKey


def public_key(value: str) -> PublicKey | None:
    """Return the public key of a line, as in a .pub file or in authorized_keys, or None if the line is not a key."""
    words = value.split(maxsplit=2)
    if len(words) < 2:
        return None
    kind, data, *comment = words
    try:
        blob = base64.b64decode(data, validate=True)
    except ValueError:
        return None
    # The key itself also contains the type, after its length (RFC 4253, 6.6).
    name = kind.encode()
    if blob[: 4 + len(name)] != len(name).to_bytes(4, "big") + name:
        return None
    return PublicKey(kind, data, " ".join(" ".join(comment).split()))


def private_key(value: str) -> PrivateKey:
    """Return the private key in a text, which can have other text around it.

    The result has the given text, without the parts that ssh-keygen on the NAS does not accept. If ssh-keygen or rclone on the
    NAS does not support the format, the result has the same key in a format that both support. Raises Refused, which never
    quotes the text, for a key that the NAS cannot use, and MissingLibrary without cryptography.
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
    """Return the lines of the key in a text. Raises Refused for a text without a key, and for an encrypted key."""
    match = _BLOCK.search(value)
    block = match.group() if match else ""
    if len(block.splitlines()) < 3:
        raise _unreadable(value)
    if _is_encrypted(block):
        raise Refused(
            "must not have a passphrase, because the NAS cannot ask for it",
            "Remove it from a copy with `ssh-keygen -p -f COPY`, and keep the copy in Ansible Vault.",
        )
    # The NAS strips the text and appends a line break (truenas-api/wire.md §4). OpenSSH 9.2 does not accept indented lines, CR,
    # empty lines in PEM, or headers.
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
        raise Refused("is damaged, or has an unsupported format", _WHOLE) from None


def _public(key: Any) -> PublicKey:
    """Return the public key of a private key object of cryptography. Raises Refused if the NAS cannot use the key."""
    from cryptography.hazmat.primitives.asymmetric import dsa  # noqa: PLC0415 - optional, and needed only here

    if isinstance(key, dsa.DSAPrivateKey):
        # cryptography would print a warning when it serializes a DSA key for SSH.
        _refuse_type("ssh-dss")
    serialization, unsupported = _library()
    try:
        line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    except (ValueError, unsupported):
        raise Refused("must be a key of a type that SSH supports", _USABLE) from None
    kind, data = line.decode().split()[:2]
    _refuse_type(kind)
    if kind == "ssh-rsa" and not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise Refused(
            f"must have {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, but this RSA key has {key.key_size}",
            "Use an RSA key of a supported length, or an Ed25519 key.",
        )
    return PublicKey(kind, data)


def _refuse_type(kind: str | None) -> None:
    """Raise Refused for a type that rclone does not support."""
    if kind is None or kind in _TYPES:
        return
    if kind.startswith("sk-"):
        raise Refused(
            "must not require a security key (FIDO), because a person has to touch it for each login", _USABLE
        )
    raise Refused(f"has the type {kind}, which rclone on the NAS does not support", _USABLE)


def _unusable_type(lines: Sequence[str]) -> str | None:
    """Return the type of a key in OpenSSH's format if rclone does not support it, else None (OpenSSH, PROTOCOL.key)."""
    try:
        match = _UNUSABLE_OPENSSH.match(base64.b64decode("".join(lines[1:-1])))
    except ValueError:
        return None
    return match["type"].decode() if match else None


def _is_usual_pem(key: Any, public: PublicKey, lines: Sequence[str]) -> bool:
    """Return whether both ssh-keygen and rclone can read this PEM (tried with OpenSSH 9.2 and rclone 1.75).

    ssh-keygen does not support Ed25519 keys in PKCS #8, and rclone does not support curves with explicit parameters. A PEM is
    usual if cryptography would write the same.
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
    try:
        return bool(base64.b64decode("".join(lines[1:-1])) == written)
    except ValueError:
        # The library reads base64 without its padding.
        return False


def _rewritten(key: Any, public: PublicKey) -> str:
    """Return the text of a key in a format that the NAS supports. The text is always the same."""
    serialization, _unsupported = _library()
    form, encoding, none = serialization.PrivateFormat, serialization.Encoding, serialization.NoEncryption()
    if public.type != "ssh-ed25519":
        return str(key.private_bytes(encoding.PEM, form.TraditionalOpenSSL, none).decode())
    # cryptography would use random check numbers, so each text of a key would differ. They matter only for encrypted keys.
    blob = base64.b64decode(public.data)
    secret = key.private_bytes(encoding.Raw, form.Raw, none) + blob[-32:]
    private = bytes(8) + blob + _field(secret) + _field(b"")
    private += bytes(range(1, 1 + -len(private) % 8))
    parts = (_field(b"none"), _field(b"none"), _field(b""), (1).to_bytes(4, "big"), _field(blob), _field(private))
    data = base64.b64encode(b"openssh-key-v1\0" + b"".join(parts)).decode()
    body = [data[start : start + 70] for start in range(0, len(data), 70)]
    return "\n".join(("-----BEGIN OPENSSH PRIVATE KEY-----", *body, "-----END OPENSSH PRIVATE KEY-----", ""))


def _field(value: bytes) -> bytes:
    """Return a value in the format of SSH, after its length (RFC 4251, 5)."""
    return len(value).to_bytes(4, "big") + value


def _is_encrypted(block: str) -> bool:
    """Return whether a block declares encryption. cryptography cannot distinguish every cipher from a damaged key."""
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
    """Return the likely reason why a text is not a private key, with a remedy."""
    stripped = value.strip()
    if not stripped:
        return Refused("must not be empty", "Set the text of the key, or set generate: true to generate it on the NAS.")
    if "BEGIN SSH2 ENCRYPTED PRIVATE KEY" in stripped:
        return Refused(
            "has the format of SSH.com, which the NAS does not support", "Convert it with `ssh-keygen -i -f KEY`."
        )
    if stripped.startswith("LS0tLS1CRUdJTi"):
        return Refused("must not be encoded in base64 again", "Decode it, for example with the filter b64decode.")
    if public_key(stripped) or re.match(r"-{4,5} ?BEGIN (?:[A-Z0-9]+ )*PUBLIC KEY", stripped):
        return Refused("must be a private key, but is a public key", "Use the file of the same name without .pub.")
    if "BEGIN" in stripped and "PRIVATE KEY" in stripped:
        return Refused("must be a whole private key, but line breaks or other parts are missing", _WHOLE)
    if "\n" not in stripped and re.match(r"[~/.]|.*\.(?:pem|key|vault)$", stripped):
        return Refused("must be a private key, but looks like a file name", "Set it as private_key_file.")
    return Refused("must be a private key", _WHOLE)


def _library() -> tuple[Any, type[Exception]]:
    """Return the module that reads keys, and its exception for unsupported keys. Raises MissingLibrary."""
    try:
        # Imported late, because it is slow and only needed for keys.
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - optional, and its absence is an error with a remedy
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - optional, and its absence is an error with a remedy
    except ImportError:
        raise MissingLibrary("cryptography", traceback.format_exc()) from None
    return serialization, UnsupportedAlgorithm
