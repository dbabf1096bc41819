# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of docs/support_matrix.md that a run of the matrix writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement

from tests.markdown import table

from .cells import CORES, PYTHONS, SERVERS, Cell, Libraries, Outcome, Result, cells, is_pre_release
from .job import PROBED, expected
from .sanity import Sanity

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/support_matrix.md"
BEGIN = "<!-- begin: written by `make matrix` -->"
END = "<!-- end -->"


def write(results: Mapping[Cell, Result], sanity: Mapping[str, Sanity]) -> None:
    """Write the results between the markers of the page. Raises ValueError if it does not have them."""
    before, begin, rest = PAGE.read_text().partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} does not have the lines {BEGIN} and {END}.")
    PAGE.write_text(f"{before}{BEGIN}\n\n{section(results, sanity)}\n{END}{after}")


def section(results: Mapping[Cell, Result], sanity: Mapping[str, Sanity]) -> str:
    """Return the tables of all results."""
    dates = sorted({result.date for result in results.values()} | {one.date for one in sanity.values()})
    tasks = len(expected())
    parts = [
        f"Run on {' and '.join(dates)}. Each cell ran {tasks} tasks on each of {len(SERVERS)} TrueNAS versions: "
        f"{', '.join(SERVERS)}.",
        "## ansible-core and Python",
        _cores(results),
        _failures(results),
        "## Lowest and newest libraries",
        _lowest(results),
        _libraries(results),
        "## ansible-test sanity",
        _sanity(sanity),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cores(results: Mapping[Cell, Result]) -> str:
    exact = {cell.python: result.python for cell, result in results.items() if result.python}
    rows = [[_core(core), *(_outcome(results.get(Cell(core, python)), core) for python in PYTHONS)] for core in CORES]
    return _table(["ansible-core", *(f"Python {exact.get(python, python)}" for python in PYTHONS)], rows)


def _core(core: str) -> str:
    return f"{core} (pre-release)" if is_pre_release(core) else core


def _outcome(result: Result | None, core: str) -> str:
    if result is None:
        return "not run"
    allowed = result.outcome is Outcome.FAILED and is_pre_release(core)
    return f"{result.outcome} (allowed)" if allowed else str(result.outcome)


def _failures(results: Mapping[Cell, Result]) -> str:
    lines = [
        f"- {cell.core} on Python {cell.python}, {cell.libraries} libraries: {result.reason}"
        for cell, result in results.items()
        if result.outcome is Outcome.FAILED
    ]
    return "\n".join(lines)


def _lowest(results: Mapping[Cell, Result]) -> str:
    lowest = [cell for cell in cells() if cell.libraries is Libraries.LOWEST]
    rows = [[cell.core, cell.python, _outcome(results.get(cell), cell.core)] for cell in lowest]
    return "All lowest versions at once:\n\n" + _table(["ansible-core", "Python", "lowest libraries"], rows)


def _libraries(results: Mapping[Cell, Result]) -> str:
    rows = []
    for requirement in requirements():
        found = [_versions(results, requirement.name, libraries) for libraries in (Libraries.LOWEST, Libraries.NEWEST)]
        rows.append([requirement.name, f"`{requirement.specifier}`", *found, _verifies(requirement.name, results)])
    return _table(
        ["library", "required", "lowest that passed", "newest that passed", "verifies from the controller"], rows
    )


def requirements() -> list[Requirement]:
    """Return the libraries that the collection needs, those for verification from the controller included."""
    lines = [
        line
        for name in ("requirements.txt", "requirements-verify.txt")
        for line in (ROOT / name).read_text().splitlines()
    ]
    return [Requirement(line) for line in lines if re.match(r"\w", line)]


def _versions(results: Mapping[Cell, Result], name: str, libraries: Libraries) -> str:
    passed = [
        result for cell, result in results.items() if cell.libraries is libraries and result.outcome is Outcome.PASSED
    ]
    return ", ".join(sorted({result.versions[name] for result in passed})) or "none"


def _verifies(name: str, results: Mapping[Cell, Result]) -> str:
    providers = [provider for provider, library in PROBED.items() if library == name]
    passed = [result for result in results.values() if result.outcome is Outcome.PASSED]
    if not providers:
        return "-"
    return f"`{providers[0]}` in {sum(providers[0] in one.verified for one in passed)} of {len(passed)} cells"


def _sanity(sanity: Mapping[str, Sanity]) -> str:
    rows = [
        [
            _core(core),
            one.python,
            str(one.tests),
            _result(one, core),
            one.skipped or "-",
        ]
        for core, one in sanity.items()
    ]
    missing = [[_core(core), "-", "-", "not run", "-"] for core in CORES if core not in sanity]
    return _table(["ansible-core", "Python", "tests", "result", "skipped"], [*rows, *missing])


def _result(sanity: Sanity, core: str) -> str:
    if sanity.passed:
        return "passed"
    return f"{Outcome.FAILED}{' (allowed)' if is_pre_release(core) else ''}: {sanity.reason}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(table(head, rows))
