# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of the dependencies fails where it must, above all where nobody has answered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.audit import advisories, components, licenses

ROOT = Path(__file__).parents[2]


def answer(**package: object) -> str:
    """Return the answer of pip-audit for one package."""
    return json.dumps({"dependencies": [{"name": "x", **package}], "fixes": []})


def test_a_vulnerability_is_a_problem() -> None:
    flaw = {"id": "PYSEC-1", "fix_versions": ["2"], "aliases": [], "description": ""}
    assert advisories.problems(answer(version="1", vulns=[flaw])) == ["x 1: PYSEC-1, fixed in 2"]
    assert advisories.problems(answer(version="1", vulns=[])) == []


@pytest.mark.parametrize("output", ["", "Traceback", "[]", "{}", json.dumps({"dependencies": []})])
def test_no_answer_is_a_problem(output: str) -> None:
    assert advisories.problems(output)


def test_a_package_that_was_skipped_is_a_problem() -> None:
    [line] = advisories.problems(answer(skip_reason="Dependency not found on PyPI and could not be audited"))
    assert line.startswith("The advisory service did not answer for 1 of 1 packages (x")


@pytest.mark.parametrize(
    ("name", "license", "is_refused"),
    [
        ("a", "MIT", False),
        ("a", "Apache-2.0 OR BSD-3-Clause", False),
        ("a", "BSD License; GNU General Public License (GPL); Public Domain", False),
        ("a", "ISC License (ISCL)", False),
        ("a", "UNKNOWN", True),
        ("a", "GPL-2.0-only", True),
        ("codespell", "GPL-2.0-only", False),
        ("codespell", "Proprietary", True),
        ("a", "MIT AND Proprietary", True),
        ("a", "SSPL-1.0\nmore", True),
    ],
)
def test_licenses(name: str, license: str, is_refused: bool) -> None:
    assert bool([*licenses.refused([{"Name": name, "License": license}])]) is is_refused


NAMES = ("pytest", "Needed", "boto3", "leaf")
ENVIRONMENT = {"metadata": {"tools": {}}, "components": [{"name": name, "bom-ref": f"{name}==1"} for name in NAMES]}
GRAPH = {"boto3": {"needed"}, "needed": {"leaf"}, "leaf": {"needed"}, "pytest": {"leaf"}}


def test_the_components_of_a_release_are_those_that_it_needs() -> None:
    document = components.of_release(ENVIRONMENT, GRAPH, ["boto3"], "own", "1")
    assert [one["bom-ref"] for one in document["components"]] == ["Needed==1", "boto3==1", "leaf==1"]
    assert {"ref": "own==1", "dependsOn": ["boto3==1"]} in document["dependencies"]
    assert {"ref": "boto3==1", "dependsOn": ["Needed==1"]} in document["dependencies"]
    assert document["metadata"]["component"]["version"] == "1"
    with pytest.raises(KeyError, match="other"):
        components.of_release(ENVIRONMENT, GRAPH, ["boto3", "other"], "own", "1")


def test_the_collection_needs_no_library_of_its_tests() -> None:
    found = components.closure(components.installed(), ["cryptography", "pydantic", "websocket-client", "boto3"])
    assert {"cffi", "pydantic-core", "botocore", "jmespath"} <= found
    assert found.isdisjoint({"pytest", "aiohttp", "moto", "hypothesis"})


def test_the_names_in_the_files_of_the_collection() -> None:
    names = components.required((ROOT / "requirements.txt").read_text())
    assert names == ["cryptography", "pydantic", "websocket-client"]
    assert "azure-storage-blob" in components.required((ROOT / "requirements-verify.txt").read_text())
    assert components.required("moto[s3,server]\nA_b.c>=1 ; x\n-r other\n") == ["moto", "a-b-c"]


@pytest.mark.parametrize("folder", ["tests", "tests/fuzz", "tests/audit", "tests/release"])
def test_every_package_is_pinned_and_every_requirement_has_a_pin(folder: str) -> None:
    pins = [line for line in (ROOT / folder / "requirements.txt").read_text().splitlines() if line[:1].isalnum()]
    assert all(re.match(r"[\w.\[\],-]+==\S+", line) for line in pins)
    pinned = {components.normalized(re.split(r"[=\[]", line)[0]) for line in pins}
    assert {*components.required((ROOT / folder / "requirements.in").read_text())} <= pinned
