# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading keypairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .stored import WRITE_ROLE, StoredKeypair, User, shown


def chosen(stored: Sequence[StoredKeypair], name: str | None) -> list[StoredKeypair]:
    """Return the keypairs by name and id; only those of one name, if asked."""
    found = [entry for entry in stored if name in (None, entry.name)]
    return sorted(found, key=lambda entry: (entry.name, entry.id))


def listing(
    keypairs: Sequence[StoredKeypair], reveal: bool, users: Mapping[int, Sequence[User]] | None = None
) -> list[dict[str, Any]]:
    """Return keypairs as they are shown, with what uses them if that is known. Private keys are masked unless `reveal`."""
    return [
        {
            **shown(entry),
            **({"private_key": entry.private_text} if reveal and entry.private_text else {}),
            "id": entry.id,
            **({} if users is None else {"used_by": [asdict(user) for user in users[entry.id]]}),
        }
        for entry in keypairs
    ]


def warnings(keypairs: Sequence[StoredKeypair]) -> list[str]:
    """Return what a person should know of what is shown."""
    if not any(entry.hidden for entry in keypairs):
        return []
    return [f"The NAS hides the keys, public ones as well, from this account, which lacks the role {WRITE_ROLE}."]
