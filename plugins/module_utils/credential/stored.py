# SPDX-License-Identifier: GPL-3.0-or-later
"""What the NAS keeps: reading entries, finding one by name, showing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.names import Entry, Naming
from ..errors import ServerFault
from ..providers import BY_WIRE_TYPE, Provider
from ..providers.values import MASK, WireValue


@dataclass(frozen=True)
class Stored(Entry):
    """One credential as the NAS has it; `values` are the provider's wire values without its `type`."""

    wire_type: str
    values: Mapping[str, WireValue]

    @property
    def provider(self) -> type[Provider] | None:
        """The provider, or None for one that this collection does not know."""
        return BY_WIRE_TYPE.get(self.wire_type)

    @property
    def title(self) -> str:
        """What the provider calls itself, as far as that is known."""
        return self.provider.title if self.provider else self.wire_type or "of a provider that cannot be read"

    @property
    def wire(self) -> dict[str, Any]:
        """The provider as the wire has it, `type` included."""
        return {"type": self.wire_type, **self.values}


def read(entry: Any) -> Stored:
    """Return the entry of a reply as a stored credential (truenas-api/wire.md §3, Shapes).

    A row that the NAS cannot read itself may come without a provider; it is then one of an unknown provider. Raises
    ServerFault for what is no entry.
    """
    if not isinstance(entry, Mapping) or not {"id", "name"} <= entry.keys():
        raise ServerFault("The NAS answered with something that is no credential.")
    provider = entry.get("provider")
    values = dict(provider) if isinstance(provider, Mapping) else {}
    return Stored(entry["id"], entry["name"], str(values.pop("type", "")), values)


def keypair_of(provider: type[Provider] | None, values: Mapping[str, WireValue]) -> int | None:
    """Return the number of the SSH keypair that wire values refer to; None if they refer to none, or the NAS hides it."""
    field = provider.keypair_field() if provider else None
    number = values.get(field.name) if field else None
    return number if isinstance(number, int) else None


CREDENTIALS: Naming[Stored] = Naming("credential", "credentials")
"""How messages name credentials."""


def document(
    name: str,
    provider: type[Provider] | None,
    wire_type: str,
    values: Mapping[str, WireValue],
    reveal: bool = False,
    keypairs: Mapping[Any, str] | None = None,
) -> dict[str, Any]:
    """Return a credential in the shape of a task's options, secrets masked unless `reveal`.

    A keypair is shown by its name if `keypairs`, which has names by number, has it. Of a provider that this collection does not
    know every value is masked, and its `type` stands beside them.
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
