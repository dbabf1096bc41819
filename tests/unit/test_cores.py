# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that names the ansible-core that is needed names the same one, and nothing of it is deprecated."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
NEEDED = SpecifierSet(yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["requires_ansible"])
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


def lowest() -> str:
    """Return the oldest minor version that is allowed, such as 2.19."""
    [bound] = [one.version for one in NEEDED if one.operator == ">="]
    return ".".join(bound.split(".")[:2])


def test_there_is_a_lower_bound_only_so_that_a_newer_core_needs_no_release() -> None:
    assert [one.operator for one in NEEDED] == [">="]


def test_the_execution_environment_asks_for_the_same_range() -> None:
    dependencies = yaml.safe_load((ROOT / "execution-environment.yml").read_text())["dependencies"]
    assert Requirement(dependencies["ansible_core"]["package_pip"]).specifier == NEEDED


def test_the_readme_and_the_roles_ask_for_the_same_version() -> None:
    assert f"\nansible-core {lowest()} or newer" in (ROOT / "README.md").read_text()
    assert f"| ansible-core | {lowest()} and later |" in (ROOT / "docs/releases.md").read_text()
    for role in ROLES:
        info = yaml.safe_load((ROOT / f"roles/{role}/meta/main.yml").read_text())["galaxy_info"]
        assert info["min_ansible_version"] == lowest(), role


def test_the_development_environment_stays_in_the_range() -> None:
    pins = re.findall(r"(?m)^ansible-core==([\w.]+)", (ROOT / "tests/requirements.txt").read_text())
    assert pins
    assert all(NEEDED.contains(pin) for pin in pins)
    [asked] = [
        Requirement(line)
        for line in (ROOT / "tests/requirements.in").read_text().splitlines()
        if line.startswith("ansible-core")
    ]
    assert asked.specifier == NEEDED


def _lists(options: dict[str, Any]) -> list[str]:
    return [name for name, argument in options.items() if argument["type"] in ("list", "dict", "raw")]


@pytest.mark.parametrize("role", ROLES)
def test_no_role_marks_a_whole_list_as_secret(role: str) -> None:
    for entry in yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())[
        "argument_specs"
    ].values():
        for name in _lists(entry.get("options", {})):
            assert not entry["options"][name].get("no_log"), name


def test_nothing_that_ansible_core_2_22_deprecates_is_used() -> None:
    deprecated = re.compile(r"\b(remove_values|sanitize_keys|no_log_values|heuristic_log_sanitize)\b")
    assert not [path for path in (ROOT / "plugins").rglob("*.py") if deprecated.search(path.read_text())]
