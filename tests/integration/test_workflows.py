# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows of this repository are valid, do what `.ci/run` does, and publish only a tag."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.running import ROOT
from tests.integration.workflows import actionlint

FOLDER = ROOT / ".github/workflows"
CI: dict[str, Any] = yaml.safe_load((FOLDER / "ci.yml").read_text())
RELEASE: dict[str, Any] = yaml.safe_load((FOLDER / "release.yml").read_text())
ACTION = re.compile(r"(?m)uses: (\S+?)@(\S+)(?: # (\S+))?$")


def scripts(workflow: dict[str, Any]) -> list[str]:
    """Return the commands of a workflow."""
    return [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("name", ["ci.yml", "release.yml"])
def test_actionlint_finds_nothing(name: str) -> None:
    assert actionlint((FOLDER / name).read_text()) == []
    assert actionlint((FOLDER / name).read_text().replace("runs-on:", "runs:"))


@pytest.mark.parametrize("workflow", [CI, RELEASE], ids=["ci", "release"])
def test_shellcheck_finds_nothing(workflow: dict[str, Any], tmp_path: Path) -> None:
    files: list[Path] = []
    for number, text in enumerate(scripts(workflow)):
        files.append(tmp_path / f"{number}.sh")
        files[-1].write_text(f"#!/bin/bash\n{text}")
    command: list[str | Path] = [Path(sys.executable).with_name("shellcheck"), "--shell", "bash", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_checks_are_those_of_a_developer() -> None:
    assert scripts(CI) == ["bash .ci/run"]
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "make test"
    assert set(CI["on"]) == {"pull_request", "push"}, "code of a fork runs without secrets"


def test_every_action_is_pinned_to_one_commit() -> None:
    files = [FOLDER / "ci.yml", FOLDER / "release.yml", ROOT / "examples/gitops/.github/workflows/fleet.yml"]
    text = "".join(file.read_text() for file in files)
    found = ACTION.findall(text)
    assert len(found) == text.count("uses:")
    assert all(re.fullmatch("[0-9a-f]{40}", commit) and version for _name, commit, version in found)
    assert len({*found}) == len({name for name, _commit, _version in found}), "one version of each"


def test_only_a_tag_is_published_and_only_with_the_secret_of_an_environment() -> None:
    build, publish = RELEASE["jobs"]["build"], RELEASE["jobs"]["publish"]
    assert publish["if"] == "github.ref_type == 'tag'"
    assert (publish["needs"], publish["environment"]) == ("build", "galaxy")
    assert RELEASE["permissions"] == CI["permissions"] == {"contents": "read"}
    assert publish["permissions"] == {"contents": "write"}
    assert "permissions" not in build
    [step] = [one for one in publish["steps"] if one.get("name") == "Publish on Galaxy"]
    assert step["run"].startswith('if [ -z "$GALAXY_TOKEN" ]; then')
    assert "--token" not in step["run"], "other processes can read arguments"
    assert "secrets." not in yaml.safe_dump(build)


def test_the_commands_of_the_release_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"\bmake ([\w-]+)", "\n".join(scripts(RELEASE))):
        assert re.search(rf"(?m)^{target}:", makefile), target
