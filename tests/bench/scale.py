# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of a fleet, up to hundreds of NAS systems: `python -m tests.bench.scale` writes the tables of docs/scale.md."""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import re
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.bench.crowd import PER_PROCESS, Crowd
from tests.bench.fleet import NO_SCRAM, SECRET, stored
from tests.bench.measure import ROOT, machine
from tests.bench.together import LOG, Usage, one_after_the_other, together
from tests.simulator import API_KEY, USER

PAGE = ROOT / "docs/scale.md"
BEGIN, END = "<!-- begin: written by `make bench-scale` -->", "<!-- end -->"
CREDENTIALS = 10
FORKS = 20
PROVISION = ("-i", "hosts.yml", "nasops.truenas.provision")
SCRAM = "26.0.0"
SLICES = 4
FAR_MS = 500
TIMEOUT = 10
"""Seconds that a NAS which answers nothing is waited for."""
HEAD = [
    "| run | NAS systems | forks | seconds | CPU s of Ansible | of which main process | CPU s of the NAS systems "
    "| peak memory, MB | processes at once | load before |",
    "|---|" + "---:|" * 9,
]


class Bench:
    """Runs playbooks over a crowd. `rounds` is how often each, `folder` where their files are."""

    def __init__(self, crowd: Crowd, folder: Path, rounds: int = 1) -> None:
        self.crowd = crowd
        self.folder = folder
        self.rounds = rounds
        self.rows: list[str] = []
        self.inventory({})

    def inventory(self, other: dict[int, dict[str, Any]]) -> None:
        """Write the inventory; `other` has variables of NAS, by number, that differ."""
        hosts = {f"nas{number}": {**one, **other.get(number, {})} for number, one in enumerate(self.crowd.hosts)}
        variables = {
            "ansible_python_interpreter": sys.executable,
            "nas_username": USER,
            "nas_api_key": API_KEY,
            "secret": SECRET,
            "nas_cloud_credentials": [
                {"name": one["name"], "ftp": {**_options(one["provider"]), "pass": "{{ secret }}"}}
                for one in stored(CREDENTIALS)
            ],
        }
        content = json.dumps({"nas": {"hosts": hosts, "vars": variables}})
        (self.folder / "hosts.yml").write_text(content)

    def provision(
        self,
        title: str,
        size: int,
        forks: int = FORKS,
        *,
        options: Sequence[str] = (),
        slices: int = 1,
        beside: bool = True,
        created: bool = False,
        down: int = 0,
        rounds: int | None = None,
    ) -> Usage:
        """Provision as many NAS, in slices that run `beside` each other or one after the other; note a row, and return it.

        Raises SystemExit unless every NAS that is not `down` had as many changes as it should have.
        """
        step = math.ceil(size / slices)
        runs = [
            [*PROVISION, "--limit", f"nas[{first}:{min(first + step, size) - 1}]", *options]
            for first in range(0, size, step)
        ]
        found = []
        for _turn in range(rounds or self.rounds):
            at_once = [runs] if beside else [[one] for one in runs]
            done = [together(some, self.crowd, self.folder, forks, status=2 if down else 0) for some in at_once]
            text = "".join(output for output, usage in done)
            recap = re.findall(r"changed=(\d+) +unreachable=0 +failed=(\d+)", text)
            good = [int(changed) for changed, failed in recap if failed == "0"]
            if len(recap) != size or good != [int(created)] * (size - down):
                raise SystemExit(f"{title}: not as expected\n{text[-3000:]}")
            found.append(one_after_the_other([usage for output, usage in done]))
        return self.note(title, size, forks, found)

    def note(self, title: str, size: int, forks: int, found: Sequence[Usage]) -> Usage:
        """Print and keep a row with the medians, and return them."""
        usage = Usage(*(statistics.median(getattr(one, field.name) for one in found) for field in fields(Usage)))
        self.rows.append(
            f"| {title} | {size} | {forks} | {usage.seconds:.1f} | {usage.cpu:.1f} | {usage.main:.1f} | {usage.nas:.1f} "
            f"| {usage.megabytes:.0f} | {usage.processes:.0f} | {usage.load:.1f} |"
        )
        print(self.rows[-1], flush=True)
        return usage

    def audit(self, title: str, options: Sequence[str] = ()) -> tuple[str, str]:
        """Audit all NAS and report; note a row, and return cells on the report: its time, and the sizes of its files."""
        where = self.folder / "audit"
        extra = ["-e", f"nas_audit_dest={where}", "-e", "nas_audit_fail_on=never", *options]
        _text, usage = together([["-i", "hosts.yml", "nasops.truenas.audit", *extra]], self.crowd, self.folder, FORKS)
        self.note(title, len(self.crowd.hosts), FORKS, [usage])
        made = json.loads((where / "report.json").read_text())
        if made["summary"]["nas"] != len(self.crowd.hosts) or made["summary"]["unreachable"]:
            raise SystemExit(f"{title}: the report is not on all NAS")
        sizes = [f"{(where / f'report.{kind}').stat().st_size / 1e6:.2f}" for kind in ("json", "html", "xml", "sarif")]
        seconds = _seconds_of(r"TASK \[nasops.truenas.cloud_audit : Write the report\]", self.folder / LOG)
        findings = sum(made["summary"]["findings"].values())
        line = f"| {title} | {findings} | {seconds:.1f} | {' | '.join(sizes)} |"
        print(line, flush=True)
        return title, line


