# SPDX-License-Identifier: GPL-3.0-or-later
"""`ansible-test sanity` with the core of a cell."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Sanity:
    """How the tests of one core ended: their number, those that were skipped, and the first line of a failure."""

    date: str
    python: str
    passed: bool
    tests: int
    skipped: str = ""
    reason: str = ""


def run(environment: Path, python: str, date: str, log: Path) -> Sanity:
    """Run all tests with the programs of an environment, whose Python has this exact version, and keep what is printed."""
    with log.open("w") as file:
        done = subprocess.run(
            [str(environment / "bin/python"), "-m", "tests.sanity"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return read(log.read_text(), done.returncode == 0, python, date)


def read(output: str, passed: bool, python: str, date: str) -> Sanity:
    """Return what the output of `python -m tests.sanity` means."""
    tests = {*re.findall(r'(?m)^Running sanity test "([\w-]+)"', output)}
    skipped = {*re.findall(r"(?m)^  ([\w.-]+): ", output.partition("Skipped: ")[2])}
    errors = re.findall(r"(?m)^(?:ERROR|FATAL): (.+)$", output)
    # The representation of a connection is for programmers.
    reason = "" if passed else (errors or ["it ended without a message"])[0].partition(": HTTPSConnectionPool")[0]
    return Sanity(date, python, passed, len(tests), ", ".join(sorted(skipped)), reason)
