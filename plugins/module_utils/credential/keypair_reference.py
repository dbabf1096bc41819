# SPDX-License-Identifier: GPL-3.0-or-later
"""A keypair that a credential refers to by its name: numbers differ from one NAS to the next, names are what a fleet shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput, NotPermitted, Problem
from ..keypair.stored import KEYPAIRS, Stored, StoredKeypair
from ..names import LONGEST
from ..providers import Provider
from ..providers.values import WireValue, looks_like_key

PENDING_ID = -1
"""In the place of a number that is not known before the keypair is made; the NAS counts from 1."""

READ_ROLE = "KEYCHAIN_CREDENTIAL_READ"


@dataclass(frozen=True)
class KeypairRef:
    """A keypair by name for a field: `option` is what a task calls it; `generate` has the NAS make it if it is not there.

    `generate_option` is the option of the same provider that sets `generate`.
    """

    field: str
    option: str
    name: str
    generate: bool = False
    generate_option: str = ""


def read(provider: type[Provider], given: Mapping[str, Any]) -> tuple[KeypairRef | None, list[Problem]]:
    """Return the keypair that the options of a provider name, and what is wrong with that."""
    field = provider.keypair_field()
    if field is None:
        return None, []
    name, generate = given.get(field.name_option), bool(given.get(field.generate_option))
    option = f"{provider.key}.{field.name_option}"
    if name is None:
        if not generate:
            return None, []
        return None, [
            Problem(f"{provider.key}.{field.generate_option}", f"is given without {field.name_option}", "Name it.")
        ]
    problems = [*_name_problems(option, name)]
    if any(given.get(written) is not None for written in (field.name, *field.aliases)):
        problems.append(Problem(option, f"is given together with {field.name}", "Give one of them."))
    return KeypairRef(field.name, option, name, generate, field.generate_option), problems


def _name_problems(option: str, name: str) -> Iterator[Problem]:
    if looks_like_key(name) or "\n" in name:
        yield Problem(option, "is the text of a key", "Store it with ssh_keypair, and give the keypair's name.")
    elif not name:
        yield Problem(option, "is empty", "Give the name of a keypair.")
    elif len(name) > LONGEST:
        yield Problem(option, f"has {len(name)} characters", f"The NAS takes up to {LONGEST}.")


def number(named: KeypairRef, stored: Sequence[Stored] | None, coming: Iterable[str]) -> int:
    """Return the number of the keypair, or PENDING_ID if it is among those that are `coming` or is to be generated.

    `stored` is the NAS's keychain, None if the account may not list it. Raises InvalidInput if there is no such keypair, or if
    something else has the name, and NotPermitted.
    """
    if stored is None:
        raise NotPermitted(
            f"{named.option}: this account may not list the keypairs of the NAS, so which one is called {named.name!r} is not "
            f"known. Give it the role {READ_ROLE}, or give the number."
        )
    found = KEYPAIRS.find(stored, named.name, named.option)
    if found:
        return found.id
    if named.generate or named.name in coming:
        return PENDING_ID
    remedy = f"Make one with ssh_keypair, or set {named.generate_option} to true to have the NAS make it."
    question = KEYPAIRS.did_you_mean(stored, named.name)
    raise InvalidInput(
        [Problem(named.option, f"this NAS has no SSH keypair called {named.name!r}", f"{question} {remedy}".strip())]
    )


def awaited(named: KeypairRef | None, values: Mapping[str, WireValue]) -> KeypairRef | None:
    """Return the keypair that has to be made before a credential with these values can be written."""
    return named if named and values.get(named.field) == PENDING_ID else None


def names(stored: Iterable[Stored] | None) -> dict[int, str]:
    """Return the names of the keypairs by their numbers, but for those that stand for more than one entry."""
    entries = [*(stored or ())]
    times = Counter(entry.name for entry in entries)
    return {entry.id: entry.name for entry in entries if isinstance(entry, StoredKeypair) and times[entry.name] == 1}
