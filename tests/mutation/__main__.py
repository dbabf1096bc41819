# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutates the rooms that decide about writes, and writes the result into docs/mutation.md: `python -m tests.mutation`.

Mutmut writes the mutants, and finds the unit tests that reach each function. `tests.mutation.judge` runs these tests. Both run
from .cache/mutation, as `make mutation` installs it.
"""

from __future__ import annotations

import argparse
import datetime
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from tests.mutation import mutants, page, tree, unchanged

FOLDER = tree.ROOT / ".cache/mutation"
WORK = FOLDER / "tree"
EARLIER = FOLDER / "earlier"
PAGE = tree.ROOT / "docs/mutation.md"
FIRST = f"{'.'.join(mutants.CODE.parts)}.providers.base.x_words__mutmut_1"
"""The one mutant that Mutmut itself runs: without any, it writes no statistics."""
PROCESSES = 2


def main() -> int:
    """Run all mutants; return the exit code, which is 1 if a mutant survives that nobody has explained."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--keep", action="store_true", help="go on with an interrupted run, of the code and tests of then"
    )
    choice.add_argument(
        "--changed", action="store_true", help="keep the kills in functions that are unchanged since the last run"
    )
    options = parser.parse_args()
    if options.changed:
        shutil.rmtree(EARLIER, ignore_errors=True)
        WORK.rename(EARLIER)
    if not options.keep:
        write_mutants()
    if options.changed:
        print(f"{unchanged.take_over(EARLIER, WORK)} mutants were killed before, in functions that are unchanged")
    judge = [str(FOLDER / "bin/python"), "-m", "tests.mutation.judge"]
    shares = [
        subprocess.Popen([*judge, str(share), str(PROCESSES)], cwd=WORK / "mutants") for share in range(PROCESSES)
    ]
    codes = [share.wait() for share in shares]
    if any(codes):
        return 1
    return report(WORK, metadata.version("mutmut"), datetime.datetime.now(datetime.UTC).date())


def write_mutants() -> None:
    """Copy the repository, and write its mutants without a result."""
    tree.build(WORK)
    with (FOLDER / "mutmut.log").open("wb") as output:
        # Its progress is one line that is written again and again.
        subprocess.run([str(FOLDER / "bin/mutmut"), "run", FIRST], cwd=WORK, check=True, stdout=output)


def report(work: Path, version: str, date: datetime.date) -> int:
    """Write the page from the results in this folder; return the exit code. It is 1 without a reason for each."""
    found = mutants.read(work)
    rest = page.unexplained(found)
    for mutant in rest:
        print(f"{mutant.name}\n- {mutant.change.before}\n+ {mutant.change.after}")
    print(f"{len(found)} mutants, {sum(one.survives for one in found)} survive, {len(rest)} of them without a reason")
    PAGE.write_text(page.text(found, version, date), encoding="utf-8")
    return 1 if rest else 0


if __name__ == "__main__":
    sys.exit(main())
