# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that Ansible would turn into text without a word: a mapping or a list where a text belongs.

A password that is a number or a date keeps what was meant; of a mapping Ansible would store the way in which Python prints it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.errors import Problem


def problems(arguments: Mapping[str, Any], spec: Mapping[str, Any], where: str = "") -> Iterator[Problem]:
    """Yield a problem for each option of a task that has to be text and is a mapping or a list; none quotes a value."""
    names = {alias: name for name, argument in spec.items() for alias in (name, *argument.get("aliases", ()))}
    for written, value in arguments.items():
        argument = spec.get(names.get(written, ""), {})
        field = f"{where}{written}"
        if argument.get("type", "str") in ("str", "path") and argument and isinstance(value, (Mapping, list)):
            kind = "mapping" if isinstance(value, Mapping) else "list"
            yield Problem(
                field, f"is a {kind}, not a text", "Put the text in quotes, or take the value that is in there."
            )
        elif "options" in argument:
            items = enumerate(value) if isinstance(value, list) else [(None, value)]
            for place, item in items:
                if isinstance(item, Mapping):
                    inside = field if place is None else f"{field}[{place}]"
                    yield from problems(item, argument["options"], f"{inside}.")
