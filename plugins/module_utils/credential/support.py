# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a credential that a version of the NAS supports, shows, and accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import InvalidInput, Problem
from ..fields.kinds import WireValue
from ..nas import flat
from ..providers import Provider
from ..versions import FIRST_VERSION, Version
from ..versions import show as show_version
from . import keypair_reference
from .facts import Facts
from .spec import DesiredCredential


def hidden_fields(provider: type[Provider], facts: Facts) -> Iterator[Problem]:
    """Yield a problem if an update would reset fields that the older API version hides (truenas-api/wire.md §8, trap 6)."""
    if not facts.hidden:
        return
    spoken, newest = facts.hidden
    names = [name for name, option in provider.options().items() if spoken < option.since <= newest]
    if names:
        yield Problem(
            "api_version",
            f"{show_version(spoken)} hides {', '.join(names)}, which an update would reset",
            "Remove api_version.",
        )


def supported(
    desired: DesiredCredential,
    provider: type[Provider],
    stored: Mapping[str, WireValue],
    facts: Facts,
) -> tuple[dict[str, WireValue], list[Problem]]:
    """Return the declared values that this NAS version supports, and a problem for each of the others.

    An unsupported field with its default value is omitted without a problem. A named keypair is replaced with its ID.
    """
    found: dict[str, WireValue] = {}
    problems: list[Problem] = []
    declared = dict(desired.declared)
    if desired.keypair:
        try:
            declared[desired.keypair.field] = keypair_reference.resolve(
                desired.keypair, facts.keypairs, facts.created_keypairs
            )
        except InvalidInput as error:
            problems += error.problems
    for name, value in declared.items():
        option = provider.options()[name]
        if name in stored or facts.has(provider, option):
            found[name] = value
        elif not option.same(option.default, value):
            problems.append(too_new(f"{provider.key}.{name}", option.since, facts))
    return found, problems


def too_new(field: str, since: Version, facts: Facts, wire_type: str = "") -> Problem:
    """Return the problem for a field that this NAS or the selected API version lacks; it came in `since`."""
    reason = f"requires TrueNAS {show_version(since)} or later"
    if facts.version and (family := flat.family_of(facts.version)):
        reason = f"requires {flat.which_offer(wire_type, since)}"
        return Problem(field, f"{reason}, but this NAS runs {family.title}", "Remove the option or upgrade the NAS.")
    if facts.version and facts.version >= since:
        return Problem(field, f"{reason}, but api_version is older", "Remove the option, or remove api_version.")
    version = show_version(facts.version or FIRST_VERSION)
    return Problem(field, f"{reason}, but this NAS runs {version}", "Remove the option or upgrade the NAS.")


def without_nulls(provider: type[Provider], values: Mapping[str, WireValue]) -> dict[str, WireValue]:
    """Return stored values with the default in place of a null that the NAS refuses, or without one that has no default."""
    options = provider.options()
    found = dict(values)
    for name in [name for name, value in values.items() if value is None and name in options]:
        option = options[name]
        if option.default is not None:
            found[name] = option.default
        elif option.required and None not in option.choices.values():
            del found[name]
    return found
