# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of variables on the roles' pages, which follow from the roles' argument specs and defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from .text import ROOT, filled


def variables(role: str) -> dict[str, dict[str, Any]]:
    """Return the variables of a role by name, as its argument specs describe them."""
    specs = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]
    return {name: option for entry_point in specs.values() for name, option in entry_point["options"].items()}


def page(role: str) -> str:
    """Return the page of a role with its table up to date."""
    defaults = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text())
    rows = [_row(name, option, defaults) for name, option in variables(role).items()]
    table = "\n".join(["", "| variable | default | |", "|---|---|---|", *rows, "", ""])
    return filled((ROOT / f"roles/{role}/README.md").read_text(), lambda name: table)


def _row(name: str, option: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    default = _shown(defaults[name]) if name in defaults else ""
    description = option["description"]
    line = description if isinstance(description, str) else description[0]
    sentence = re.split(r"(?<=\.) (?=[A-Z])", line)[0]
    choices = ", ".join(f"`{choice}`" for choice in option.get("choices", ()))
    return f"| `{name}` | {default} | {markdown(sentence)}{f' ({choices})' if choices else ''} |"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return "`" + text.replace("|", r"\|") + "`"


def markdown(text: str) -> str:
    """Return a text of Ansible's documentation as Markdown."""
    return re.sub(r"\b[A-Z]+\(([^)#]*)(?:#[\w:.\[\]]+)?\)", r"`\1`", text).replace("|", r"\|")
