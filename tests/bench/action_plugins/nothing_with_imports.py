# SPDX-License-Identifier: GPL-3.0-or-later
"""An action that imports what this collection's actions import, and does nothing."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.nasops.truenas.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(ActionBase):
    """Does nothing in the worker process."""

    imported = InProcessAction

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return that nothing has changed."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        return {**result, "changed": False}
