# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored credentials: read them from replies, find them by name, and convert them to a task's options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.names import Entry, Naming
from ..errors import ServerFault
from ..fields.kinds import MASK, WireValue
from ..names import identity
from ..providers import BY_WIRE_TYPE, Provider


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


def read(entry: Any) -> StoredCredential:
    """Return the entry of a reply as a stored credential (truenas-api/wire.md §3, Shapes).

    If the NAS cannot read a row itself, it might return it without a provider; the provider is then unknown. Raises ServerFault
    for anything else.
    """
    found = identity(entry)
    if found is None:
        raise ServerFault("The NAS did not answer with a credential.")
    provider = entry.get("provider")
    values = dict(provider) if isinstance(provider, Mapping) else {}
    return StoredCredential(*found, str(values.pop("type", "")), values)


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
