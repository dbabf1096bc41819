# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the connection to a NAS that the inventory sets, through the connection plugin `api`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible.plugins.connection import ConnectionBase

from ansible_collections.nasops.truenas.plugins.module_utils.arguments import ENVIRONMENT
from ansible_collections.nasops.truenas.plugins.module_utils.nas import over_ssh
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import RAW_FORM
from ansible_collections.nasops.truenas.plugins.plugin_utils.plain import plain

TRANSPORT = "nasops.truenas.api"
LOCAL = frozenset({"local", TRANSPORT})
"""The connections whose tasks run on the controller."""

OTHER_NAMES = {"timeout": "api_timeout"}
"""Options that the connection plugin names differently, because Ansible uses their names for something else."""

VARIABLES = "ansible_truenas_"
"""The beginning of the variables of the connection plugin."""

SECRETS = frozenset({"api_key", "api_key_file", "password", "otp"})


def options(
    connection: ConnectionBase,
    names: Collection[str],
    given: Mapping[str, Any],
    variable: Callable[[str], Any] = lambda name: None,
) -> dict[str, Any]:
    """Return the options of the task, completed with those `names` that the inventory sets.

    A secret of the inventory is left out if the task has one. `variable` returns a variable of the host, or None. Over SSH, the
    inventory can set the same options with any connection, and no others: `ansible_user` is then the user of SSH.
    """
    via = given.get("via") or variable(f"{VARIABLES}via") or os.environ.get(ENVIRONMENT["via"])
    if via == over_ssh.SSH:
        inherited = {name: plain(variable(f"{VARIABLES}{name}")) for name in sorted(over_ssh.OPTIONS - {"host", "via"})}
        return {**{name: value for name, value in inherited.items() if value is not None}, **given, "via": via}
    if connection.transport != TRANSPORT:
        # The task refuses another value before Ansible's own SSH connection takes the options to the NAS.
        return {**given, "via": via} if via and via != over_ssh.NETWORK else dict(given)
    inherited = {name: plain(connection.get_option(OTHER_NAMES.get(name, name))) for name in names}
    inherited = {name: value for name, value in inherited.items() if value is not None}
    if SECRETS & given.keys():
        inherited = {name: value for name, value in inherited.items() if name not in SECRETS}
    elif "api_key" in inherited:
        # A host can have a password for other connections.
        inherited.pop("password", None)
    elif isinstance(inherited.get("password"), dict) or re.fullmatch(RAW_FORM, str(inherited.get("password", ""))):
        inherited["api_key"] = inherited.pop("password")
    return {**inherited, **given}
