# SPDX-License-Identifier: GPL-3.0-or-later
"""The view that names every provider, and the models that the other views read."""

from __future__ import annotations

import importlib
import re
from typing import Any

from .text import FROM_MODELS, ROOT, UTILS

FOLDER = ROOT / "plugins/module_utils/providers"
NOT_PROVIDERS = {"__init__", "arguments", "base", "hosts", "json_values", "oauth", "tokens"}


def names() -> list[str]:
    """Return the options of the providers, from the files of their folder."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in NOT_PROVIDERS)


def registry() -> str:
    """Return the file that names every provider, from the files of their folder."""
    classes = {}
    for key in names():
        path = FOLDER / f"{key}.py"
        found = re.search(rf'^class (\w+)\(.*\):\n(?:.*\n)*?    key = "{key}"$', path.read_text(), re.MULTILINE)
        if not found:
            raise SystemExit(f"{path}: no class with key = {key!r}; the file is named after the task's option")
        classes[key] = found.group(1)
    imports = "\n".join(f"from .{name} import {cls}" for name, cls in sorted({"base": "Provider", **classes}.items()))
    return f'''{FROM_MODELS}"""The registry of the providers that a NAS can store credentials for."""

from __future__ import annotations

{imports}

PROVIDERS: dict[str, type[Provider]] = {{
    provider.key: provider for provider in ({", ".join(classes.values())},)
}}
"""Providers by the task's option."""

BY_WIRE_TYPE: dict[str, type[Provider]] = {{provider.wire_type: provider for provider in PROVIDERS.values()}}
"""Providers by the wire's `type`."""

__all__ = ["BY_WIRE_TYPE", "PROVIDERS", "Provider"]
'''


def providers() -> dict[str, Any]:
    """Return the provider models by the task's option."""
    found: dict[str, Any] = importlib.import_module(f"{UTILS}.providers").PROVIDERS
    return found


def drive_provider() -> Any:
    """Return the model of the provider whose drives the NAS lists."""
    [found] = [provider for provider in providers().values() if provider.drive_list_method]
    return found
