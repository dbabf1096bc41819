# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the targets with atheris, one after the other: `python -m tests.fuzz [--seconds N] [--keep] [TARGET...]`.

Prints the executions of each target. With `--keep`, inputs that reach more code are added to the corpus, as few as possible.
An input that crashes a target is left in .cache/fuzz-crashes, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz import corpus
from tests.fuzz.names import NAMES

ROOT = Path(__file__).parents[2]
CRASHES = ROOT / ".cache/fuzz-crashes"
MAX_LENGTH = 4096
"""Bytes of an input at most."""


def fuzz(target: str, seconds: int, keep: bool) -> tuple[int, int, int, int]:
    """Run a target. Returns its exit code, the executions, the edges reached, and the inputs in its corpus afterwards."""
    CRASHES.mkdir(parents=True, exist_ok=True)
    flags = [
        f"-max_total_time={seconds}",
        f"-max_len={MAX_LENGTH}",
        f"-artifact_prefix={CRASHES}/{target}-",
        "-timeout=20",
    ]
    with (
        tempfile.TemporaryDirectory() as own,
        tempfile.TemporaryDirectory() as found,
        tempfile.TemporaryDirectory() as merged,
    ):
        for number, data in enumerate(corpus.read(target)):
            (Path(own) / str(number)).write_bytes(data)
        done = _child(target, found, own, *flags, "-print_final_stats=1")
        numbers = [*re.findall(r"cov: (\d+)", done.stderr)]
        executions = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        if done.returncode:
            print(f"{done.stdout}{done.stderr}"[-4000:], file=sys.stderr)
        elif keep and _child(target, "-merge=1", merged, own, found).returncode == 0:
            corpus.write(target, [path.read_bytes() for path in Path(merged).iterdir()])
    return (
        done.returncode,
        int(executions[1]) if executions else 0,
        int(numbers[-1]) if numbers else 0,
        len(corpus.read(target)),
    )


def _child(target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz.one", target, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)


def main() -> int:
    """Run the targets of the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="time for each target")
    parser.add_argument("--keep", action="store_true", help="add what was found to the corpus")
    parser.add_argument("targets", nargs="*", choices=[*NAMES, []], default=[], help="all, if none is named")
    given = parser.parse_args()
    worst = 0
    for target in given.targets or NAMES:
        code, executions, edges, files = fuzz(target, given.seconds, given.keep)
        print(
            f"{target:12} {executions:>10} executions {edges:>6} edges {files:>5} inputs  {'CRASH' if code else 'ok'}",
            flush=True,
        )
        worst = max(worst, int(code != 0))
    return worst


if __name__ == "__main__":
    sys.exit(main())
