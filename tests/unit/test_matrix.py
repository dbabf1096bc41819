# SPDX-License-Identifier: GPL-3.0-or-later
"""The support matrix: no cell is left out silently, and a result is read right."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from tests.matrix import kept, page, sanity
from tests.matrix.cells import CORES, PYTHONS, SERVERS, Cell, Libraries, Outcome, Result, cells, failures, supports
from tests.matrix.environments import versions
from tests.matrix.job import differences, expected, steps
from tests.simulator.versions import OLDER, VERSIONS

ROOT = Path(__file__).parents[2]
PASSED = Result(Outcome.PASSED, "2026-01-02", python="3.11.7", versions={"pydantic": "2.10.0"})
PRE_RELEASE = "2.22.0rc1"


def test_each_core_has_a_cell_on_each_python_and_the_lowest_libraries_have_one() -> None:
    names = {(cell.core, cell.python) for cell in cells() if cell.libraries is Libraries.NEWEST}
    assert names == {(core, python) for core in CORES for python in PYTHONS}
    assert {cell.python for cell in cells() if cell.libraries is Libraries.LOWEST} == {"3.11", "3.13"}
    assert len({cell.name for cell in cells()}) == len(cells())


def test_the_servers_are_versions_that_the_simulated_nas_has() -> None:
    assert {f"v{one}" for one in SERVERS} <= {*OLDER, *VERSIONS}


@pytest.mark.parametrize(
    ("requires", "python", "runs"),
    [(">=3.11", "3.11", True), (">=3.12", "3.11", False), (">=3.12", "3.13", True), (">=3.11,<3.13", "3.13", False)],
)
def test_the_pythons_of_a_core_are_those_of_its_metadata(requires: str, python: str, runs: bool) -> None:
    assert supports(requires, python) is runs


@pytest.mark.parametrize(
    ("core", "outcome", "allowed", "fails"),
    [
        ("2.19.14", Outcome.PASSED, [], False),
        ("2.19.14", Outcome.FAILED, [], True),
        (PRE_RELEASE, Outcome.FAILED, [], False),
        ("2.19.14", Outcome.UNSUPPORTED, [], False),
        ("2.19.14", Outcome.MISSING, [], True),
        (PRE_RELEASE, Outcome.MISSING, [], True),
        ("2.19.14", Outcome.MISSING, ["3.12"], False),
        ("2.19.14", Outcome.MISSING, ["3.13"], True),
    ],
)
def test_only_a_pre_release_can_fail_and_a_missing_python_has_to_be_allowed(
    core: str, outcome: Outcome, allowed: list[str], fails: bool
) -> None:
    cell = Cell(core, "3.12")
    found = failures({cell: replace(PASSED, outcome=outcome, reason="why")}, allowed)
    assert found == ([f"{cell.name}: {outcome}: why"] if fails else [])


def record(**changes: Any) -> list[dict[str, Any]]:
    """Return the results of a run without a mistake, except for those of one task."""
    good = [
        {"host": "26.0.0", "task": name, "failed": False, "result": {"changed": value}}
        for name, value in expected().items()
    ]
    return [*good[:3], {**good[3], **changes}, *good[4:]]


def test_a_task_that_fails_or_changes_too_much_or_does_not_run_is_reported() -> None:
    assert [*differences(record(), ["26.0.0"])] == []
    assert len(expected()) == 3 * len(steps("module"))
    name = list(expected())[3]
    assert [*differences(record(failed=True, result={"msg": "no"}), ["26.0.0"])] == [
        f"TrueNAS 26.0.0: {name} failed: no"
    ]
    assert [*differences(record(result={"changed": False}), ["26.0.0"])] == [
        f"TrueNAS 26.0.0: {name} reported changed=False"
    ]
    assert [*differences(record(task="another"), ["26.0.0"])] == [f"TrueNAS 26.0.0: {name} did not run"]
    assert len([*differences(record(), ["13.3"])]) == len(expected())


def test_every_kind_is_created_once_more_and_changed_and_deleted() -> None:
    actions = {step.name: step.changes for step in steps("worker")}
    for kind in ("keypair", "credential", "task"):
        assert actions[f"create the {kind}"]
        assert not actions[f"create the {kind} again"]
        assert actions[f"delete the {kind}"]
    assert {"rename the keypair", "change the credential", "change the task"} <= actions.keys()


def test_the_versions_of_an_environment_are_read_from_its_pins(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text("boto3==1.36.0\nwebsocket-client==1.8.0\nx==1.0rc1+local\n")
    assert versions(tmp_path) == {"boto3": "1.36.0", "websocket-client": "1.8.0", "x": "1.0rc1+local"}


def everything() -> dict[Cell, Result]:
    """Return a result for each cell: one of each outcome, the others passed."""
    libraries = {requirement.name: "9.9" for requirement in page.requirements()}
    found = {cell: replace(PASSED, versions=libraries, verified=["s3"]) for cell in cells()}
    found[Cell("2.20.10", "3.11")] = Result(Outcome.UNSUPPORTED, "2026-01-02")
    found[Cell("2.20.10", "3.13")] = Result(Outcome.MISSING, "2026-01-02")
    found[Cell(PRE_RELEASE, "3.13")] = Result(Outcome.FAILED, "2026-01-02", "an import fails")
    return found


def test_the_page_shows_every_outcome() -> None:
    checked = {"2.19.14": sanity.Sanity("2026-01-03", "3.11.7", True, 40, "pslint")}
    text = page.section(everything(), checked)
    assert text.startswith("Run on 2026-01-02 and 2026-01-03. ")
    assert "| 2.20.10 | not supported by this core | passed | not available here |" in text
    assert "| 2.22.0rc1 (pre-release) | passed | passed | failed (allowed) |" in text
    assert "- 2.22.0rc1 on Python 3.13, newest libraries: an import fails" in text
    assert "| boto3 | `>=1.36` | 9.9 | 9.9 | `s3` in 11 of 11 cells |" in text
    assert "| 2.19.14 | 3.11.7 | 40 | passed | pslint |" in text
    assert "| 2.21.5 | - | - | not run | - |" in text


def test_the_page_shows_a_cell_that_did_not_run() -> None:
    results = everything()
    del results[Cell("2.21.5", "3.12")], results[Cell("2.19.14", "3.13", Libraries.LOWEST)]
    text = page.section(results, {})
    assert "| 2.21.5 | passed | not run | passed |" in text
    assert "| 2.19.14 | 3.13 | not run |" in text
    assert text.count("not run") == 2 + len(CORES)


def test_the_output_of_sanity_is_read() -> None:
    output = 'Running sanity test "pep8"\nRunning sanity test "pslint"\nERROR: Found 1 pep8 issue(s)\n'
    end = "ansible-test ended with 1 after 9 s. Skipped: 1\n  pslint: no PowerShell\n"
    found = sanity.read(output + end, False, "3.12.1", "2026-01-02")
    assert found == sanity.Sanity("2026-01-02", "3.12.1", False, 2, "pslint", "Found 1 pep8 issue(s)")
    assert sanity.read("", False, "3.12.1", "2026-01-02").reason == "it ended without a message"
    unreachable = "ERROR: Could not install: HTTPSConnectionPool(host='pypi.example', port=443): Max retries exceeded"
    checked = sanity.read(unreachable, False, "3.13.0", "2026-01-02")
    text = page.section(everything(), {PRE_RELEASE: checked})
    assert f"| {PRE_RELEASE} (pre-release) | 3.13.0 | 0 | failed (allowed): Could not install | - |" in text


def test_the_readme_names_the_lowest_and_the_tested_versions() -> None:
    text = (ROOT / "README.md").read_text()
    assert all(core in text for core in CORES)
    for requirement in page.requirements()[:3]:
        [lowest] = [one.version for one in requirement.specifier if one.operator == ">="]
        assert f"{requirement.name} {lowest} or newer" in text
    assert f"must be {PYTHONS[0]}\nor newer" in text
    assert sorted(CORES, key=Version) == [*CORES]


def test_the_page_has_its_markers_and_names_every_core() -> None:
    text = page.PAGE.read_text()
    assert re.search(f"{re.escape(page.BEGIN)}.*{re.escape(page.END)}", text, re.DOTALL)


def test_only_results_of_the_committed_code_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    checked = sanity.Sanity("2026-01-03", "3.11.7", True, 40, "pslint")
    kept.store("cell", PASSED)
    kept.store("sanity", checked)
    assert kept.cell("cell") == replace(PASSED, verified=[])
    assert kept.sanity("sanity") == checked
    assert kept.cell("another") is None
    monkeypatch.setattr(kept, "revision", lambda: "another")
    assert kept.cell("cell") is None
    assert kept.sanity("sanity") is None
