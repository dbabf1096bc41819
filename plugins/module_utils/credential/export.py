# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a NAS stores to what a playbook says: the credentials as options, each secret a variable of its own. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..providers.values import WireValue
from .stored import Stored, document


class Variable(str):
    """The name of a variable, in the place of its value."""


@dataclass(frozen=True)
class Export:
    """Credentials in the shape of a task's options with a Variable for each secret, these secrets by the names of the
    variables, and what to know of it all.

    Nothing but `secrets` holds a secret.
    """

    credentials: tuple[dict[str, Any], ...]
    secrets: dict[str, WireValue]
    warnings: tuple[str, ...]


def export(stored: Iterable[Stored], host: str, keypairs: Mapping[int, str] | None = None) -> Export:
    """Return what to declare, so that a NAS with exactly these credentials needs no change.

    The variables are called `vault_nas_HOST_NAME_FIELD`. `keypairs` has the names of the NAS's keypairs by number; what refers to
    one that it has not is declared by its number, with a warning. A provider or field that this collection does not know is left
    out, with a warning.
    """
    shown: list[dict[str, Any]] = []
    secrets: dict[str, WireValue] = {}
    warnings: list[str] = []
    ordered = sorted(stored, key=lambda credential: (credential.name, credential.id))
    for name, times in Counter(credential.name for credential in ordered).items():
        if times > 1:
            warnings.append(
                f"{times} credentials are called {name!r}, which no list can declare: rename or delete one."
            )
    for credential in ordered:
        provider = credential.provider
        if provider is None:
            warnings.append(f"{credential.name!r} is left out: this collection does not know {credential.wire_type!r}.")
            continue
        declared = document(credential.name, provider, credential.wire_type, credential.values, True, keypairs)
        fields: dict[str, Any] = declared[provider.key]
        for field in [*fields]:
            option = provider.options().get(field)
            if field in provider.extra_options():
                continue
            if option is None:
                warnings.append(f"{credential.name!r}: this collection does not know the field {field!r}; left out.")
                del fields[field]
            elif fields[field] is None:
                # Ansible takes null for not declared.
                del fields[field]
            elif option.refers_to_keypair:
                warnings.append(
                    f"{credential.name!r} refers to keypair {fields[field]} by its number, which holds on this NAS only: what it "
                    "is called is not known."
                )
            elif any(option.secrets(credential.values[field])):
                variable = _free(secrets, credential.id, host, credential.name, field)
                secrets[str(variable)] = credential.values[field]
                fields[field] = variable
        warnings += _refusals(credential)
        shown.append(declared)
    return Export(tuple(shown), secrets, tuple(warnings))


def _free(taken: Iterable[str], number: int, *parts: str) -> Variable:
    """Return a name for a variable that none has yet; two names may differ in signs only that no variable can have."""
    name = re.sub(r"[^0-9a-z]+", "_", "_".join(("vault_nas", *parts)).lower()).strip("_")
    return Variable(f"{name}_{number}" if name in taken else name)


def _refusals(credential: Stored) -> Iterator[str]:
    """Yield why a task would refuse to declare what the NAS stores all the same."""
    if credential.provider is not None:
        options = credential.provider.options()
        known = {name: credential.values[name] for name in options if credential.values.get(name) is not None}
        worded = {name: options[name].to_option(value) for name, value in known.items()}
        for problem in credential.provider.parse(worded)[1]:
            yield f"{credential.name!r} cannot be declared as it is stored: {problem}"
