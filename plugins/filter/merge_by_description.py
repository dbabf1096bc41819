# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge a host's list of cloud tasks into the fleet's list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped, names, value_types
from ansible_collections.nasops.truenas.plugins.module_utils.arguments import (
    CLOUD_BACKUP_TASK,
    CLOUD_SYNC_TASK,
    CLOUD_TASK,
)

DOCUMENTATION = r"""
name: merge_by_description
short_description: Merge two lists of cloud sync or cloud backup tasks by description
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Returns the tasks of both lists, each description once. If both lists have a task, the options in O(top) override the others,
    so O(top) needs only the options that differ, such as the folder of one NAS. A C(schedule) is replaced as a whole.
    A null or C(omit) overrides nothing.
  - A task with C(state=absent) in O(top) replaces the other one as a whole.
positional: _input
options:
  _input:
    description:
      - Tasks in the form of O(nasops.truenas.cloud_sync_tasks#module:tasks) or
        O(nasops.truenas.cloud_backup_tasks#module:tasks).
    type: list
    elements: dict
    required: true
  top:
    description: Tasks in the same form, which override those of the input.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Apply the tasks of the fleet with the path of this NAS
  nasops.truenas.cloud_sync_tasks:
    tasks: "{{ fleet | nasops.truenas.merge_by_description(host) }}"
  vars:
    fleet:
      - description: documents to offsite
        credential: offsite
        bucket: backups
        folder: "{{ inventory_hostname }}/documents"
        path: /mnt/tank/documents
        direction: PUSH
        transfer_mode: SYNC
    host:
      - description: documents to offsite
        path: /mnt/pool1/documents
"""

RETURN = r"""
_value:
  description: The tasks, those of the input first.
  type: list
  elements: dict
"""

_NAMES = mistyped.by_any_name({**CLOUD_TASK, **CLOUD_SYNC_TASK, **CLOUD_BACKUP_TASK})


def merge_by_description(fleet: Any, top: Any) -> list[dict[str, Any]]:
    """Return the tasks of both lists. Raises AnsibleFilterError with indexes, but without values, for invalid lists."""
    merged = _by_description("tasks", fleet)
    own = _by_description("top", top)
    unmatched = [str(key) for key, item in own.items() if key not in merged and _is_incomplete(item)]
    for warning in names.unmatched(unmatched, [str(key) for key in merged]):
        Display().warning(f"nasops.truenas.merge_by_description: {warning}")
    for key, item in own.items():
        merged[key] = _merged(merged[key], item) if key in merged else item
    return list(merged.values())


def _is_incomplete(item: Mapping[str, Any]) -> bool:
    """Return whether a NAS could not create the task from this item alone. Every kind of task requires these options."""
    return item.get("state") != "absent" and not {"credential", "path"} <= item.keys()


def _by_description(which: str, items: Any) -> dict[str | int, dict[str, Any]]:
    """Return the items with the names of options in place of aliases, by their ID if they have one, else by description."""
    if not isinstance(items, (list, tuple)):
        raise AnsibleFilterError(f"nasops.truenas.merge_by_description: {which} must be a list")
    found: dict[str | int, dict[str, Any]] = {}
    for index, item in enumerate(items):
        given: Mapping[str, Any] = item if isinstance(item, Mapping) else {}
        named = {_NAMES.get(name, name): value for name, value in given.items() if mistyped.is_given(value)}
        description = named.get("description")
        if description is None:
            raise AnsibleFilterError(f"nasops.truenas.merge_by_description: {which}[{index}] requires a description")
        if not isinstance(description, str):
            problem = value_types.not_text(f"{which}[{index}].description", description)
            raise AnsibleFilterError(f"nasops.truenas.merge_by_description: {problem}")
        key = named["id"] if isinstance(named.get("id"), int) else named["description"]
        if key in found:
            raise AnsibleFilterError(f"nasops.truenas.merge_by_description: {which} contains {key!r} twice")
        found[key] = named
    return found


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two declarations; the host's values override the fleet's, and its task is present unless it is absent."""
    if above.get("state") == "absent":
        return dict(above)
    return {**{name: value for name, value in below.items() if name != "state"}, **above}


class FilterModule:
    """The filter plugin of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"merge_by_description": merge_by_description}
