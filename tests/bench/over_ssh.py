# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of a converged set over SSH, with a connection that ControlPersist keeps, compared with the API.

`python -m tests.bench.over_ssh --write` writes its section into docs/performance.md again.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench.fleet import NO_SCRAM, Fleet, processor_time
from tests.bench.logins import CREDENTIALS
from tests.bench.measure import ROOT, Cost, in_turn, run_tasks, task, with_ratio
from tests.lab.nas_shell import NasShell

TITLE = "## Over SSH"
OLDER = "24.10.2"
GOAL = 1.3
SIZES = (1, 10)
SET = "nasops.truenas.cloud_credentials"


class OverSsh(Fleet):
    """The NAS of another fleet, reached over SSH. `Fleet` starts and ends them."""

    def __init__(self, fleet: Fleet, shell: NasShell) -> None:
        self.boxes = fleet.boxes
        self._shell = shell

    def inventory(self) -> dict[str, Any]:
        """Return the hosts, which need no key."""
        return {
            f"nas{number}": {
                **self._shell.variables(number),
                "ansible_connection": "ssh",
                "ansible_truenas_via": "ssh",
                "ansible_truenas_ssh_socket": box.socket,
            }
            for number, box in enumerate(self.boxes)
        }


def main() -> None:
    """Print the section, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = section(arguments.rounds, Path(folder))
    print("\n".join(lines))
    if arguments.write:
        page = ROOT / "docs/performance.md"
        page.write_text(_replaced(page.read_text(), "\n".join(lines).lstrip("\n")))


def section(rounds: int, folder: Path) -> list[str]:
    """Return the section of the page."""
    load = os.getloadavg()[0]
    rows = [row for size in SIZES for row in _rows(size, rounds, folder)]
    return [
        "",
        TITLE,
        "",
        f"{CREDENTIALS} credentials, converged, {NO_SCRAM}. Medians of {rounds} runs; in parentheses the ratio to the row by",
        "API. ControlPersist keeps the connections of SSH, and the CPU seconds include these connections. The load average",
        f"before the measurement was {load:.1f}.",
        "",
        "| | seconds | CPU seconds |",
        "|---|---|---|",
        *rows,
        "",
        f"The goals are at most {GOAL} times the seconds for one NAS, and at most {GOAL} times the CPU seconds for ten.",
        "",
        *_calls(folder),
    ]


def _rows(size: int, rounds: int, folder: Path) -> Iterator[str]:
    with _both(size, NO_SCRAM) as (by_api, over_ssh):
        _warm(over_ssh, folder)
        found = in_turn({"api": lambda: _run(by_api, folder), "ssh": lambda: _run(over_ssh, folder)}, rounds)
    base, other = found["api"], found["ssh"]
    yield f"| {_systems(size)} by API | {with_ratio(base.seconds, base.seconds)} | {with_ratio(base.cpu, base.cpu)} |"
    yield f"| {_systems(size)} over SSH | {with_ratio(other.seconds, base.seconds)} | {with_ratio(other.cpu, base.cpu)} |"


def _systems(size: int) -> str:
    return f"{size} NAS" if size == 1 else f"{size} NAS systems"


def _calls(folder: Path) -> list[str]:
    lines = ["| calls of a run that changes nothing | by API | over SSH |", "|---|---|---|"]
    for version in (OLDER, NO_SCRAM):
        with _both(1, version) as fleets:
            counts = []
            for fleet in fleets:
                fleet.boxes[0].clear_journal()
                _run(fleet, folder)
                counts.append(str(len(fleet.boxes[0].journal())))
        lines.append(f"| {version} | {' | '.join(counts)} |")
    return lines


@contextmanager
def _both(size: int, version: str) -> Iterator[tuple[Fleet, OverSsh]]:
    with NasShell() as shell, Fleet(size, CREDENTIALS, version=version, sockets=shell.sockets) as fleet:
        yield fleet, OverSsh(fleet, shell)


def _warm(fleet: OverSsh, folder: Path) -> None:
    """Open the connections that are kept."""
    _run(fleet, folder)


def _run(fleet: Fleet, folder: Path) -> Cost:
    """Run the set, which changes nothing. Raises SystemExit if it does."""
    one = task("ours, set", CREDENTIALS)
    if isinstance(fleet, OverSsh):
        one = {SET: {"credentials": one[SET]["credentials"]}}
    kept = _kept()
    used = _processor_time(kept)
    output, cost = run_tasks([one], fleet, folder)
    if output.count("changed=0 ") != len(fleet.boxes):
        raise SystemExit(f"the set has changed something\n{output[-2000:]}")
    return replace(cost, cpu=cost.cpu + _processor_time(kept) - used)


def _kept() -> list[int]:
    """Return the processes of ssh that keep connections, which this process has adopted."""
    found = []
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        with suppress(OSError):
            if Path(f"/proc/{child}/comm").read_text().strip() == "ssh":
                found.append(int(child))
    return found


def _processor_time(processes: Sequence[int]) -> float:
    total = 0.0
    for process in processes:
        with suppress(OSError):
            total += processor_time(process)
    return total


def _replaced(page: str, section: str) -> str:
    """Return the page with this section in place of the old one, or before the last section."""
    before, found, after = page.partition(f"{TITLE}\n")
    if not found:
        before, _found, after = page.partition("## Where the time goes\n")
        return f"{before}{section}\n\n## Where the time goes\n{after}"
    _old, _mark, rest = after.partition("\n## ")
    return f"{before}{section}\n\n## {rest}"


if __name__ == "__main__":
    main()
