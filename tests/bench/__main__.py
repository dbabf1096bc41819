# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures and writes docs/performance.md."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import logins, over_ssh, tasks
from tests.bench.fleet import Fleet, provider
from tests.bench.measure import LOGIN, ROOT, Cost, in_turn, machine, run, run_task
from tests.bench.slow import SECONDS, SlowServer
from tests.simulator import API_KEY, USER

PAGE = ROOT / "docs/performance.md"
CREDENTIALS = 20
QUICK = (
    "empty task",
    "empty task with options",
    "empty task with options and imports",
    "empty loop",
    "empty loop with options",
    "bare",
    "ours, loop",
    "ours, set",
)


TERMS = (
    "| word | meaning |",
    "|---|---|",
    "| *converged*, *created* | nothing changes; the run creates all credentials |",
    "| *0 ms*, *20 ms* | the latency of each reply of a NAS |",
    "| *empty task*, *empty loop* | an action that does nothing, once for each host; the same in a loop |",
    "| *with options* | the same with the options of *ours*, which Ansible templates |",
    "| *and imports* | the main process also imports pydantic, websocket-client, and the collection |",
    "| *bare* | an asyncio client that makes the same calls, without Ansible |",
    "| *ours, loop* | `cloud_credential` in a loop |",
    "| *ours, set* | `cloud_credentials` |",
    "| *naive* | a module process for each item that logs in, reads, compares, and writes, without checks or a diff |",
    "| *CPU seconds* | processor time of Ansible and all its workers |",
    "",
)
WHY = (
    "The set costs more than an empty task. Ansible templates its options for each host (*with options*). The main process",
    "imports pydantic, websocket-client, and the collection once (*and imports*). Each worker opens a TLS connection to a NAS on",
    "the same two cores. The loop templates its options twenty times, and reads, compares, and reports each item.",
)
GROWS = (
    "The set grows faster than an empty task, because Ansible templates the options for each host, and because the workers",
    "and the NAS systems share two cores.",
)


