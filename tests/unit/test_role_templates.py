# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates of the roles, evaluated as Ansible does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLES = Path(__file__).parents[2] / "roles"


@pytest.mark.parametrize(
    ("keypairs", "pending"),
    [
        ([], []),
        ([{"name": "a", "generate": True}, {"name": "b", "state": "present"}], ["a", "b"]),
        ([{"name": "a", "new_name": "b"}], ["a", "b"]),
        ([{"name": "a", "new_name": None}], ["a"]),
        ([{"name": "a"}, {"name": "old", "state": "absent"}], ["a"]),
    ],
)
def test_an_audit_awaits_the_keypairs_that_the_other_role_makes(
    keypairs: list[dict[str, Any]], pending: list[str]
) -> None:
    tasks = yaml.safe_load((ROLES / "cloud_audit/tasks/main.yml").read_text())
    [written] = [task["nasops.truenas.cloud_audit"] for task in tasks if "nasops.truenas.cloud_audit" in task]
    templar = Templar(loader=DataLoader(), variables={"nas_ssh_keypairs": keypairs})
    assert templar.template(trust_as_template(written["pending_keypairs"])) == pending


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (["a", "b"], ["a", "b"]),
        ("a, b,", ["a", "b"]),
        ("[prod] a, b", ["[prod] a", "b"]),
        ("", []),
        ("['a']", "['a']"),
        ("a\nb\n", "a\nb\n"),
        ('["a", "b"]\n', '["a", "b"]\n'),
    ],
)
def test_names_to_keep_are_split_unless_the_module_has_to_refuse_them(written: Any, kept: Any) -> None:
    variables = yaml.safe_load((ROLES / "cloud_credentials/vars/main.yml").read_text())
    templar = Templar(loader=DataLoader(), variables={"nas_purge_keep": written})
    assert templar.template(trust_as_template(variables["nas_kept_names"])) == kept
