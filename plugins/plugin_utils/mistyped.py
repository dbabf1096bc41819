# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Ansible's own check of a task's options is not enough.

A mapping or a list where a text belongs it turns into text without a word: the way in which Python prints it. A password that is
a number or a date keeps what was meant. And of a list it tells the first mistake, without saying in which item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.errors import Problem
from ansible_collections.nasops.truenas.plugins.module_utils.no_log import ArgumentSpecValidator

TEXTS = ("str", "path")


def problems(arguments: Mapping[str, Any], spec: Mapping[str, Any], where: str = "") -> Iterator[Problem]:
    """Yield a problem for each option of a task that has to be text and is a mapping or a list; none quotes a value."""
    names = {alias: name for name, argument in spec.items() for alias in (name, *argument.get("aliases", ()))}
    for written, value in arguments.items():
        argument = spec.get(names.get(written, ""))
        field = f"{where}{written}"
        if argument is None:
            continue
        items = [*enumerate(value)] if isinstance(value, list) else []
        if argument.get("type", "str") in TEXTS:
            yield from _no_text(field, value)
        elif argument.get("elements") in TEXTS:
            for place, item in items:
                yield from _no_text(f"{field}[{place}]", item)
        elif "options" in argument:
            for label, item in [(f"{field}[{place}]", item) for place, item in items] or [(field, value)]:
                if isinstance(item, Mapping):
                    yield from problems(item, argument["options"], f"{label}.")


def _no_text(field: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, (Mapping, list)):
        kind = "mapping" if isinstance(value, Mapping) else "list"
        yield Problem(field, f"is a {kind}, not a text", "Put the text in quotes, or take the value that is in there.")


def complaints(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> list[str]:
    """Return all that Ansible has against the items of a task's lists, each with its place and name."""
    return [
        text
        for name, value in arguments.items()
        if spec.get(name, {}).get("elements") == "dict" and "options" in spec[name] and isinstance(value, list)
        for text in _of_items(name, value, spec[name]["options"])
    ]


def _of_items(name: str, items: list[Any], options: Mapping[str, Any]) -> Iterator[str]:
    for place, item in enumerate(items):
        label = f"{name}[{place}]"
        if not isinstance(item, Mapping):
            yield f"{label}: is no mapping. Give it the options of an item, at least a name."
            continue
        if isinstance(item.get("name"), str):
            label += f" ({item['name']})"
        yield from (f"{label}: {text}" for text in ArgumentSpecValidator(dict(options)).validate(item).error_messages)
