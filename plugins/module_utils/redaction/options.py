# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a task's options may be shown, and what Ansible is told to blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import _pydantic
from ..providers import PROVIDERS, Provider
from ..providers.values import MASK, is_placeholder, looks_like_key, readable, secrets_in_readable
from .texts import texts

SHORTEST_MASKED = 6
"""Characters of the shortest secret that Ansible may blank in all output. Results hold no secret to begin with, and
blanking every "22" or "admin" would make them unreadable."""


def masked(params: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a task has, with every value masked that is a secret or might be one.

    That goes for misspelt options, too, which Ansible would show as they are. Options that are null are left out.
    """
    return {name: _masked_option(name, value, spec) for name, value in params.items() if value is not None}


def _masked_option(name: str, value: Any, spec: Mapping[str, Any]) -> Any:
    if name not in spec or spec[name].get("no_log"):
        return _mask(value)
    if name in PROVIDERS:
        # Without pydantic nobody knows which fields are secret.
        known = isinstance(value, Mapping) and _pydantic.IMPORT_ERROR is None
        return _masked_provider(PROVIDERS[name], value) if known else _mask(value)
    if "options" in spec[name]:
        items = value if isinstance(value, list) else [value]
        shown = [masked(item, spec[name]["options"]) if isinstance(item, Mapping) else _mask(item) for item in items]
        return shown if isinstance(value, list) else shown[0]
    return readable(value) if isinstance(value, str) else value


def _masked_provider(provider: type[Provider], given: Mapping[str, Any]) -> dict[str, Any]:
    options = provider.options()
    shown = {}
    for written, value in given.items():
        if value is None:
            continue
        option = options.get(provider.wire_name(written))
        if option:
            shown[written] = option.public_as_given(value)
        else:
            is_name = isinstance(value, str) and "\n" not in value and "{" not in value and not looks_like_key(value)
            readable_there = written in provider.extra_options() and (is_name or isinstance(value, bool))
            shown[written] = value if readable_there else _mask(value)
    return shown


def _mask(value: Any) -> Any:
    return value if value in (None, "") else MASK


def secrets_to_mask(params: Mapping[str, Any], spec: Mapping[str, Any]) -> set[str]:
    """Return the texts among a task's options that are masked in its result, and by Ansible in whatever it prints.

    Ansible's own choice would include what merely describes a key or a token, such as "service_account" or "Bearer".
    """
    return {secret for secret in secrets(params, spec) if len(secret) >= SHORTEST_MASKED and not is_placeholder(secret)}


def secrets(params: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secret texts among a task's options: those that its argument spec marks, and what providers know as secret."""
    for name, argument in spec.items():
        value = params.get(name)
        if argument.get("no_log"):
            yield from texts([params.get(written) for written in (name, *argument.get("aliases", ()))])
        elif name in PROVIDERS:
            # Without pydantic nobody knows which fields are secret.
            yield from _secrets_of_provider(PROVIDERS[name], value) if _pydantic.IMPORT_ERROR is None else texts(value)
        elif "options" in argument:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, Mapping):
                    yield from secrets(item, argument["options"])


def _secrets_of_provider(provider: type[Provider], given: Any) -> Iterator[str]:
    if isinstance(given, Mapping):
        for option in provider.options().values():
            for name in (option.name, *option.aliases):
                yield from option.secrets(given.get(name))
        for name in provider.extra_options():
            if isinstance(given.get(name), str):
                yield from secrets_in_readable(given[name])
