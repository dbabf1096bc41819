# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an audit in Ansible's worker process where that can be."""

from __future__ import annotations

from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_audit
from ansible_collections.nasops.truenas.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """The action that goes before the module of the same name."""

    kind = cloud_audit.TASK
