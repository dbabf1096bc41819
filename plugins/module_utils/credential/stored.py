# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored credentials: read them from replies, find them by name, and convert them to a task's options."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..engine import pending
from ..engine.names import Entry, Naming
from ..errors import Misread
from ..fields.kinds import MASK, WireValue
from ..names import identity, misnamed
from ..providers import BY_WIRE_TYPE, PROVIDERS, Provider
from ..redaction.texts import provider_secrets


@dataclass(frozen=True)
class StoredCredential(Entry):
    """One stored credential; `values` are the provider's wire values without its `type`."""

    wire_type: str
    values: Mapping[str, WireValue]

    @property
    def provider(self) -> type[Provider] | None:
        """The provider, or None if this collection does not support it."""
        return BY_WIRE_TYPE.get(self.wire_type)

    @property
    def title(self) -> str:
        """The product name of the provider, or its wire type if this collection does not support it."""
        return self.provider.title if self.provider else self.wire_type or "an unknown provider"

    @property
    def wire(self) -> dict[str, Any]:
        """The wire values of the provider, including `type`."""
        return {"type": self.wire_type, **self.values}

    @functools.cached_property
    def secrets(self) -> tuple[str, ...]:
        """The secret texts of the login; all texts if the provider is unknown."""
        return tuple(filter(None, provider_secrets(self.wire)))


def read(entry: Any) -> StoredCredential:
    """Return the entry of a reply as a stored credential (truenas-api/wire.md §3, Shapes).

    If the NAS cannot read a row itself, it might return it without a provider; the provider is then unknown. Raises Misread
    for anything else.
    """
    found = identity(entry)
    if found is None:
        raise Misread.of("credential", misnamed(entry))
    provider = entry.get("provider")
    values = dict(provider) if isinstance(provider, Mapping) else {}
    return StoredCredential(*found, str(values.pop("type", "")), values)


OPTION = "pending_credentials"
"""The option of later tasks that takes the changes."""


def foresee(stored: Sequence[StoredCredential], changes: Sequence[Mapping[str, Any]]) -> list[StoredCredential]:
    """Return the credentials after changes that earlier tasks of check mode would make.

    Those that are created have a negative ID. The secrets of those that are created or change are unknown.
    """
    known = pending.foreseen(stored, changes, _changed)
    made = pending.created(known, changes)
    return [
        *known,
        *(_changed(StoredCredential(-1 - index, one["name"], "", {}), one) for index, one in enumerate(made)),
    ]


def _changed(entry: StoredCredential, change: Mapping[str, Any]) -> StoredCredential:
    """Return a credential with the provider of a change, if the change has one."""
    provider = PROVIDERS.get(change.get("provider") or "")
    if provider is None:
        return entry
    kept = entry.values if entry.wire_type == provider.wire_type else {}
    return replace(entry, wire_type=provider.wire_type, values={**kept, **(change.get("fields") or {})})


def keypair_of(provider: type[Provider] | None, values: Mapping[str, WireValue]) -> int | None:
    """Return the ID of the SSH keypair in wire values, or None if it is not set or the NAS hides it."""
    field = provider.keypair_field() if provider else None
    keypair_id = values.get(field.name) if field else None
    return keypair_id if isinstance(keypair_id, int) else None


CREDENTIALS: Naming[StoredCredential] = Naming("credential", "credentials")
"""The nouns for credentials in messages."""


def document(
    name: str,
    provider: type[Provider] | None,
    wire_type: str,
    values: Mapping[str, WireValue],
    reveal: bool = False,
    keypairs: Mapping[Any, str] | None = None,
) -> dict[str, Any]:
    """Return a credential as a task's options. Secrets are masked unless `reveal`.

    A keypair is shown by its name if `keypairs` has a name for its ID. For an unsupported provider, every value is masked, and
    the result contains the `type`.
    """
    if provider is None:
        return {
            "name": name,
            "type": wire_type,
            "unknown_provider": dict(values) if reveal else dict.fromkeys(values, MASK),
        }
    options = provider.options()
    shown: dict[str, Any] = {}
    for field, value in values.items():
        option = options.get(field)
        if option is None:
            shown[field] = value if reveal else MASK
        elif keypairs and option.refers_to_keypair and value in keypairs:
            shown[option.name_option] = keypairs[value]
        else:
            shown[field] = option.to_option(value) if reveal else option.public(value)
    return {"name": name, provider.key: shown}
