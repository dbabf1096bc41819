# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the connection to a NAS that the inventory sets, through the connection plugin `api`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ansible.plugins.connection import ConnectionBase

from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import RAW_FORM
from ansible_collections.nasops.truenas.plugins.plugin_utils.plain import plain

TRANSPORT = "nasops.truenas.api"
LOCAL = frozenset({"local", TRANSPORT})
"""The connections whose tasks run on the controller."""

OTHER_NAMES = {"timeout": "api_timeout"}
"""Options that the connection plugin names differently, because Ansible uses their names for something else."""

SECRETS = frozenset({"api_key", "api_key_file", "password", "otp"})


def options(connection: ConnectionBase, names: Collection[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the task, completed with those `names` that the inventory sets.

    A secret of the inventory is left out if the task has one.
    """
    if connection.transport != TRANSPORT:
        return dict(given)
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
