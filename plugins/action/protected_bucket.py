# SPDX-License-Identifier: GPL-3.0-or-later
"""Run protected_bucket in the Ansible worker process where possible."""

from __future__ import annotations

from ansible_collections.nasops.truenas.plugins.module_utils.tasks import protected_bucket
from ansible_collections.nasops.truenas.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """Action plugin that runs in place of the module when it can."""

    kind = protected_bucket.TASK
