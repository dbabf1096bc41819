# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of stored credentials to the options that a playbook declares, with a variable for each secret. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from ..fields.kinds import WireValue
from .stored import StoredCredential, document


class Variable(str):
    """The name of a variable, in place of its value."""


@dataclass(frozen=True)
class Export:
    """Credentials as a task's options with a Variable for each secret, the secrets by variable name, and warnings.

    Only `secrets` contains secrets. `tasks` has the lists of cloud tasks by variable.
    """

    credentials: tuple[dict[str, Any], ...]
    secrets: dict[str, WireValue]
    warnings: tuple[str, ...]
    tasks: Mapping[str, list[dict[str, Any]]] = dataclass_field(default_factory=dict)


def export(stored: Iterable[StoredCredential], host: str, keypairs: Mapping[int, str] | None = None) -> Export:
    """Return the declaration with which a NAS that stores exactly these credentials is in sync.

    The variables are named `vault_nas_HOST_NAME_FIELD`. `keypairs` has the names of keypairs by ID; a keypair without a name is
    declared by its ID, with a warning. A provider or field that this collection does not support is omitted, with a warning.
    """
    shown: list[dict[str, Any]] = []
    secrets: dict[str, WireValue] = {}
    warnings: list[str] = []
    ordered = sorted(stored, key=lambda credential: (credential.name, credential.id))
    for name, times in Counter(credential.name for credential in ordered).items():
        if times > 1:
            warnings.append(
                f"{times} credentials are named {name!r}, but a list can declare each name only once. Rename or delete one."
            )
    for credential in ordered:
        provider = credential.provider
        if provider is None:
            warnings.append(
                f"Omitted {credential.name!r}: this collection does not support the provider {credential.wire_type!r}."
            )
            continue
        declared = document(credential.name, provider, credential.wire_type, credential.values, True, keypairs)
        fields: dict[str, Any] = declared[provider.key]
        for field in [*fields]:
            option = provider.options().get(field)
            if field in provider.extra_options():
                continue
            if option is None:
                warnings.append(
                    f"{credential.name!r}: omitted the field {field!r}, which this collection does not support."
                )
                del fields[field]
            elif fields[field] is None:
                # To Ansible, null means not declared.
                del fields[field]
            elif option.refers_to_keypair:
                warnings.append(
                    f"{credential.name!r} refers to a keypair by its ID {fields[field]}, because its name is unknown. The ID is "
                    "valid only on this NAS."
                )
            elif any(option.secrets(credential.values[field])):
                variable = free_variable(secrets, credential.id, host, credential.name, field)
                secrets[str(variable)] = credential.values[field]
                fields[field] = variable
        warnings += _problems(credential)
        shown.append(declared)
    return Export(tuple(shown), secrets, tuple(warnings))


def free_variable(taken: Iterable[str], number: int, *parts: str) -> Variable:
    """Return a free variable name. It ends with the ID if two names differ only in characters that variables cannot have."""
    name = _identifier("vault_nas", *parts)
    return Variable(f"{name}_{number}" if name in taken else name)


def prefix_of(host: str) -> str:
    """Return the beginning of the names of a host's variables."""
    return f"{_identifier('vault_nas', host)}_"


def _identifier(*parts: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", "_".join(parts).lower()).strip("_")


def _problems(credential: StoredCredential) -> Iterator[str]:
    """Yield a warning for each stored value that a task cannot declare."""
    if credential.provider is not None:
        options = credential.provider.options()
        known = {name: credential.values[name] for name in options if credential.values.get(name) is not None}
        worded = {name: options[name].to_option(value) for name, value in known.items()}
        for problem in credential.provider.parse(worded)[1]:
            yield f"{credential.name!r} is stored with a value that a task cannot declare: {problem}"
