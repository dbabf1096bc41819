# SPDX-License-Identifier: GPL-3.0-or-later
"""Move secrets that several exported hosts share to variables of their group. Pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..fields.kinds import TO_FILL_IN
from .export import Export, Variable, free_variable, prefix_of


@dataclass(frozen=True, repr=False)
class Move:
    """The variables of the group after a move, and by host the new name of each variable that the move removes."""

    group: Mapping[str, Any]
    renamed: Mapping[str, Mapping[str, Variable]]


def move_shared(hosts: Mapping[str, Mapping[str, Any]], group: Mapping[str, Any]) -> Move:
    """Return the move of each secret that at least two hosts have, or that the group has already.

    `hosts` has the exported variables by host. Variables that an export does not write, and placeholders, stay where they are.
    """
    owners: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for host, variables in sorted(hosts.items()):
        for name, value in variables.items():
            if name.startswith(prefix_of(host)) and value != TO_FILL_IN:
                owners[json.dumps(value)].append((host, name))
    after = dict(group)
    names = _names(group)
    taken = {*group, *(name for variables in hosts.values() for name in variables)}
    renamed: dict[str, dict[str, Variable]] = defaultdict(dict)
    for value, uses in owners.items():
        if value not in names and len({host for host, _name in uses}) < 2:
            continue
        if value not in names:
            host, name = uses[0]
            names[value] = free_variable(taken, len(after) + 1, "shared", name.removeprefix(prefix_of(host)))
            taken.add(names[value])
            after[str(names[value])] = hosts[host][name]
        for host, name in uses:
            renamed[host][name] = names[value]
    return Move(after, renamed)


def with_references(found: Export, group: Mapping[str, Any]) -> Export:
    """Return the export with the variable of the group in place of each secret that the group has."""
    names = _names(group)
    renamed = {name: names[key] for name, value in found.secrets.items() if (key := json.dumps(value)) in names}
    return replace(
        found,
        credentials=_renamed(found.credentials, renamed),
        tasks=_renamed(found.tasks, renamed),
        secrets={name: value for name, value in found.secrets.items() if name not in renamed},
    )


def _names(group: Mapping[str, Any]) -> dict[str, Variable]:
    """Return the variables by their value as JSON; the first one if two have the same value."""
    names: dict[str, Variable] = {}
    for name, value in group.items():
        if value != TO_FILL_IN:
            names.setdefault(json.dumps(value), Variable(name))
    return names


def _renamed(value: Any, names: Mapping[str, Variable]) -> Any:
    if isinstance(value, Variable):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_renamed(item, names) for item in value)
    return value
