# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets that a change replaces: the user can revoke them, unless other credentials on the NAS still use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..fields.kinds import MASK, as_text
from .details import preview
from .stored import StoredCredential, document


def replaced(
    previous: StoredCredential | None, stored: Sequence[StoredCredential], keypairs: Mapping[int, str] | None = None
) -> dict[str, Any] | None:
    """Return the replaced secrets' field names and the non-secret values that identify them, or None.

    `stored` are the credentials after the change (in check mode: the predicted ones). In the result, `fields` names the secrets,
    `identified_by` has the other values of the previous credential that are not defaults, and `also_in` names the other
    credentials that have one of the secrets. `keypairs` has the names of keypairs by ID.
    """
    now = next((credential for credential in stored if previous and credential.id == previous.id), None)
    if previous is None or now is None:
        return None
    used = _all_secrets(now)
    gone = {name: left for name, secrets in _secrets(previous).items() if (left := secrets - used)}
    if previous.provider:
        gone = {name: left for name, left in gone.items() if name in previous.provider.options()}
    if not gone:
        return None
    # Values that the NAS hides look the same in every credential.
    sought = {secret for secrets in gone.values() for secret in secrets} - {MASK}
    return {
        "provider": previous.provider.key if previous.provider else previous.wire_type,
        "fields": sorted(gone),
        "identified_by": _shown(previous, keypairs),
        "also_in": sorted(other.name for other in stored if other.id != previous.id and sought & _all_secrets(other)),
    }


def _secrets(credential: StoredCredential) -> dict[str, set[str | int]]:
    """Return the secret texts and keypair IDs by field. For an unknown provider or field, return every text."""
    options = credential.provider.options() if credential.provider else {}
    secrets: dict[str, set[str | int]] = {}
    for name, value in credential.values.items():
        option = options.get(name)
        if option is None or option.refers_to_keypair:
            wanted = str if option is None else (int, str)
            secrets[name] = {value} if isinstance(value, wanted) and value else set()
        else:
            texts = {*option.secrets(value)}
            # In JSON text, only the secrets inside it matter, not the text as a whole.
            secrets[name] = {*({text for text in texts if text != as_text(value)} or texts)}
    return secrets


def _all_secrets(credential: StoredCredential) -> set[str | int]:
    return {secret for secrets in _secrets(credential).values() for secret in secrets}


def _shown(previous: StoredCredential, keypairs: Mapping[int, str] | None) -> dict[str, Any]:
    if previous.provider is None:
        return {}
    options = previous.provider.options()
    identifying = {
        name: value
        for name, value in previous.values.items()
        if name in options and value not in (None, "", options[name].default)
    }
    shown = document(previous.name, previous.provider, previous.wire_type, identifying, keypairs=keypairs)[
        previous.provider.key
    ]
    readable = {name: value for name, value in shown.items() if value != MASK}
    return {**readable, **preview(previous, {})["preview"]}
