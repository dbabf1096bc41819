# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader

from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, Problem
from ansible_collections.nasops.truenas.plugins.plugin_utils.vaulted import StoredVariables, stored_variables

CREDENTIALS = "cloud_credentials.yml"
TASKS = "cloud_tasks.yml"
VAULT = "cloud_credentials_vault.yml"


def group_variables(loader: DataLoader, folder: str) -> tuple[Mapping[str, Any], StoredVariables | None]:
    """Return the shared secrets, and their file if it exists. Raises InvalidInput if this run cannot read the file."""
    path = Path(folder).absolute() / VAULT
    present = stored_variables(loader, path)
    if present is None and path.exists():
        reason = f"contains {path}, which this run cannot read"
        raise InvalidInput([Problem("group_dest", reason, "Start Ansible with the vault secret of this file.")])
    return present.values if present else {}, present
