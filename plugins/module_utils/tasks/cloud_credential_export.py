# SPDX-License-Identifier: GPL-3.0-or-later
"""Read credentials in the form that a playbook declares. The action plugin writes the files, where the vault's secret is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..arguments import CLOUD_CREDENTIAL_EXPORT, VAULT
from ..backup_task.kind import BACKUP
from ..cloud_task.api_version import explained
from ..cloud_task.export import export as export_tasks
from ..credential.export import Export, export
from ..credential.facts import KEYPAIRS, WRITE_ROLE
from ..credential.keypair_reference import names
from ..credential.kind import KIND
from ..credential.stored import keypair_of
from ..engine.store import store_of
from ..errors import InvalidInput, NotPermitted, Problem
from ..nas.client import Nas
from ..sync_task.kind import SYNC
from .base import Act, TaskKind, variable_problems

TASKS = {"nas_cloud_sync_tasks": SYNC, "nas_cloud_backup_tasks": BACKUP}
"""The kinds of tasks by the role's variable for them."""

ARGUMENTS: dict[str, Any] = {**CLOUD_CREDENTIAL_EXPORT, **VAULT}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Its result has an Export as `export`, with all secrets.

    Raises InvalidInput.
    """
    problems = [*variable_problems(params["variable"])]
    if "/" in params["host_name"] or params["host_name"] in ("", ".", ".."):
        problems.append(
            Problem("host_name", "must be a valid folder name", "Set it to the name of the host in the inventory.")
        )
    if problems:
        raise InvalidInput(problems)

    def act(nas: Nas) -> dict[str, Any]:
        for role in (WRITE_ROLE, *(kind.type.write_role for kind in TASKS.values() if params["export_tasks"])):
            if not nas.has_role(role):
                raise NotPermitted(
                    f"Cannot export: the NAS hides secrets, and nearly all values of credentials, from accounts without the role "
                    f"{role}. Use the API key of an account with that role."
                )
        stored = store_of(KIND, nas).complete()
        keypairs = (
            names(nas.facts([KEYPAIRS])[KEYPAIRS])
            if any(keypair_of(credential.provider, credential.values) for credential in stored)
            else {}
        )
        found = export(stored, params["host_name"], keypairs)
        return {"export": _with_tasks(found, params["host_name"], nas) if params["export_tasks"] else found}

    return explained(act) if params["export_tasks"] else act


def _with_tasks(found: Export, host: str, nas: Nas) -> Export:
    secrets, warnings, tasks = dict(found.secrets), [*found.warnings], {}
    for variable, kind in TASKS.items():
        tasks[variable], notes = export_tasks(kind.type, store_of(kind.engine, nas).complete(), host, secrets)
        warnings += notes
    return replace(found, secrets=secrets, warnings=tuple(warnings), tasks=tasks)


TASK = TaskKind(ARGUMENTS, read)
