# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a module that a role offers as variables, and how the files of a role write them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .arguments import argument
from .text import as_yaml

FROM_ENVIRONMENT = "E(TRUENAS_"


@dataclass(frozen=True)
class Offer:
    """Options of a module that a role offers.

    Each is the variable `nas_<option>`, unless `names` has another name. `differs` has what the role documents differently; None
    removes it. With `item`, they are options of list items instead, and a task finds them in the variable of that name.
    """

    options: Mapping[str, Any]
    without: Collection[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    differs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    item: str = ""

    def variables(self) -> dict[str, str]:
        """Return the name of the variable of each option."""
        default = "{}" if self.item else "nas_{}"
        return {name: self.names.get(name, default.format(name)) for name in self.options if name not in self.without}

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return each option as the role documents it, its argument spec included."""
        entries = {}
        for name in self.variables():
            option = {**self.options[name], **self.differs.get(name, {})}
            entry = {key: value for key, value in option.items() if value is not None}
            if self.item:
                # What an item leaves out, the role leaves out as well.
                entry.pop("default", None)
            entry = {"description": self._description(entry), **argument(name, entry)}
            # A raw secret can be a mapping. From ansible-core 2.22 on, every value in it, such as an ID, would be masked in all
            # output. The modules register the secrets.
            marked = entry.pop("no_log", False) and entry["type"] != "raw"
            entries[name] = {**entry, "no_log": True} if marked else entry
        return entries

    def _description(self, option: Mapping[str, Any]) -> str | list[str]:
        given = option["description"]
        lines = [given] if isinstance(given, str) else given
        # The role passes its default on, so the module does not look at the environment.
        lines = [line for line in lines if "default" not in option or FROM_ENVIRONMENT not in line]
        lines = [re.sub(r"\b(?:O|C|RV)\(([\w.\[\]]+)(?![\w.\[\]#])", self._named, line) for line in lines]
        return lines[0] if len(lines) == 1 else lines

    def _named(self, mention: re.Match[str]) -> str:
        name = mention[1]
        return f"C({self.names.get(name) or self.variables().get(name, name)}"


def specified(offer: Offer, given: Collection[str]) -> str:
    """Return the options as entries of an argument spec."""
    variables = offer.variables()
    return as_yaml({variables[name]: entry for name, entry in offer.entries().items()}, indent_lists=True)


def defaulted(offer: Offer, given: Collection[str]) -> str:
    """Return the variables with their defaults."""
    variables = offer.variables()
    return as_yaml({variables[name]: entry["default"] for name, entry in offer.entries().items() if "default" in entry})


def passed(offer: Offer, given: Collection[str]) -> str:
    """Return the options of a task, with the role's variables as their values; only the `given` ones always have a value."""
    lines = []
    for name, variable in offer.variables().items():
        value = f"{offer.item}.{variable}" if offer.item else variable
        otherwise = "" if value in given else " | default(omit)"
        lines.append(f'{name}: "{{{{ {value}{otherwise} }}}}"\n')
    return "".join(lines)
