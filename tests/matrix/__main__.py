# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the cells one after the other, and writes docs/support_matrix.md if all have run."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.lab import Lab
from tests.simulator import Simulator

from . import environments, page, sanity
from .cells import CORES, PYTHONS, SERVERS, Cell, Outcome, Result, cells, failures, is_pre_release, supports
from .job import PROBED, Job


def outcome(cell: Cell, job: Job, requires: str | None) -> Result:
    """Run a cell. `requires` are the versions of Python that its core needs, if they are known from another cell."""
    date = str(dt.datetime.now(tz=dt.UTC).date())
    if requires is not None and not supports(requires, cell.python):
        return Result(Outcome.UNSUPPORTED, date, f"needs Python {requires}")
    python = environments.interpreter(cell.python)
    if python is None:
        return Result(Outcome.MISSING, date, f"Python {cell.python} was not found")
    begun = time.monotonic()
    exact = environments.exact_version(python)
    try:
        folder = environments.make(cell, python)
    except RuntimeError as error:
        return Result(Outcome.FAILED, date, str(error), exact)
    wrong = job.run(folder)
    verified, unverified = job.verify(folder)
    wrong += unverified
    result = Result(Outcome.FAILED if wrong else Outcome.PASSED, date, "; ".join(wrong[:3]), exact, verified=verified)
    return replace(result, seconds=time.monotonic() - begun, versions=environments.versions(folder))


def required_by(core: str) -> str | None:
    """Return the versions of Python that a core needs, from an environment on the newest Python that there is."""
    for python in reversed(PYTHONS):
        found = environments.interpreter(python)
        if found is not None:
            return environments.requires_python(environments.make(Cell(core, python), found))
    return None


def run(wanted: Sequence[Cell]) -> dict[Cell, Result]:
    """Run the cells with one fleet and one set of storage servers."""
    results = {}
    with ExitStack() as stack:
        fleet = {one: stack.enter_context(Simulator(version=one, login_limit=0)) for one in SERVERS}
        lab = stack.enter_context(Lab(tuple(PROBED)))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="matrix-")))
        job = Job(fleet, lab, folder)
        requires = {core: required_by(core) for core in sorted({cell.core for cell in wanted})}
        for cell in wanted:
            results[cell] = outcome(cell, job, requires[cell.core])
            one = results[cell]
            print(f"{one.seconds:6.1f} s  {cell.name}: {one.outcome} {one.reason}", flush=True)
    return results


def check_sanity(core: str, results: dict[Cell, Result]) -> sanity.Sanity | None:
    """Run ansible-test with a core on the oldest Python on which it has run; return None if it has run on none."""
    for cell, result in results.items():
        if cell.core == core and result.outcome in (Outcome.PASSED, Outcome.FAILED) and result.versions:
            folder = environments.FOLDER / cell.name
            found = sanity.run(folder, result.python, result.date, folder / "sanity.log")
            print(f"sanity of {core}: {found.tests} tests, {'passed' if found.passed else found.reason}", flush=True)
            return found
    return None


def main() -> int:
    """Run the command line; return 1 with a line for each cell that must not have ended like this."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="run this cell, and do not write the page")
    parser.add_argument(
        "--without-sanity", action="store_true", help="do not run ansible-test, and do not write the page"
    )
    parser.add_argument(
        "--allow-missing", action="append", default=[], metavar="PYTHON", help="pass without this Python, such as 3.13"
    )
    options = parser.parse_args()
    wanted = [cell for cell in cells() if not options.only or cell.name in options.only]
    if not wanted:
        parser.error(f"There is no such cell. There are {', '.join(cell.name for cell in cells())}.")
    results = run(wanted)
    wrong = failures(results, options.allow_missing)
    if not options.only and not options.without_sanity:
        checked = {core: found for core in CORES if (found := check_sanity(core, results))}
        page.write(results, checked)
        wrong += [
            f"sanity of {core}: {one.reason}"
            for core, one in checked.items()
            if not one.passed and not is_pre_release(core)
        ]
    print(*wrong, sep="\n", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
