# SPDX-License-Identifier: GPL-3.0-or-later
"""What is worth knowing of stored credentials beside their values: which tasks use them, and what a secret is like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..errors import NotPermitted
from ..keypair.kind import keypairs
from ..keypair.stored import StoredKeypair, identity
from ..nas.client import Nas
from ..providers.values import MASK
from .facts import USERS
from .stored import Stored, keypair_of

NOT_ALL_TASKS = (
    "This account may not list every task of the NAS, so a credential may be in use although no task is named: its unused "
    "is null."
)


def usages(credentials: Sequence[Stored], nas: Nas) -> tuple[list[dict[str, Any]], list[str]]:
    """Return, for each credential, the tasks that use it and whether there is none; and warnings.

    Where the account may not see every task, `unused` is None unless one is seen.
    """
    if not credentials:
        return [], []
    users, notes = nas.facts([USERS], [credential.id for credential in credentials])[USERS]
    found = []
    for credential in credentials:
        used_by = [asdict(user) for user in users.get(credential.id, ())]
        found.append({"used_by": used_by, "unused": False if used_by else None if notes else True})
    return found, [NOT_ALL_TASKS] if notes else []


def keypairs_of(credentials: Sequence[Stored], nas: Nas) -> dict[int, StoredKeypair]:
    """Return by number the keypairs that the credentials refer to, as far as the account may see them."""
    numbers = {keypair_of(one.provider, one.values) for one in credentials} - {None}
    if not numbers:
        return {}
    try:
        return {entry.id: entry for entry in keypairs(nas) if entry.id in numbers}
    except NotPermitted:
        return {}


def preview(credential: Stored, keypairs: Mapping[int, StoredKeypair]) -> dict[str, Any]:
    """Return what may be shown of the inside of its secrets, by field; nothing of what the NAS hides.

    Of a keypair, of which `keypairs` has those that can be seen by number, it is what identifies it.
    """
    options = credential.provider.options() if credential.provider else {}
    shown = {
        name: options[name].kind.preview(value)
        for name, value in credential.values.items()
        if name in options and isinstance(value, str) and value != MASK
    }
    field = credential.provider.keypair_field() if credential.provider else None
    keypair = keypairs.get(keypair_of(credential.provider, credential.values) or 0)
    if field and keypair:
        shown[field.name] = identity(keypair.name, keypair.public)
    return {"preview": {name: inside for name, inside in shown.items() if inside}}
