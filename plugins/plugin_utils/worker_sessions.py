# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of an Ansible worker, which the items of a loop share. They end with it; a worker runs one task on one host."""

from __future__ import annotations

from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.plugin_utils.over_ssh import SshOpener
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.join import SharedOpener, Show

_connected: dict[Any, Nas] = {}


def connected(key: tuple[Any, ...], opener: SharedOpener | SshOpener, show: Show = lambda line: None) -> Nas:
    """Return the NAS with this key, and log in if its connection was lost, or if there was none. Raises the errors of a login."""
    if key not in _connected or _connected[key].broken:
        _connected[key] = Nas(opener.open(show), opener)
        _connected[key].user = opener.account if isinstance(opener, SshOpener) else ""
    return _connected[key]
