# SPDX-License-Identifier: GPL-3.0-or-later
"""An action that does nothing, to measure the cost of Ansible itself."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Does nothing in the worker process."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return that nothing has changed."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        return {**result, "changed": False}
