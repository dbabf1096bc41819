# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect secrets in loop items. Ansible prints the item of a loop with each result, even if the result masks the secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.protocol import api_key
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import MIN_MASKED_LENGTH, masked
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.texts import texts

WARNING = (
    "The loop item contains a secret, and Ansible prints loop items, so this result is hidden. Loop over names instead, and "
    "look up the other values by name."
)


def leaks_secret(task_vars: Mapping[str, Any], arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """Return whether the loop item of a task contains a text that the result masks; False without a loop.

    `arguments` are the options of the task as written, `spec` is its argument spec.
    """
    name = task_vars.get("ansible_loop_var")
    if name is None or name not in task_vars:
        return False
    item = {*texts(task_vars[name])}
    hidden = {*texts({**arguments, api_key.OPTION: None})} - {*texts(masked(arguments, spec))}
    # The names of its parts and its ID are not secret.
    hidden |= {*api_key.secret_texts(arguments.get(api_key.OPTION))}
    return any(
        secret == text or (len(secret) >= MIN_MASKED_LENGTH and secret in text) for secret in hidden for text in item
    )
