# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored keypairs for output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .stored import WRITE_ROLE, KeypairUser, StoredKeypair, shown


def chosen(stored: Sequence[StoredKeypair], name: str | None) -> list[StoredKeypair]:
    """Return the keypairs sorted by name and ID, filtered by `name` if given."""
    selected = [entry for entry in stored if name in (None, entry.name)]
    return sorted(selected, key=lambda entry: (entry.name, entry.id))


def listing(
    keypairs: Sequence[StoredKeypair], reveal: bool, users: Mapping[int, Sequence[KeypairUser]] | None = None
) -> list[dict[str, Any]]:
    """Return keypairs for output, with their users if given. Private keys are masked unless `reveal`."""
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
    """Return a warning if the NAS hides keys."""
    if not any(entry.hidden for entry in keypairs):
        return []
    return [f"The NAS hides all keys, including public keys, from this account. It needs the role {WRITE_ROLE}."]
