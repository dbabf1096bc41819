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
from tests.lab.nas_shell import NasShell
from tests.simulator import Simulator

from . import environments, kept, page, sanity
from .cells import CORES, PYTHONS, SERVERS, Cell, Outcome, Result, cells, failures, is_pre_release, supports
from .job import PROBED, Job

SANITY = "sanity-"
"""Before the version of a core: the name of its run of ansible-test."""


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


def run(wanted: Sequence[Cell], keep: bool) -> dict[Cell, Result]:
    """Run the cells with one fleet and one set of storage servers, except those whose result is kept."""
    results = {cell: found for cell in wanted if keep and (found := kept.cell(cell.name))}
    missing = [cell for cell in wanted if cell not in results]
    with ExitStack() as stack:
        shell = stack.enter_context(NasShell())
        fleet = {
            one: stack.enter_context(Simulator(version=one, login_limit=0, socket=shell.sockets / one))
            for one in SERVERS
            if missing
        }
        lab = stack.enter_context(Lab(tuple(PROBED) if missing else ()))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="matrix-")))
        job = Job(fleet, shell, lab, folder)
        requires = {core: required_by(core) for core in sorted({cell.core for cell in missing})}
        for cell in missing:
            results[cell] = one = outcome(cell, job, requires[cell.core])
            kept.store(cell.name, one)
            print(f"{one.seconds:6.1f} s  {cell.name}: {one.outcome} {one.reason}", flush=True)
    return {cell: results[cell] for cell in wanted}


def check_sanity(core: str, keep: bool) -> sanity.Sanity | None:
    """Run ansible-test with a core on the oldest Python that it runs on; return None if there is no such Python."""
    name = f"{SANITY}{core}"
    if keep and (found := kept.sanity(name)):
        return found
    requires = required_by(core)
    for version in PYTHONS:
        python = environments.interpreter(version)
        if requires and supports(requires, version) and python:
            folder = environments.make(Cell(core, version), python)
            date = str(dt.datetime.now(tz=dt.UTC).date())
            checked = sanity.run(folder, environments.exact_version(python), date, environments.FOLDER / f"{name}.log")
            kept.store(name, checked)
            print(f"{name}: {checked.tests} tests, {'passed' if checked.passed else checked.reason}", flush=True)
            return checked
    return None


def main() -> int:
    """Run the command line; return 1 with a line for each cell that must not have ended like this."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="run this, and do not write the page"
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep the results that an interrupted run of this code has left"
    )
    parser.add_argument(
        "--allow-missing", action="append", default=[], metavar="PYTHON", help="pass without this Python, such as 3.13"
    )
    options = parser.parse_args()
    known = [*(cell.name for cell in cells()), *(f"{SANITY}{core}" for core in CORES)]
    if unknown := {*options.only} - {*known}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}. There are {', '.join(known)}.")
    results = run([cell for cell in cells() if not options.only or cell.name in options.only], options.keep)
    cores = [core for core in CORES if not options.only or f"{SANITY}{core}" in options.only]
    checked = {core: found for core in cores if (found := check_sanity(core, options.keep))}
    if not options.only:
        page.write(results, checked)
    wrong = [
        *failures(results, options.allow_missing),
        *(
            f"{SANITY}{core}: {one.reason}"
            for core, one in checked.items()
            if not one.passed and not is_pre_release(core)
        ),
    ]
    print(*wrong, sep="\n", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
