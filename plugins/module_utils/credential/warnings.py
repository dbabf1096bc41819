# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about plans that can be applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..fields.kinds import WireValue
from ..keypair.stored import WRITE_ROLE as KEYPAIR_ROLE
from ..keypair.stored import StoredKeypair
from ..providers import Provider
from .facts import WRITE_ROLE, Facts, listed
from .keypair_reference import awaited
from .spec import DesiredCredential
from .stored import StoredCredential


def similar_name(name: str, names: Sequence[str]) -> Iterator[str]:
    """Yield a warning if the task creates a credential although similar `names` exist."""
    if names:
        exist = "exists" if len(names) == 1 else "exist"
        yield (
            f"Creating {name!r}, although {' and '.join(map(repr, names))} {exist}. Names that differ in case, spaces, or "
            "Unicode form are different credentials."
        )


def reassigned_across_providers(current: StoredCredential, other: StoredCredential | None) -> Iterator[str]:
    """Yield a warning if tasks are reassigned to a credential of another provider."""
    if other is not None and other.wire_type != current.wire_type:
        yield (
            f"The provider of {other.name!r} is {other.title}, but the tasks of {current.name!r} have a bucket and a folder for "
            f"{current.title}. Check both in each task."
        )


def unsupported_fields(name: str, strange: Sequence[str]) -> Iterator[str]:
    """Yield a warning if an update contains stored fields that this collection does not support."""
    if strange:
        yield (
            f"{name}: this collection does not support the stored {', '.join(strange)}. The update writes the values back "
            "unchanged."
        )


def all_for(
    desired: DesiredCredential,
    current: StoredCredential | None,
    provider: type[Provider] | None,
    complete: Mapping[str, WireValue],
    changed: bool,
    unknown: Sequence[str],
    facts: Facts,
) -> Iterator[str]:
    """Yield the warnings about creating or updating a credential; `complete` are its desired values."""
    yield from facts.notes
    if (
        current is not None
        and provider is not None
        and current.provider is not provider
        and facts.users.get(current.id)
    ):
        yield (
            f"Changing {desired.final_name!r} from {current.title} to {provider.title} can break the tasks that use it: "
            f"{listed(facts.users[current.id])}. Check the bucket and the folder of each task."
        )
    if desired.final_name != desired.final_name.strip():
        yield f"{desired.final_name!r} starts or ends with a space. The NAS keeps the space."
    if provider is None:
        return
    yield from provider.warn(complete)
    for name, value in desired.declared.items():
        if provider.options()[name].kind.ansible == "str" and isinstance(value, str) and value != value.strip():
            yield f"{provider.key}.{name} starts or ends with a space or a line break. The NAS keeps it as part of the value."
    for name, option in provider.options().items():
        value = desired.declared.get(name)
        if (
            option.refers_to_keypair
            and desired.keypair is None
            and facts.keypairs is not None
            and isinstance(value, int)
            and value not in {entry.id for entry in facts.keypairs if isinstance(entry, StoredKeypair)}
        ):
            yield f"{provider.key}.{name}: SSH keypair with the ID {value} not found. The NAS stores the ID anyway."
    if not facts.may_write and changed:
        yield f"{desired.final_name}: this account cannot apply the change; it needs the role {WRITE_ROLE}."
    if not facts.may_make_keypairs and awaited(desired.keypair, complete):
        yield f"{desired.final_name}: this account cannot create the keypair; it needs the role {KEYPAIR_ROLE}."
    if unknown:
        yield (
            f"{desired.final_name}: could not compare {', '.join(sorted(unknown))}, because the NAS hides the values from this "
            f"account. Use an account with the role {WRITE_ROLE}."
        )
