# SPDX-License-Identifier: GPL-3.0-or-later
"""Booleans and lists of the roles that arrive as text, as from the command line, where `no` is a text and therefore true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROOT = Path(__file__).parents[2]
ROLE = ROOT / "roles/cloud_credentials"
FILES = sorted(
    path for glob in ("roles/*/tasks/*.yml", "roles/*/vars/*.yml", "playbooks/*.yml") for path in ROOT.glob(glob)
)
DEFAULT = r"(?: \| default\(\w+\))?"
APPLY, DELETE = "Apply the cloud credentials", "Delete the cloud credentials that are declared absent or not declared"
TASK = {"description": "nightly", "credential": "offsite"}


@cache
def load(path: Path) -> Any:
    """Return a YAML file."""
    return yaml.safe_load(path.read_text())


@cache
def booleans() -> frozenset[str]:
    """Return the boolean variables of the roles and the playbooks."""
    specs = [load(path)["argument_specs"] for path in ROOT.glob("roles/*/meta/argument_specs.yml")]
    options = [option for spec in specs for entry in spec.values() for option in entry.get("options", {}).items()]
    in_playbooks = re.findall(r"(nas_\w+) \| default\(false\)", "".join(path.read_text() for path in FILES))
    return frozenset({name for name, option in options if option.get("type") == "bool"} | {*in_playbooks})


def texts(content: Any) -> Iterator[str]:
    """Yield each text in the content of a YAML file, except keys."""
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for value in content:
            yield from texts(value)
    elif isinstance(content, str):
        yield content


def careless(text: str) -> list[str]:
    """Return the boolean variables that an expression uses as they are. A module converts those that are its whole option."""
    name = rf"\b({'|'.join(sorted(booleans()))})\b"
    if re.fullmatch(rf"\{{\{{ (?:omit if over_ssh else )?{name}{DEFAULT} \}}\}}", text):
        return []
    return re.findall(rf"{name}(?!{DEFAULT} \| bool\b)(?! is )", text)


def test_a_boolean_in_an_expression_is_converted() -> None:
    assert {"nas_purge", "nas_purge_tasks_all", "nas_export_secrets"} <= booleans()
    assert careless("{{ nas_purge and not nas_purge_all | bool }}") == ["nas_purge"]
    assert careless("nas_export_secrets | default(false)") == ["nas_export_secrets"]
    found = {path.name: names for path in FILES for text in texts(load(path)) if (names := careless(text))}
    assert found == {}


def evaluated(task: str, option: str, **variables: Any) -> Any:
    """Return an option of a task of the role, or whether the task runs for `when`, with these variables of the inventory."""
    defaults = {"nas_declared_absent": [], "nas_declared_names": [], **load(ROLE / "defaults/main.yml")}
    known = {**load(ROLE / "vars/main.yml"), **defaults, **variables}
    trusted = {name: trust_as_template(value) if isinstance(value, str) else value for name, value in known.items()}
    templar = Templar(loader=DataLoader(), variables=trusted)
    [found] = [entry for entry in load(ROLE / "tasks/main.yml")[0]["block"] if entry["name"] == task]
    if option == "when":
        return templar.evaluate_conditional(trust_as_template(found["when"]))
    return templar.template(trust_as_template(found["nasops.truenas.cloud_credentials"][option]))


@pytest.mark.parametrize(
    ("written", "meant"),
    [(True, True), ("true", True), ("yes", True), (False, False), ("false", False), ("no", False)],
)
def test_the_role_purges_only_if_that_is_written(written: Any, meant: bool) -> None:
    assert evaluated(APPLY, "purge", nas_purge=written) is meant
    assert evaluated(DELETE, "when", nas_purge=written) is False
    assert evaluated(APPLY, "purge", nas_purge=written, nas_cloud_sync_tasks=[TASK]) is False
    assert evaluated(DELETE, "when", nas_purge=written, nas_cloud_sync_tasks=[TASK]) is meant
    assert evaluated(DELETE, "when", nas_purge=True, nas_purge_tasks=written, nas_purge_tasks_all="true") is meant
    assert evaluated(DELETE, "purge_all", nas_purge_all=written) is meant


@pytest.mark.parametrize("task", [APPLY, DELETE])
def test_names_to_keep_can_be_one_text(task: str) -> None:
    kept = evaluated(task, "purge_keep", nas_purge_keep="manual-*, mine", nas_declared_names=["off[site]"])
    assert kept == ["manual-*", "mine", *(["off[[]site]"] if task == DELETE else [])]