def main() -> int:
    """Run all benchmarks; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each quick way (5)")
    parser.add_argument("--nas", type=int, default=10, help="simulated NAS of the main workload (10)")
    parser.add_argument("--without-naive", action="store_true", help="leave out the slow baseline")
    parser.add_argument("--against", type=Path, metavar="DIR", help="a folder of collections with another build")
    arguments = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sections = [
            *_workload(arguments.nas, arguments.rounds, not arguments.without_naive, folder),
            *_growth(arguments.rounds, folder),
            *_verification(arguments.rounds, folder),
            *logins.section(arguments.rounds, folder, arguments.against),
            *tasks.section(arguments.rounds, folder),
            *over_ssh.section(arguments.rounds, folder),
            *_profile(),
        ]
    PAGE.write_text("\n".join([*_head(time.monotonic() - begun), *sections, ""]))
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


def _alternate(ways: Sequence[str], rounds: int, fleet: Fleet, folder: Path, created: bool) -> dict[str, Cost]:
    """Run the ways in turn, with their credentials deleted before if they have to be `created`. Return the medians."""

    def once(way: str) -> Cost:
        if created and not way.startswith("empty"):
            fleet.empty()
        cost = run(way, fleet, CREDENTIALS, folder, created)
        print(f"  {way}: {cost.seconds:.2f} s", flush=True)
        return cost

    return in_turn({way: partial(once, way) for way in ways}, rounds)


def _workload(size: int, rounds: int, with_naive: bool, folder: Path) -> list[str]:
    lines = [
        f"## {CREDENTIALS} credentials on each of {size} NAS systems",
        "",
        "Medians of seconds for all NAS systems; in parentheses the ratio to *empty task*. *naive* ran once for each column.",
        "",
    ]
    columns: dict[str, dict[str, Cost]] = {}
    for latency in (0, 20):
        with Fleet(size, CREDENTIALS, latency) as fleet:
            for created in (False, True):
                title = f"{'created' if created else 'converged'}, {latency} ms"
                print(title, flush=True)
                columns[title] = _alternate(QUICK, rounds, fleet, folder, created)
                if with_naive:
                    columns[title] |= _alternate(["naive"], 1, fleet, folder, created)
    ways = [way for way in (*QUICK, "naive") if way in next(iter(columns.values()))]
    lines += [f"| | {' | '.join(columns)} | peak memory, converged |", "|---" * (len(columns) + 2) + "|"]
    for way in ways:
        cells = []
        for found in columns.values():
            ratio = found[way].seconds / found["empty task"].seconds
            cells.append(f"{found[way].seconds:.2f} ({ratio:.2f})")
        memory = columns["converged, 0 ms"][way].megabytes
        lines.append(f"| {way} | {' | '.join(cells)} | {f'{memory:.0f} MB' if memory else ''} |")
    converged = columns["converged, 0 ms"]
    lines += ["", "Goals of the project, for the column *converged, 0 ms*:", "", "| goal | measured |", "|---|---|"]
    lines += _goals(converged)
    return [*lines, "", *WHY]


def _goals(found: dict[str, Cost]) -> list[str]:
    def ratio(one: str, other: str) -> str:
        return f"{found[one].seconds / found[other].seconds:.2f}"

    lines = [
        f"| the set takes at most 1.25 times an empty task | {ratio('ours, set', 'empty task')}, "
        f"{ratio('ours, set', 'empty task with options')} of *with options* |",
        f"| the set is faster than an empty loop | {ratio('ours, set', 'empty loop')} of an empty loop |",
        f"| the loop takes at most 1.25 times an empty loop | {ratio('ours, loop', 'empty loop')}, "
        f"{ratio('ours, loop', 'empty loop with options')} of *with options* |",
        f"| the set needs at most 1.3 times the peak memory of an empty task | "
        f"{found['ours, set'].megabytes / found['empty task'].megabytes:.2f} |",
    ]
    if "naive" in found:
        lines += [
            f"| naive takes at least 40 times the set | {ratio('naive', 'ours, set')} |",
            f"| naive takes at least 20 times the loop | {ratio('naive', 'ours, loop')} |",
        ]
    return lines


def _growth(rounds: int, folder: Path) -> list[str]:
    ways = ("empty task", "empty task with options", "empty task with options and imports", "ours, set")
    lines = [
        "",
        "## Growth",
        "",
        "Converged, 0 ms. Medians of seconds, with CPU seconds in parentheses. The ratio is that of *ours, set* to *empty task*.",
        "The last column has the CPU seconds of the NAS systems themselves.",
        "",
    ]
    lines += [f"| NAS systems | {' | '.join(ways)} | ratio | NAS systems, CPU |", "|---" * (len(ways) + 3) + "|"]
    for size in (10, 25, 50):
        with Fleet(size, CREDENTIALS) as fleet:
            print(f"{size} NAS", flush=True)
            used = fleet.processor_time()
            found = _alternate(ways, rounds, fleet, folder, False)
            used = (fleet.processor_time() - used) / rounds
        cells = " | ".join(f"{found[way].seconds:.2f} ({found[way].cpu:.2f})" for way in ways)
        ratio = found["ours, set"].seconds / found["empty task"].seconds
        lines.append(f"| {size} | {cells} | {ratio:.2f} | ({used:.2f}) |")
    lines += ["", *GROWS]
    lines += [
        "",
        f"Seconds for one NAS with more and more stored credentials, of which the set names {CREDENTIALS}:",
        "",
    ]
    lines += ["| stored | ours, set |", "|---|---|"]
    for count in (CREDENTIALS, 100, 1000):
        with Fleet(1, count) as fleet:
            print(f"{count} stored", flush=True)
            found = _alternate(("ours, set",), rounds, fleet, folder, False)
        lines.append(f"| {count} | {found['ours, set'].seconds:.2f} |")
    return lines


def _verification(rounds: int, folder: Path) -> list[str]:
    found: dict[int, list[float]] = {0: [], 1: [], CREDENTIALS: []}
    with Fleet(1) as fleet, SlowServer() as server:
        for turn in range(rounds):
            print(f"verification, round {turn}", flush=True)
            for count, seconds in found.items():
                items = [
                    {"name": f"slow {turn} {count} {n}", "http": {"url": f"{server.url}{n}/"}, "verify": "always"}
                    for n in range(count)
                ]
                task = {"nasops.truenas.cloud_credentials": {**LOGIN, "credentials": items}}
                seconds.append(run_task(task, fleet, folder)[1].seconds)
    none, one, many = (statistics.median(seconds) for seconds in found.values())
    return [
        "",
        "## Verification",
        "",
        f"Playbooks that create and verify credentials on one NAS, at a server that answers after {1000 * SECONDS:.0f} ms. The",
        "NAS runs ten verifications at the same time, each with its own rclone on the same two cores.",
        "",
        "| credentials | seconds of the playbook | seconds of the verifications | ratio to one |",
        "|---|---|---|---|",
        f"| 0 | {none:.2f} | | |",
        f"| 1 | {one:.2f} | {one - none:.2f} | 1 |",
        f"| {CREDENTIALS} | {many:.2f} | {many - none:.2f} | {(many - none) / (one - none):.2f} |",
    ]


def _profile() -> list[str]:
    lines = ["", "## Where the time goes", ""]
    lines += [
        "One process and one NAS, converged. Medians of seven runs, in milliseconds. A playbook imports once for all tasks in",
        "Ansible's worker processes. A task in a process of its own imports each time.",
        "",
        "| stage | ms |",
        "|---|---|",
    ]
    found: dict[str, list[float]] = {}
    with Fleet(1, CREDENTIALS) as fleet:
        [box] = fleet.boxes
        items = [{"name": f"credential {n}", "state": "present", "ftp": provider(n)} for n in range(CREDENTIALS)]
        options: dict[str, Any] = {
            **{"host": box.host, "port": box.port, "ca_path": box.ca_file, "username": USER, "api_key": API_KEY},
            "credentials": items,
        }
        for _turn in range(7):
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", ""], check=True)
            found.setdefault("interpreter", []).append((time.perf_counter() - begun) * 1000)
            command = [sys.executable, "-m", "tests.bench.profile"]
            done = subprocess.run(
                command, input=json.dumps(options), capture_output=True, text=True, check=True, cwd=ROOT
            )
            for name, milliseconds in json.loads(done.stdout).items():
                found.setdefault(name, []).append(milliseconds)
    return [*lines, *(f"| {name} | {statistics.median(values):.1f} |" for name, values in found.items())]


def _head(seconds: float) -> list[str]:
    return [
        "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->",
        "<!-- Written by `make bench`. -->",
        "# Performance",
        "",
        f"Measured with {machine()}, which the simulated",
        f"NAS systems shared; {seconds / 60:.0f} minutes in all. Seconds depend on the machine, ratios less so.",
        "For fleets of up to 200 NAS systems, see [Manage many NAS systems](scale.md).",
        "",
        *TERMS,
        "All runs have ten forks, TLS, and no limit on logins, because *naive* exceeds the real limit of 20 logins in a minute.",
        "",
    ]


if __name__ == "__main__":
    sys.exit(main())
