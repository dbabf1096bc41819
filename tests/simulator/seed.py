# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows a NAS starts with. They are written as they are, odd or outdated ones too."""

from __future__ import annotations

from typing import Any

from .methods import credentials, tasks
from .nas import Nas
from .store import CREDENTIALS, KEYCHAIN

_ROWS = {"credentials", "keypairs", "cloud_sync", "cloud_backup", "repositories"}
# Unlike rows, these are as the seed says at every start.
_SURROUNDINGS = {"disabled_activities", "pools", "boot_pool", "datasets", "directories", "files", "buckets", "objects"}


def allowed(seed: dict[str, Any], activity: str) -> bool:
    """Return whether the NAS is allowed to reach out for an activity, `cloud_sync` or `cloud_backup`."""
    return activity not in seed.get("disabled_activities", [])


def plant(nas: Nas, seed: dict[str, Any]) -> None:
    """Fill an empty store; any other stays unchanged. Raises ValueError for unknown kinds of rows."""
    if unknown := seed.keys() - _ROWS - _SURROUNDINGS:
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
    for name, kind in (("cloud_sync", tasks.SYNC), ("cloud_backup", tasks.BACKUP)):
        for row in seed.get(name, []):
            nas.store.insert(kind.table, tasks.seeded(nas, kind, row))
    for place, password in seed.get("repositories", {}).items():
        nas.store.add_repository(place, password)


def _credential(nas: Nas, row: dict[str, Any]) -> dict[str, Any]:
    """Return a provider with its defaults if the model accepts it, as after its creation; any other unchanged."""
    fitting = credentials.fits(nas.version, {"id": 1, "name": row["name"], "provider": row["provider"]})
    attributes = dict(fitting["provider"] if fitting else row["provider"])
    columns = {"name": row["name"], "provider": attributes.pop("type", ""), "attributes": attributes}
    return {**_own_id(row), **columns}


def _own_id(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"]} if "id" in row else {}
