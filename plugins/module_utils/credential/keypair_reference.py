# SPDX-License-Identifier: GPL-3.0-or-later
"""References from credentials to keypairs by name, because IDs differ between NAS systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine import pending
from ..errors import InvalidInput, NotPermitted, Problem
from ..fields.kinds import WireValue, looks_like_key
from ..keypair.stored import KEYPAIRS, KeychainEntry, StoredKeypair
from ..providers import Provider

PENDING_ID = -1
"""A stand-in for the ID of a keypair that does not exist yet; IDs of the NAS start at 1."""

READ_ROLE = "KEYCHAIN_CREDENTIAL_READ"


@dataclass(frozen=True)
class KeypairRef:
    """A keypair by name, for a field. `option` is the task's option. If `generate`, the NAS creates a missing keypair.

    `generate_option` is the option of the same provider that sets `generate`.
    """

    field: str
    option: str
    name: str
    generate: bool = False
    generate_option: str = ""


def read(provider: type[Provider], given: Mapping[str, Any]) -> tuple[KeypairRef | None, list[Problem]]:
    """Return the keypair that the options of a provider name, or None, and the problems with these options."""
    field = provider.keypair_field()
    if field is None:
        return None, []
    name, generate = given.get(field.name_option), bool(given.get(field.generate_option))
    option = f"{provider.key}.{field.name_option}"
    if name is None:
        if not generate:
            return None, []
        return None, [
            Problem(
                f"{provider.key}.{field.generate_option}",
                f"requires {field.name_option}",
                f"Set {field.name_option}, or remove this option.",
            )
        ]
    problems = [*_name_problems(option, name)]
    if any(given.get(written) is not None for written in (field.name, *field.aliases)):
        problems.append(Problem(option, f"cannot be combined with {field.name}", "Set only one of them."))
    return KeypairRef(field.name, option, name, generate, field.generate_option), problems


def _name_problems(option: str, name: str) -> Iterator[Problem]:
    if looks_like_key(name) or "\n" in name:
        yield Problem(
            option,
            "must be the name of a keypair, but contains a key",
            "Store the key with ssh_keypair, and set the name here.",
        )
    else:
        yield from KEYPAIRS.name_problems(option, name)


def foreseen(
    stored: Sequence[KeychainEntry] | None, changes: Sequence[Mapping[str, Any]]
) -> list[KeychainEntry] | None:
    """Return the keychain after changes that earlier tasks of check mode would make, or None if it is unknown."""
    return None if stored is None else pending.foreseen(stored, changes, lambda entry, change: entry)


def created(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the keypairs that earlier tasks of check mode would create; some might exist already."""
    return [change["name"] for change in pending.created((), changes)]


def resolve(named: KeypairRef, stored: Sequence[KeychainEntry] | None, created: Iterable[str]) -> int:
    """Return the ID of the keypair, or PENDING_ID if its name is in `created` or the NAS will generate it.

    `stored` is the keychain of the NAS, or None if the account cannot list it, which raises NotPermitted. Raises InvalidInput if
    the keypair does not exist, or if an entry of another type has the name.
    """
    if stored is None:
        raise NotPermitted(
            f"{named.option}: this account cannot list the keypairs of the NAS, so the ID of {named.name!r} is unknown. Give the "
            f"account the role {READ_ROLE}, or set the ID of the keypair in the task."
        )
    keypair = KEYPAIRS.find(stored, named.name, named.option)
    if keypair:
        return keypair.id
    if named.generate or named.name in created:
        return PENDING_ID
    remedy = f"Create it with ssh_keypair, or set {named.generate_option}: true to generate it on the NAS."
    question = KEYPAIRS.did_you_mean(stored, named.name)
    raise InvalidInput([Problem(named.option, f"SSH keypair {named.name!r} not found", f"{question} {remedy}".strip())])


def awaited(named: KeypairRef | None, values: Mapping[str, WireValue]) -> KeypairRef | None:
    """Return the keypair that must be created before a credential with these values can be written, or None."""
    return named if named and values.get(named.field) == PENDING_ID else None


def names(stored: Iterable[KeychainEntry] | None) -> dict[int, str]:
    """Return the names of the keypairs by ID, without names that several entries share."""
    entries = [*(stored or ())]
    times = Counter(entry.name for entry in entries)
    return {entry.id: entry.name for entry in entries if isinstance(entry, StoredKeypair) and times[entry.name] == 1}
