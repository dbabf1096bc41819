# SPDX-License-Identifier: GPL-3.0-or-later
"""The masked form of a task's options, and the secrets among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import _pydantic
from ..fields.kinds import MASK, is_placeholder, looks_like_key, readable, secrets_in_readable
from ..protocol import api_key
from ..providers import PROVIDERS, Provider
from .texts import texts

MIN_MASKED_LENGTH = 6
"""Minimum length in characters of a secret that Ansible masks in all output. Results do not contain secrets in the first place,
and masking every "22" or "admin" would make them unreadable."""


def masked(params: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a task, with every value masked that is or might be a secret.

    Misspelled options are masked, too, although Ansible would show them. Null options are omitted.
    """
    return {name: _masked_option(name, value, spec) for name, value in params.items() if value is not None}


def _masked_option(name: str, value: Any, spec: Mapping[str, Any]) -> Any:
    if name not in spec or spec[name].get("no_log") or _is_misplaced_key(name, value):
        return _mask(value)
    if name in PROVIDERS:
        # Without pydantic, it is unknown which fields are secret.
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
            is_readable = written in provider.extra_options() and (is_name or isinstance(value, bool))
            shown[written] = value if is_readable else _mask(value)
    return shown


def _is_misplaced_key(name: str, value: Any) -> bool:
    """Return whether the option for the file of the API key contains the key itself."""
    return name == api_key.FILE_OPTION and api_key.is_key(value)


def _mask(value: Any) -> Any:
    return value if value in (None, "") else MASK


def secrets_to_mask(params: Mapping[str, Any], spec: Mapping[str, Any]) -> set[str]:
    """Return the texts among a task's options to mask in its result, and to make Ansible mask in all output.

    Ansible's own choice would include texts that only describe a key or a token, such as "service_account" or "Bearer".
    """
    return worth_masking(option_secrets(params, spec))


def worth_masking(secrets: Iterable[str]) -> set[str]:
    """Return the secrets that are not placeholders, and too long to occur by chance."""
    return {secret for secret in secrets if len(secret) >= MIN_MASKED_LENGTH and not is_placeholder(secret)}


def option_secrets(params: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secret texts among a task's options: values of `no_log` options and secrets in provider fields."""
    for name, argument in spec.items():
        value = params.get(name)
        if name == api_key.OPTION or _is_misplaced_key(name, value):
            yield from api_key.secret_texts(value)
        elif argument.get("no_log"):
            yield from texts([params.get(written) for written in (name, *argument.get("aliases", ()))])
        elif name in PROVIDERS:
            # Without pydantic, it is unknown which fields are secret.
            yield from _secrets_of_provider(PROVIDERS[name], value) if _pydantic.IMPORT_ERROR is None else texts(value)
        elif "options" in argument:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, Mapping):
                    yield from option_secrets(item, argument["options"])


def _secrets_of_provider(provider: type[Provider], given: Any) -> Iterator[str]:
    if isinstance(given, Mapping):
        for option in provider.options().values():
            for name in (option.name, *option.aliases):
                yield from option.secrets(given.get(name))
        for name in provider.extra_options():
            if isinstance(given.get(name), str):
                yield from secrets_in_readable(given[name])
