# SPDX-License-Identifier: GPL-3.0-or-later
"""The view of the providers' options as an argument spec."""

from __future__ import annotations

import re
from typing import Any

from .registry import drive_provider, providers
from .text import FROM_MODELS

NO_LOG_NEEDS_SAYING = re.compile(r"pass|secret|token|key")


def arguments(provider: Any) -> dict[str, Any]:
    """Return the argument spec of one provider's options."""
    spec: dict[str, Any] = {}
    for name, option in provider.options().items():
        entry: dict[str, Any] = {"type": option.kind.ansible}
        if option.aliases:
            entry["aliases"] = list(option.aliases)
        if option.choices:
            entry["choices"] = list(option.choices)
        if option.secret:
            entry["no_log"] = True
        elif any(map(NO_LOG_NEEDS_SAYING.search, (name, *option.aliases))):
            entry["no_log"] = False
        spec[name] = entry
    for name in provider.from_file:
        spec[name] = {"type": "path", "no_log": False}
    if keypair := provider.keypair_field():
        spec[keypair.name_option] = {"type": "str", "no_log": False}
        spec[keypair.generate_option] = {"type": "bool", "no_log": False}
    return spec


def argument_spec() -> str:
    """Return the file with the argument spec of all providers, which needs no pydantic."""
    spec: dict[str, dict[str, Any]] = {
        key: {"type": "dict", "options": arguments(provider)} for key, provider in providers().items()
    }
    drives = drive_provider()
    options = {name: spec[drives.key]["options"][name] for name in drives.drive_list_fields}
    account = {"type": "dict", "required": True, "options": options}
    of_drives = {drives.key: account}
    stores = tuple(key for key, provider in providers().items() if provider.protects_buckets)
    return f'''{FROM_MODELS}"""The options of the providers as an argument spec. Importable without pydantic."""

from __future__ import annotations

from typing import Any

PROVIDER_ARGUMENTS: dict[str, dict[str, Any]] = {spec!r}

FILTER: dict[str, Any] = {{"provider": {{"type": "str", "choices": [*PROVIDER_ARGUMENTS]}}}}

DRIVES: dict[str, Any] = {of_drives!r}

STORES: dict[str, Any] = {{key: PROVIDER_ARGUMENTS[key] for key in {stores!r}}}
'''
