# SPDX-License-Identifier: GPL-3.0-or-later
"""From stored cloud tasks to variables of a playbook, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.backup_task.kind import BACKUP
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.export import export
from ansible_collections.nasops.truenas.plugins.module_utils.credential.export import Variable
from ansible_collections.nasops.truenas.plugins.module_utils.engine.store import store_of
from ansible_collections.nasops.truenas.plugins.module_utils.errors import NotPermitted
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.kind import SYNC
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credential_export
from tests.unit.cloud_tasks import CANARY, PUSH, REPOSITORY, TaskNas, run

KINDS = {
    "cloudsync": (SYNC, "cloud_sync_tasks", PUSH),
    "cloud_backup": (BACKUP, "cloud_backup_tasks", REPOSITORY),
}
VERSIONS = ["25.04.2", "25.10.0", "26.0.0", "27.0.0"]


def exported(nas: TaskNas) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    """Return the declarations, the secrets by variable, and the warnings."""
    secrets: dict[str, Any] = {}
    kind, _module, _base = KINDS[nas.service]
    shown, warnings = export(kind.type, store_of(kind.engine, Nas(nas)).entries(), "nas1", secrets)
    return shown, secrets, warnings


def declared(nas: TaskNas) -> list[dict[str, Any]]:
    """Return the declarations with the secrets in place of their variables."""
    shown, secrets, _warnings = exported(nas)
    return [
        {name: secrets[value] if isinstance(value, Variable) else value for name, value in item.items()}
        for item in shown
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("service", [*KINDS])
@pytest.mark.parametrize("undeclared", ["keep", "default"])
def test_what_is_exported_changes_nothing(service: str, version: str, undeclared: str) -> None:
    module, base = KINDS[service][1:]
    nas = TaskNas(service, version)
    own: list[dict[str, Any]] = [
        {"credential": "offsite", "storage_class": "GLACIER", "exclude": ["*.tmp", "{{ x }}"], "enabled": False},
        {"credential": "other", "schedule": {"minute": "*/5", "dow": "mon-fri"}},
    ]
    if service == "cloudsync":
        own.append({"credential": "cloud", "bwlimit": ["8:00,1M", "9:00,off"], "transfers": 4, "chunk_size": 8})
        own.append({"encryption": True, "encryption_password": f"{CANARY}-crypt", "encryption_salt": f"{CANARY}-salt"})
    tasks = [{**base, "description": f"task {index}", "folder": f"{index}", **one} for index, one in enumerate(own)]
    run(nas, False, module, tasks=tasks)
    shown, secrets, warnings = exported(nas)
    assert warnings == []
    assert CANARY not in json.dumps(shown)
    assert all(CANARY in value for value in secrets.values())
    assert "region" not in shown[1], "the NAS computes it"
    again = run(nas, False, module, tasks=declared(nas), undeclared=undeclared)
    assert (again["changed"], again["drift"], again["undeclared"]) == (False, "none", [])


def test_tasks_that_a_list_cannot_declare_as_they_are_are_named() -> None:
    nas = TaskNas()
    run(nas, False, "cloud_sync_tasks", tasks=[PUSH])
    [row] = nas.rows.values()
    nas.rows[8] = {**row, "id": 8}
    nas.rows[9] = {**row, "id": 9, "description": ""}
    nas.rows[10] = {**row, "id": 10, "description": "odd", "schedule": {**row["schedule"], "hour": "22-6"}}
    nas.rows[11] = {**row, "id": 11, "description": "slow", "bwlimit": [{"time": "8:00", "bandwidth": 1024}]}
    shown, _secrets, warnings = exported(nas)
    assert [(item["description"], item.get("id")) for item in shown] == [
        (row["description"], row["id"]),
        (row["description"], 8),
        ("odd", None),
        ("slow", None),
    ]
    assert [warning.partition(":")[0] for warning in warnings] == [
        "Omitted the cloud sync task with id 9, because it has no description.",
        *["2 cloud sync tasks are named 'nightly', so each is declared with its ID, which is valid only on this NAS."]
        * 2,
        "'odd' is stored with a value that a task cannot declare",
        "'slow' is stored with a value that a task cannot declare",
    ]


def test_a_script_that_contains_a_secret_of_the_credential_becomes_a_variable() -> None:
    nas = TaskNas()
    run(nas, False, "cloud_sync_tasks", tasks=[PUSH])
    next(iter(nas.rows.values())).update(pre_script=f"login {CANARY}-s3", post_script="date")
    [shown], secrets, _warnings = exported(nas)
    assert (shown["pre_script"], shown["post_script"]) == ("vault_nas_nas1_nightly_pre_script", "date")
    assert secrets == {"vault_nas_nas1_nightly_pre_script": f"login {CANARY}-s3"}


def test_both_roles_are_required() -> None:
    nas = TaskNas()
    nas.granted = frozenset({"CLOUD_SYNC_WRITE"})
    act = cloud_credential_export.read({"host_name": "h", "variable": "v", "export_tasks": True}, False)
    with pytest.raises(NotPermitted, match="CLOUD_BACKUP_WRITE"):
        act(Nas(nas))
