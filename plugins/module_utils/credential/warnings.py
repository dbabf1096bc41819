# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person should know of a plan although it can be carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..keypair.stored import WRITE_ROLE as KEYPAIR_ROLE
from ..keypair.stored import StoredKeypair
from ..providers import Provider
from ..providers.values import WireValue
from .facts import WRITE_ROLE, Facts, listed
from .keypair_reference import awaited
from .spec import Desired
from .stored import Stored


def similar_name(name: str, names: Sequence[str]) -> Iterator[str]:
    """Yield a warning if a credential is created whose name looks like one that is there."""
    if names:
        yield (
            f"{name!r} is a new credential beside {', '.join(map(repr, names))}: names that differ in case or blanks are "
            "different to the NAS."
        )


def reassigned_across_providers(current: Stored, other: Stored | None) -> Iterator[str]:
    """Yield a warning if tasks are moved to a credential of another provider."""
    if other is not None and other.wire_type != current.wire_type:
        yield (
            f"{other.name!r} is {other.title}, but the tasks of {current.name!r} have a bucket and a folder that were chosen "
            f"for {current.title}: check them."
        )


def unsupported_fields(name: str, strange: Sequence[str]) -> Iterator[str]:
    """Yield a warning if an update writes fields back that this collection does not know."""
    if strange:
        yield (
            f"{name}: the NAS stores {', '.join(strange)}, which this collection does not know. What is stored there is written "
            "back as it was."
        )


def all_for(
    desired: Desired,
    current: Stored | None,
    provider: type[Provider] | None,
    complete: Mapping[str, WireValue],
    changed: bool,
    unknown: Sequence[str],
    facts: Facts,
) -> Iterator[str]:
    """Yield what is odd about a credential that is to be created or updated; `complete` are its values as they will be."""
    yield from facts.notes
    if (
        current is not None
        and provider is not None
        and current.provider is not provider
        and facts.users.get(current.id)
    ):
        yield (
            f"{desired.final_name!r} changes its provider, but it is used by {listed(facts.users[current.id])}, whose "
            "bucket and folder were chosen for the old one: check them."
        )
    if desired.final_name != desired.final_name.strip():
        yield f"The name {desired.final_name!r} begins or ends with a blank, which the NAS keeps as part of it."
    if provider is None:
        return
    yield from provider.warn(complete)
    for name, value in desired.declared.items():
        if provider.options()[name].kind.ansible == "str" and isinstance(value, str) and value != value.strip():
            yield f"{provider.key}.{name} begins or ends with a blank or a line break, which the NAS keeps as part of it."
    for name, option in provider.options().items():
        value = desired.declared.get(name)
        if (
            option.refers_to_keypair
            and desired.keypair is None
            and facts.keypairs is not None
            and isinstance(value, int)
            and value not in {entry.id for entry in facts.keypairs if isinstance(entry, StoredKeypair)}
        ):
            yield f"{provider.key}.{name}: the NAS has no SSH keypair with the id {value}; it stores the number all the same."
    if not facts.may_write and changed:
        yield f"{desired.final_name}: this account lacks the role {WRITE_ROLE}, so what differs cannot be applied with it."
    if not facts.may_make_keypairs and awaited(desired.keypair, complete):
        yield f"{desired.final_name}: this account lacks the role {KEYPAIR_ROLE}, so it can make no keypair."
    if unknown:
        yield (
            f"{desired.final_name}: the NAS hides {', '.join(sorted(unknown))} from this account, so a comparison is not "
            f"possible. Use an account with the role {WRITE_ROLE}."
        )
