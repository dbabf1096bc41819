# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible prints the item of a loop with each result, so what an item holds is shown whatever the result hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import SHORTEST_MASKED, masked
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.texts import texts

WARNING = (
    "The item of this loop holds what is secret, and Ansible prints items with their results, so this result is hidden. To "
    "see it, loop over names, and look the rest up by them."
)


def leaks_secret(task_vars: Mapping[str, Any], arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """Tell whether the item of a task's loop holds a text that the task's result would mask; False without a loop.

    `arguments` are the task's options as they were given, `spec` its argument spec.
    """
    name = task_vars.get("ansible_loop_var")
    if name is None or name not in task_vars:
        return False
    item = {*texts(task_vars[name])}
    hidden = {*texts(arguments)} - {*texts(masked(arguments, spec))}
    return any(
        secret == text or (len(secret) >= SHORTEST_MASKED and secret in text) for secret in hidden for text in item
    )
