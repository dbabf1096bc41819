# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of the NAS keychain: SSH keypairs, and SSH connections that use them (truenas-api/wire.md §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import names
from ..engine.names import Desired, Entry, Naming
from ..errors import Misread
from ..fields.kinds import MASK, UNKNOWN, Refused
from .keys import PrivateKey, PublicKey, private_key, public_key

KEYPAIR = "SSH_KEY_PAIR"
WRITE_ROLE = "KEYCHAIN_CREDENTIAL_WRITE"
"""The TrueNAS role to read keys and to write keypairs; the NAS ties both to one role."""


@dataclass(frozen=True)
class KeychainEntry(Entry):
    """One entry of the keychain, of any type."""

    type: str


@dataclass(frozen=True)
class StoredKeypair(KeychainEntry):
    """A stored keypair with at least one of its two keys, or with neither if the NAS hides them from the account (`hidden`)."""

    private_text: str = field(default="", repr=False)
    public_text: str = ""
    hidden: bool = False

    @property
    def public(self) -> PublicKey | None:
        """The stored public key, or None if it is not set or the NAS hides it."""
        return public_key(self.public_text)

    def holds(self, desired: PrivateKey) -> bool:
        """Return whether the stored private key is this one, in any format. Raises MissingLibrary."""
        if self.private_text == desired.text:
            # The usual case: reading an RSA key takes a tenth of a second.
            return True
        try:
            return private_key(self.private_text).public == desired.public
        except Refused:
            return False


@dataclass(frozen=True)
class KeypairUser:
    """A user of a keypair, with the title from the NAS. A cascading delete deletes or disables it (`unbind_method`)."""

    title: str
    unbind_method: str

    @property
    def is_deleted(self) -> bool:
        """Whether a cascading delete also deletes this user."""
        return self.unbind_method == "delete"

    def __str__(self) -> str:
        return f"{self.title} (would {'be deleted' if self.is_deleted else 'lose its key'})"


def read(entry: Any) -> KeychainEntry:
    """Return the entry of a reply. Raises Misread for anything else."""
    found = names.identity(entry)
    if found is None:
        raise Misread.of("keychain entry", names.misnamed(entry))
    if not isinstance(entry.get("type"), str):
        raise Misread.of("keychain entry", "type")
    (entry_id, name), kind, attributes = found, entry["type"], entry.get("attributes")
    if kind != KEYPAIR:
        return KeychainEntry(entry_id, name, kind)
    if not isinstance(attributes, Mapping):
        return StoredKeypair(entry_id, name, kind, hidden=True)
    private, public = attributes.get("private_key") or "", attributes.get("public_key") or ""
    if not (isinstance(private, str) and isinstance(public, str)):
        raise Misread.of("keypair", "public_key" if isinstance(private, str) else "private_key")
    return StoredKeypair(entry_id, name, kind, private, public)


def _is_other(entry: KeychainEntry) -> str:
    """Return a description of an entry that is not a keypair, else an empty text."""
    return "" if isinstance(entry, StoredKeypair) else f"an SSH connection ({entry.type}, id {entry.id})"


KEYPAIRS: Naming[KeychainEntry] = Naming("SSH keypair", "keychain entries", _is_other)
"""Keypairs and SSH connections share one set of names."""


def subject(desired: Desired, stored: Sequence[KeychainEntry]) -> StoredKeypair | None:
    """Return the stored keypair that a task manages, by its old or its new name. Raises InvalidInput if both exist."""
    current = KEYPAIRS.subject(desired, stored)
    return current if isinstance(current, StoredKeypair) else None


def identity(name: str, public: PublicKey | None) -> dict[str, Any]:
    """Return the values that identify a keypair, with None for unknown values. Does not require a library."""
    return {
        "name": name,
        "public_key": str(public) if public else None,
        "fingerprint": public.fingerprint if public else None,
        "type": public.type if public else None,
    }


def document(name: str, public: PublicKey | None, has_private: bool, hidden: bool = False) -> dict[str, Any]:
    """Return a keypair for output: the private key masked, hidden values as unknown."""
    if hidden:
        return {
            "name": name,
            **dict.fromkeys(("public_key", "fingerprint", "type", "private_key"), UNKNOWN),
            "bits": None,
        }
    return {
        **identity(name, public),
        "bits": public.bits if public else None,
        "private_key": MASK if has_private else None,
    }


def shown(entry: StoredKeypair) -> dict[str, Any]:
    """Return a stored keypair for output."""
    return document(entry.name, entry.public, bool(entry.private_text), entry.hidden)
