# SPDX-License-Identifier: GPL-3.0-or-later
"""Details of stored credentials: their keypairs, and previews of their secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import NotPermitted
from ..fields.kinds import MASK
from ..keypair.kind import keypairs
from ..keypair.stored import StoredKeypair, identity
from ..nas.client import Nas
from .stored import StoredCredential, keypair_of


def keypairs_of(credentials: Sequence[StoredCredential], nas: Nas) -> dict[int, StoredKeypair]:
    """Return by ID the keypairs that the credentials use. Return an empty mapping if the account cannot list keypairs."""
    ids = {keypair_of(credential.provider, credential.values) for credential in credentials} - {None}
    if not ids:
        return {}
    try:
        return {entry.id: entry for entry in keypairs(nas) if entry.id in ids}
    except NotPermitted:
        return {}


def preview(credential: StoredCredential, keypairs: Mapping[int, StoredKeypair]) -> dict[str, Any]:
    """Return the readable parts of the secrets of a credential, by field, without those that the NAS hides.

    The preview of a keypair is the values that identify it. `keypairs` has the visible keypairs by ID.
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
