# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows a NAS starts with. They are written as they are, odd or outdated ones too."""

from __future__ import annotations

from typing import Any

from .methods import cloud_backup, credentials, tasks
from .methods import cloud_sync as cloud_sync_tasks
from .nas import Nas
from .store import CLOUD_BACKUP, CLOUD_SYNC, CREDENTIALS, KEYCHAIN

_KNOWN = {"credentials", "keypairs", "cloud_sync", "cloud_backup", "disabled_activities"}


def cloud_sync(seed: dict[str, Any]) -> bool:
    """Whether the NAS may reach cloud providers; unlike rows the seed says so at every start."""
    return "cloud_sync" not in seed.get("disabled_activities", [])


def plant(nas: Nas, seed: dict[str, Any]) -> None:
    """Fill an empty store; one that holds anything is left alone. Raises ValueError for unknown kinds of rows."""
    if unknown := seed.keys() - _KNOWN:
        msg = f"unknown in a seed: {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    if not nas.store.is_empty():
        return
    for row in seed.get("credentials", []):
        nas.store.insert(CREDENTIALS, _credential(nas, row))
    for row in seed.get("keypairs", []):
        pair = {"private_key": row.get("private_key"), "public_key": row.get("public_key")}
        columns = {"name": row["name"], "type": "SSH_KEY_PAIR", "attributes": pair}
        nas.store.insert(KEYCHAIN, {**_own_id(row), **columns})
    for kind, table, defaults in (
        ("cloud_sync", CLOUD_SYNC, cloud_sync_tasks.DEFAULTS),
        ("cloud_backup", CLOUD_BACKUP, cloud_backup.DEFAULTS),
    ):
        for row in seed.get(kind, []):
            nas.store.insert(table, tasks.seeded(nas, row, defaults))


def _credential(nas: Nas, row: dict[str, Any]) -> dict[str, Any]:
    """A provider the model accepts gets its defaults, as it would have on creation; any other stays as it is."""
    fitting = credentials.fits(nas.version, {"id": 1, "name": row["name"], "provider": row["provider"]})
    attributes = dict(fitting["provider"] if fitting else row["provider"])
    columns = {"name": row["name"], "provider": attributes.pop("type", ""), "attributes": attributes}
    return {**_own_id(row), **columns}


def _own_id(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"]} if "id" in row else {}
