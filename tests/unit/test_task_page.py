# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples and the tables of docs/cloud_tasks.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.nasops.truenas.plugins.module_utils.arguments import (
    CLOUD_BACKUP_TASK,
    CLOUD_SYNC_TASK,
    CLOUD_TASK,
)
from tests.unit.cloud_tasks import CANARY, TaskNas, credential, run

PAGE = (Path(__file__).parents[2] / "docs/cloud_tasks.md").read_text()
_BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE.split("## Three examples")[1].split("\n## ")[0], re.DOTALL)
EXAMPLES = [yaml.safe_load(text) for text in _BLOCKS]
MODULES = {"nas_cloud_sync_tasks": "cloud_sync_tasks", "nas_cloud_backup_tasks": "cloud_backup_tasks"}
TYPES = {"s3": "S3", "sftp": "SFTP", "storj_ix": "STORJ_IX"}


@pytest.mark.parametrize("example", EXAMPLES, ids=["push", "pull", "backup"])
def test_each_example_creates_its_task_without_a_warning(example: dict[str, Any]) -> None:
    [stored] = example["nas_cloud_credentials"]
    [wire_type] = [TYPES[name] for name in stored if name in TYPES]
    [(variable, tasks)] = [(name, example[name]) for name in MODULES if name in example]
    nas = TaskNas(
        {"nas_cloud_sync_tasks": "cloudsync", "nas_cloud_backup_tasks": "cloud_backup"}[variable],
        credentials=(credential(1, stored["name"], wire_type),),
    )
    filled = [
        {name: f"{CANARY}-{name}" if "vault_" in str(value) else value for name, value in task.items()}
        for task in tasks
    ]
    result = run(nas, False, MODULES[variable], tasks=filled)
    assert (result["counts"]["created"], result["warnings"]) == (1, [])
    assert not run(nas, False, MODULES[variable], tasks=filled)["changed"]


def test_the_table_of_the_web_form_has_every_alias() -> None:
    rows = PAGE.split("## The names in the web form")[1].split("##")[0]
    for name, argument in {**CLOUD_TASK, **CLOUD_SYNC_TASK, **CLOUD_BACKUP_TASK}.items():
        if argument.get("aliases"):
            aliases = ", ".join(f"`{alias}`" for alias in argument["aliases"])
            assert f"`{name}` ({aliases})" in rows, name
