# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the connection plugin `api`: those of the modules, with the variables of the inventory that set them."""

from __future__ import annotations

import importlib
import re
from typing import Any

from .text import FROM_MODULES, UTILS, as_yaml, documented

INVENTORY = UTILS.replace("module_utils", "plugin_utils.inventory")

FROM_INVENTORY = {
    # Of several variables that are set, Ansible uses the last one.
    "host": ["inventory_hostname", "ansible_host"],
    "port": ["ansible_port"],
    "username": ["ansible_user"],
    "password": ["ansible_password", "ansible_ssh_pass", "ansible_httpapi_pass"],
}
"""The variables that Ansible's own connections use, by option."""


def fragment() -> str:
    """Return the doc fragment with the options of the connection plugin."""
    options = documented("plugins/doc_fragments/connection.py", "DOCUMENTATION")
    other_names = importlib.import_module(INVENTORY).OTHER_NAMES
    shown = {other_names.get(name, name): _option(name, option) for name, option in options.items()}
    return f'''{FROM_MODULES}"""The options of the connection plugin api."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the options that the inventory sets."""

    DOCUMENTATION = r"""
{as_yaml({"options": shown})}"""
'''


def _option(name: str, documentation: dict[str, Any]) -> dict[str, Any]:
    """Return the documentation of an option without its type, choices, and default, which the module has.

    Ansible reads a typed option of a connection plugin more loosely than that of a module: it turns any number into text, and
    any unknown word into false. The module must get the value as written to refuse it.
    """
    option = {key: value for key, value in documentation.items() if key not in ("default", "required", "choices")}
    description = option["description"] if isinstance(option["description"], list) else [option["description"]]
    if name == "password":
        description = [*description, "An API key is recognized here, too, and used as O(api_key)."]
    variables = [*FROM_INVENTORY.get(name, ()), f"ansible_truenas_{name}"]
    for other, here in importlib.import_module(INVENTORY).OTHER_NAMES.items():
        description = [re.sub(rf"\bO\({other}(?=[=)])", f"O({here}", line) for line in description]
    return {**option, "description": description, "type": "raw", "vars": [{"name": variable} for variable in variables]}