def main() -> int:
    """Run everything; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--nas", type=int, default=200, help="simulated NAS at most; the rows have fractions of it (200)"
    )
    parser.add_argument("--rounds", type=int, default=1, help="runs of each row without changes; the median counts (1)")
    parser.add_argument("--dry", action="store_true", help="print only, and leave docs/scale.md as it is")
    arguments = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body = [
            *_rows(arguments.nas, arguments.rounds, folder),
            *_audit(arguments.nas, folder),
        ]
    lines = [*_head(time.monotonic() - begun, arguments.rounds), *body]
    if arguments.dry:
        print("\n".join(lines))
    else:
        text = PAGE.read_text()
        before, rest = text.split(BEGIN)
        PAGE.write_text("\n".join([f"{before}{BEGIN}", *lines, f"{END}{rest.partition(END)[2]}"]))
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


def _rows(size: int, rounds: int, folder: Path) -> list[str]:
    """Return the tables of provisioning, and what follows from them."""
    half, quarter, few = size // 2, size // 4, max(size // 20, 1)
    with Crowd([{}] * size) as crowd:
        bench = Bench(crowd, folder, rounds)
        bench.provision("first run, everything created", size, created=True, rounds=1)
        converged = {count: bench.provision("converged", count) for count in (few, quarter, half, size)}
        for forks in (5, 50, 100):
            bench.provision("converged", size, forks)
        bench.provision("converged, `--tags cloud_credentials`", size, options=["--tags", "cloud_credentials"])
        bench.provision("converged, in batches of 10 %", size, options=["-e", "nas_serial=10%"])
        bench.provision(f"converged, {SLICES} slices at the same time", size, slices=SLICES)
        bench.provision(f"converged, {SLICES} slices one after the other", size, slices=SLICES, beside=False)
        down = max(size // 40, 1)
        with _closed() as refused, _silent() as silent:
            for port, title in ((refused, "refuse"), (silent, f"answer nothing for {TIMEOUT} s")):
                bench.inventory({number: {"nas_port": port} for number in range(0, size, size // down)[:down]})
                timeout = ["-e", f"nas_timeout={TIMEOUT}"]
                bench.provision(
                    f"converged, {down} NAS systems that {title}", size, options=timeout, down=down, rounds=1
                )
        rows = bench.rows
    with Crowd([{"credentials": stored(CREDENTIALS)}] * half, SCRAM) as crowd:
        bench = Bench(crowd, folder, rounds)
        # The NAS themselves make their side of the key at the first login.
        bench.provision("warm", half, rounds=1)
        bench.rows.clear()
        scram = bench.provision(f"converged, {SCRAM}", half)
        rows += bench.rows
    with Crowd([{"credentials": stored(CREDENTIALS)}] * half, latency_ms=FAR_MS) as crowd:
        bench = Bench(crowd, folder, rounds)
        far = [bench.provision("converged, late replies", half, forks) for forks in (5, FORKS, 50, 100)]
    return [
        *HEAD,
        *rows,
        "",
        f"Each reply takes {FAR_MS} ms, as from distant NAS systems or verifications of some seconds, so forks wait:",
        "",
        *HEAD,
        *bench.rows,
        "",
        *_arithmetic(converged, far, (scram.cpu - converged[half].cpu) / half),
    ]


def _arithmetic(converged: dict[int, Usage], far: Sequence[Usage], scram: float) -> list[str]:
    """Return what a NAS, a fork and a run cost, and what follows for fleets that were not measured."""
    few, size = min(converged), max(converged)

    def slope(name: str) -> float:
        difference: float = getattr(converged[size], name) - getattr(converged[few], name)
        return difference / (size - few)

    cpu, main, nas = slope("cpu"), slope("main"), slope("nas")
    fixed = converged[few].cpu - few * cpu
    # Where replies are late many forks are there at once.
    least, most = far[0], far[-1]
    per_fork = (most.megabytes - least.megabytes) / max(most.processes - least.processes, 1)
    base = converged[size].megabytes - (converged[size].processes - 1) * per_fork
    cores = os.cpu_count() or 1
    ways = ((2, 1, 0.0), (4, 1, 0.0), (8, 1, 0.0), (8, 4, 0.0), (8, 4, scram))

    def extrapolated(count: int, on: int, slices: int, more: float) -> str:
        return f"{fixed + max(count * main / slices, count * (cpu + more) / on):.0f}"

    expected = fixed + max(size * main, size * (cpu + nas) / cores)
    return [
        "| from these rows | |",
        "|---|---:|",
        f"| CPU seconds of Ansible for each additional NAS, from {few} to {size} | {cpu:.3f} |",
        f"| of which in the main process | {main:.3f} |",
        f"| additional CPU seconds for each NAS with SCRAM ({SCRAM}) | {scram:.3f} |",
        f"| CPU seconds of each simulated NAS, on the same cores | {nas:.3f} |",
        f"| seconds of the start, before the first NAS | {fixed:.1f} |",
        f"| memory of the main process, {size} NAS systems | {base:.0f} MB |",
        f"| additional memory of each fork, with shared pages counted once | {per_fork:.1f} MB |",
        f"| seconds for {size} NAS systems by the formula above, all on the same {cores} cores | {expected:.1f} s |",
        f"| seconds for {size} NAS systems as measured | {converged[size].seconds:.1f} s |",
        "",
        "Seconds of a converged run, extrapolated from these values and not measured:",
        "",
        "| NAS systems | 2 cores | 4 cores | 8 cores | 8 cores, 4 slices | 8 cores, 4 slices, SCRAM |",
        "|---:|---:|---:|---:|---:|---:|",
        *(f"| {count} | {' | '.join(extrapolated(count, *how) for how in ways)} |" for count in (500, 1000, 2000)),
        "",
    ]


def _audit(size: int, folder: Path) -> list[str]:
    """Of every ten NAS one has drifted and one has a credential that nobody declares."""
    reports = []
    rows = []
    for title, own in (("a different secret on each NAS", True), ("the same secrets on all NAS systems", False)):
        secrets = {number: f"{SECRET}-{number}" if own else SECRET for number in range(size)}
        with Crowd([_audited(number, secret) for number, secret in secrets.items()]) as crowd:
            bench = Bench(crowd, folder)
            bench.inventory({number: {"secret": secret} for number, secret in secrets.items()})
            reports.append(bench.audit(f"audit, {title}")[1])
            previous = ["-e", f"nas_audit_previous_report={folder / 'audit/report.json'}"]
            reports.append(bench.audit(f"audit, {title}, compared with the previous report", previous)[1])
            rows += bench.rows
    return [
        *HEAD,
        *rows,
        "",
        "| run | findings | seconds of the report | report.json, MB | report.html, MB | report.xml, MB | report.sarif, MB |",
        "|---|" + "---:|" * 6,
        *reports,
        "",
    ]


def _audited(number: int, secret: str) -> dict[str, Any]:
    rows = stored(CREDENTIALS)
    for one in rows:
        one["provider"]["pass"] = secret
    if number % 10 == 0:
        rows[0]["provider"]["host"] = "another.example.net"
    if number % 10 == 5:
        rows.append({**rows[1], "id": CREDENTIALS + 1, "name": f"by hand on {number}"})
    return {"credentials": rows}


def _options(provider: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in provider.items() if name != "type"}


def _seconds_of(task: str, log: Path) -> float:
    """Return how long the last of the tasks that match took until the play ended, from Ansible's log."""
    times: list[datetime.datetime] = []
    for line in log.read_text().splitlines():
        if re.search(rf"{task}|PLAY RECAP", line):
            times.append(datetime.datetime.fromisoformat(line[:23].replace(",", ".")))
    return (times[-1] - times[-2]).total_seconds()


@contextmanager
def _closed() -> Iterator[int]:
    """Yield a port that refuses connections."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


@contextmanager
def _silent() -> Iterator[int]:
    """Yield a port where connections are never answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as one:
        yield one.getsockname()[1]


def _head(seconds: float, rounds: int) -> list[str]:
    return [
        f"Measured with {machine()}, which the simulated NAS systems shared, {PER_PROCESS} of them in one process; "
        f"{datetime.datetime.now(datetime.UTC).date().isoformat()}, {seconds / 60:.0f} minutes in all, "
        f"{'each row once' if rounds == 1 else f'medians of {rounds}'}.",
        f"`nasops.truenas.provision`, {CREDENTIALS} credentials on each NAS, no keypairs, TLS, {NO_SCRAM} if not given, no limit "
        "on logins.",
        "*Converged* runs change nothing. *CPU s* are CPU seconds. *Load before* is the load average when the row began, which",
        "includes the previous row.",
        "",
    ]


if __name__ == "__main__":
    sys.exit(main())
