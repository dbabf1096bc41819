# SPDX-License-Identifier: GPL-3.0-or-later
"""What the keychain of the NAS keeps: SSH keypairs, and SSH connections that use them (truenas-api/wire.md §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidInput, Problem
from ..names import meant
from ..providers.values import MASK, UNKNOWN, Refused
from .keys import PrivateKey, PublicKey, private_key, public_key

KEYPAIR = "SSH_KEY_PAIR"


@dataclass(frozen=True)
class Stored:
    """One entry of the keychain, whatever its type."""

    id: int
    name: str
    type: str


@dataclass(frozen=True)
class StoredKeypair(Stored):
    """A keypair. `hidden` says that the NAS does not show the keys to this account; else either may be missing, not both."""

    private_text: str = field(default="", repr=False)
    public_text: str = ""
    hidden: bool = False

    @property
    def public(self) -> PublicKey | None:
        """The stored public key, or None if there is none or it is hidden."""
        return public_key(self.public_text)

    def holds(self, wanted: PrivateKey) -> bool:
        """Tell whether the stored private key is this one, however it is written. Raises MissingLibrary."""
        if self.private_text == wanted.text:
            # The usual case; reading an RSA key takes a tenth of a second.
            return True
        try:
            return private_key(self.private_text).public == wanted.public
        except Refused:
            return False


@dataclass(frozen=True)
class User:
    """What uses a keypair, in the server's words, and what a cascading delete does to it: `delete` or `disable`."""

    title: str
    unbind_method: str

    @property
    def is_deleted(self) -> bool:
        """Whether it goes together with the keypair."""
        return self.unbind_method == "delete"

    def __str__(self) -> str:
        return f"{self.title} (would {'be deleted' if self.is_deleted else 'lose its key'})"


def read(entry: Mapping[str, Any]) -> Stored:
    """Return the entry of a reply."""
    number, name, kind, attributes = entry["id"], entry["name"], entry["type"], entry.get("attributes")
    if kind != KEYPAIR:
        return Stored(number, name, kind)
    if not isinstance(attributes, Mapping):
        return StoredKeypair(number, name, kind, hidden=True)
    return StoredKeypair(number, name, kind, attributes.get("private_key") or "", attributes.get("public_key") or "")


def find(stored: Iterable[Stored], name: str, option: str = "name") -> StoredKeypair | None:
    """Return the keypair of exactly that name.

    Raises InvalidInput naming `option` if the name is that of something else, as names are unique over both types, or if there
    is more than one: the NAS checks before it writes, not while.
    """
    found = [entry for entry in stored if entry.name == name]
    if len(found) > 1:
        ids = ", ".join(str(entry.id) for entry in found)
        reason = f"the NAS has {len(found)} keychain entries called {name!r} (ids {ids})"
        raise InvalidInput([Problem(option, reason, "Rename or delete one on the NAS.")])
    if not found:
        return None
    [entry] = found
    if not isinstance(entry, StoredKeypair):
        reason = (
            f"{name!r} is the name of an SSH connection on this NAS ({entry.type}, id {entry.id}), not of a keypair"
        )
        raise InvalidInput([Problem(option, reason, "Choose another name: the two share one set of names.")])
    return entry


def similar(stored: Iterable[Stored], name: str) -> str:
    """Return a question for those keypairs whose names differ in case or blanks only, or nothing."""
    return meant((entry.name for entry in stored if isinstance(entry, StoredKeypair)), name)


def identity(name: str, public: PublicKey | None) -> dict[str, Any]:
    """Return what tells a keypair from others, for which no library is needed; None stands for what is not known."""
    return {
        "name": name,
        "public_key": str(public) if public else None,
        "fingerprint": public.fingerprint if public else None,
        "type": public.type if public else None,
    }


def document(name: str, public: PublicKey | None, has_private: bool, hidden: bool = False) -> dict[str, Any]:
    """Return a keypair as it is shown, its private key masked; what is hidden is said to be unknown."""
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
    """Return a stored keypair as it is shown."""
    return document(entry.name, entry.public, bool(entry.private_text), entry.hidden)
