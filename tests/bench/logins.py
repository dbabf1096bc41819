# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of logins: plays of many tasks on one NAS, and a set on ten, with SCRAM and without."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.bench.fleet import NO_SCRAM, Fleet
from tests.bench.measure import LOGIN, Way, in_turn, run_tasks, task, with_ratio
from tests.simulator import API_KEY

SCRAM = "26.0.0"
LIMIT = 20
"""Logins in a minute that a NAS accepts from an address."""
CREDENTIALS = 20


def main() -> None:
    """Print the section, together with another build if one is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", type=Path, metavar="DIR", help="a folder of collections with another build")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(section(arguments.rounds, Path(folder), arguments.against)))


def section(rounds: int, folder: Path, other: Path | None = None) -> list[str]:
    """Return the section of the page; `other` is a folder of collections with another build."""
    return [
        "",
        "## Logins",
        "",
        f"From 26.0 on, a login with a raw key computes half a million rounds of PBKDF2, and takes two of the {LIMIT} logins in",
        "a minute. All tasks of a run share one login. Medians of seconds; in parentheses the ratio to the first row, or to the",
        "last column. CPU seconds include the process that keeps the login.",
        "",
        *_plays(12, rounds, folder, other),
        *_plays(30, rounds, folder, other),
        *_sets(rounds, folder),
    ]


def _plays(count: int, rounds: int, folder: Path, other: Path | None) -> list[str]:
    tasks = [{"nasops.truenas.cloud_credential_info": LOGIN} for _number in range(count)]
    with Fleet(1) as old, Fleet(1, version=SCRAM, login_limit=LIMIT) as new:
        precomputed = new.boxes[0].precomputed_key()
        ways: dict[str, tuple[Fleet, Way]] = {
            f"{NO_SCRAM}, no limit": (old, lambda: run_tasks(tasks, old, folder)[1]),
            f"{SCRAM}, limit of {LIMIT}": (new, lambda: run_tasks(tasks, new, folder)[1]),
            f"{SCRAM}, limit of {LIMIT}, precomputed key": (new, lambda: run_tasks(tasks, new, folder, precomputed)[1]),
        }
        if other:
            ways[f"{NO_SCRAM}, no limit, the other build"] = (
                old,
                lambda: run_tasks(tasks, old, folder, API_KEY, other)[1],
            )
        found = in_turn({name: way for name, (_fleet, way) in ways.items()}, rounds)
        logins = {name: _logins(fleet, way) for name, (fleet, way) in ways.items()}
    base = found[f"{NO_SCRAM}, no limit"]
    lines = [f"| {count} tasks on one NAS | seconds | CPU seconds | calls of `auth.login_ex` |", "|---|---|---|---|"]
    for name, cost in found.items():
        seconds, used = with_ratio(cost.seconds, base.seconds), with_ratio(cost.cpu, base.cpu)
        lines.append(f"| {name} | {seconds} | {used} | {logins[name]} |")
    return [*lines, ""]


def _logins(fleet: Fleet, way: Way) -> int:
    [box] = fleet.boxes
    box.clear_journal()
    way()
    return sum(call["method"] == "auth.login_ex" for call in box.journal())


def _sets(rounds: int, folder: Path) -> list[str]:
    one = task("ours, set", CREDENTIALS)
    with Fleet(10, CREDENTIALS) as old, Fleet(10, CREDENTIALS, version=SCRAM, login_limit=LIMIT) as new:
        precomputed = new.boxes[0].precomputed_key()
        found = in_turn(
            {
                "old": lambda: run_tasks([one], old, folder)[1],
                "old twice": lambda: run_tasks([one, one], old, folder)[1],
                "new": lambda: run_tasks([one], new, folder)[1],
                "new twice": lambda: run_tasks([one, one], new, folder)[1],
                "precomputed": lambda: run_tasks([one], new, folder, precomputed)[1],
            },
            rounds,
        )

    def second(version: str) -> float:
        return found[f"{version} twice"].cpu - found[version].cpu

    rows: Mapping[str, tuple[float, float]] = {
        "raw key, first task": (found["new"].cpu, found["old"].cpu),
        "raw key, second task": (second("new"), second("old")),
        "precomputed key, first task": (found["precomputed"].cpu, found["old"].cpu),
    }
    lines = [
        f"| {CREDENTIALS} credentials on 10 NAS systems, converged: CPU seconds | {SCRAM} | {NO_SCRAM} |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {with_ratio(new, old)} | {old:.2f} |" for name, (new, old) in rows.items()]
    return lines


if __name__ == "__main__":
    main()
