# SPDX-License-Identifier: GPL-3.0-or-later
"""Which login of Swift counts, by real rclone and by the controller, against the lab's stand-in for Keystone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import WRONG_LOGIN, classify
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Aim, ProbeRefused
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from tests.lab.openstack_swift import OpenStackSwift
from tests.unit.tasks import defaults

RCLONE = Path(sys.executable).parent / "rclone"
SWIFT = PROVIDERS["openstack_swift"]
DEFAULTS = defaults(ARGUMENTS)
ANY_TEXT = "any text"


@pytest.fixture(scope="module")
def swift() -> Iterator[OpenStackSwift]:
    """A Keystone and its Swift."""
    with OpenStackSwift() as server:
        yield server


def by_rclone(values: Mapping[str, Any], folder: Path) -> str:
    """Return what rclone complains of, or nothing if it lists the containers."""
    file = folder / "rclone.conf"
    lines = [f"{name} = {value}" for name, value in values.items() if value is not None]
    file.write_text("\n".join(["[x]", "type = swift", *lines, ""]))
    command = [str(RCLONE), "--config", str(file), "--retries", "1", "--low-level-retries", "1", "lsjson", "x:"]
    environment = {"HOME": str(folder), "PATH": os.defpath}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def by_controller(values: Mapping[str, Any]) -> str:
    """Return what the controller's probe complains of, or nothing."""
    assert SWIFT.probe
    try:
        SWIFT.probe(values, Aim())
    except ProbeRefused as refused:
        return str(refused)
    return ""


NAME, ID, SECRET = (f"application_credential_{part}" for part in ("name", "id", "secret"))


@pytest.mark.parametrize(
    ("by_id", "change", "opens", "problem", "warned"),
    [
        (True, {}, True, False, False),
        (True, {"key": "x", "user": "y"}, True, False, False),
        (True, {NAME: "other"}, True, False, False),
        (True, {"auth_version": 0}, True, False, False),
        (True, {"auth_version": None}, True, False, False),
        (True, {SECRET: "wrong"}, False, False, False),
        (True, {SECRET: ""}, False, False, True),
        (True, {ID: ""}, False, False, True),
        (True, {"auth_version": 2}, False, False, True),
        (False, {}, True, False, False),
        (False, {"tenant": "t", "tenant_domain": "x"}, True, False, False),
        (False, {"domain": ""}, False, True, False),
        (False, {"domain": "", "tenant_domain": "Default"}, False, True, False),
        (False, {"domain": "", "user_id": "u"}, False, False, False),
        (False, {SECRET: ""}, False, False, True),
    ],
)
def test_the_controller_logs_in_where_rclone_does_and_the_rest_is_refused_or_warned_about(
    swift: OpenStackSwift,
    tmp_path: Path,
    by_id: bool,
    change: dict[str, Any],
    opens: bool,
    problem: bool,
    warned: bool,
) -> None:
    values = swift.application_credential(by_id=by_id) | change
    said = by_rclone(values, tmp_path)
    assert (said == "", by_controller(values) == "") == (opens, opens), said
    problems = [*SWIFT.contradictions(values)]
    assert bool(problems) is problem is ("should be provided" in said)
    assert [one.field for one in problems] == ["openstack_swift.domain"] * problem
    assert any("application credential" in warning for warning in SWIFT.warn(values)) is warned


@pytest.mark.parametrize("given", [{ID: "lab-id"}, {NAME: "lab-name"}, {SECRET: "x"}, {ID: "lab-id", NAME: "lab-name"}])
def test_with_half_of_an_application_credential_user_and_key_are_used(
    swift: OpenStackSwift, tmp_path: Path, given: dict[str, str]
) -> None:
    values = swift.version(3) | given
    assert (by_rclone(values, tmp_path), by_controller(values)) == ("", "")
    assert any("logs in with user and key" in warning for warning in SWIFT.warn(values))


@pytest.mark.parametrize("said", ["UserID or Name should be provided", "DomainID or Domain should be provided"])
def test_the_error_of_rclone_without_a_domain_is_recognized(said: str) -> None:
    assert classify(said, SWIFT) == WRONG_LOGIN


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        ({ID: "i", SECRET: "s"}, {"user", "key"}),
        ({NAME: "n", SECRET: "s", "user_id": "u"}, {"user", "key"}),
        ({NAME: "n", SECRET: "s", "domain": "d"}, {"key"}),
        ({ID: "i"}, set()),
        ({}, set()),
    ],
)
def test_a_task_without_user_and_key_learns_that_any_text_is_enough(given: dict[str, str], lacking: set[str]) -> None:
    options = {"auth": "https://keystone.example.net/v3", **given}
    with pytest.raises(InvalidInput) as refused:
        spec.read({"name": "x", **DEFAULTS, "undeclared": "default", "openstack_swift": options})
    found = {one.field.rpartition(".")[2]: one.remedy for one in refused.value.problems}
    assert found.keys() == {"user", "key"}
    assert {field for field, remedy in found.items() if ANY_TEXT in remedy} == lacking


def test_the_name_of_an_application_credential_alone_is_refused_with_the_field() -> None:
    options = {"auth": "https://k.example/v3", "user": "u", "key": "k", NAME: "n", SECRET: "s"}
    with pytest.raises(InvalidInput) as refused:
        spec.read({"name": "x", **DEFAULTS, "undeclared": "default", "openstack_swift": options})
    assert [one.field for one in refused.value.problems] == ["openstack_swift.domain"]
