# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole matrix of leaks: `python -m tests.leaks`. Prints each run, writes docs/leaks.md, and fails if there is a hit."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ansible import release

from tests.integration.fleet import Fleet
from tests.integration.running import ROOT, Ansible, Run
from tests.integration.samples import OPTIONS
from tests.leaks import cases
from tests.leaks.cases import CALLBACKS, WAYS, Case
from tests.leaks.quoting import QuotingNas
from tests.simulator import Simulator

PAGE = ROOT / "docs/leaks.md"
SHORT = ("spec 0", "login 2", "query 4", "create 6", "verify 9", "update", "delete 15", "works: change", "works: loop")
"""The tasks where each needs a process of its own."""


@dataclass
class Total:
    """The places that were searched in the runs of one line of the page, and the leaks."""

    runs: int = 0
    tasks: int = 0
    files: int = 0
    bytes: int = 0
    processes: int = 0
    hits: list[str] = field(default_factory=list)

    def add(self, run: Run) -> None:
        """Add a run."""
        self.runs += 1
        self.tasks += len(run.results)
        self.files += run.searched[0]
        self.bytes += run.searched[1]
        if run.seen:
            self.files += len(run.seen.files)
            self.bytes += run.seen.bytes
            self.processes += len(run.seen.processes)
            self.hits += sorted(run.seen.leaks)


def matrix() -> Iterator[Case]:
    """Yield every case: each callback with each way, and once more in check mode with little output.

    All ways and all callbacks come first, then the rest of their product.
    """
    product = [(way, callback) for way in WAYS for callback in CALLBACKS]
    callbacks = [*CALLBACKS]
    for number in range(len(callbacks)):
        for place, way in enumerate(WAYS):
            callback = callbacks[(number + place) % len(callbacks)]
            product.remove((way, callback))
            yield Case(callback, way, only=() if way == "worker" else SHORT)
        yield Case(callbacks[number], "worker", check=True, loud=False, key_in_environment=True)
    if product:
        raise AssertionError(f"left out: {product}")


PLAYBOOKS = 5
"""The runs of `flows`."""


def flows(ansible: Ansible, folder: Path) -> Iterator[Run]:
    """Yield the runs of the playbooks: the audit writes its four files, and the rotation fails."""
    with Simulator(login_limit=0) as box:
        fleet = Fleet(ansible, {"nas1": box}, down=("nas2",))
        every = [{"name": key, key: options} for key, options in OPTIONS.items()]
        folder.mkdir(parents=True, exist_ok=True)
        password = folder / "password"
        password.write_text("of the vault")
        unlocking = ("--vault-password-file", str(password))
        fleet.variables |= {
            "nas_timeout": 5,
            "nas_verify_timeout": 10,
            "nas_cloud_credentials": every,
            "nas_ssh_keypairs": [{"name": "k", "private_key": cases.KEY}],
            "nas_audit_dest": str(folder / "report"),
            "nas_export_dest": str(folder / "export"),
            "nas_export_secrets": True,
            "nas_key_dest": str(folder / "key"),
            "nas_rotate": ["s3"],
        }
        yield fleet.play("provision", "--diff")
        yield fleet.play("audit")
        yield fleet.play("export", *unlocking)
        yield fleet.play("precompute_key", *unlocking)
        yield fleet.play("rotate", "--limit", "nas1")


def search(folder: Path, total: Total) -> None:
    """Look for secrets in the files that playbooks have left outside of their folder: reports, exports, and keys."""
    detector = cases.detector()
    for path in folder.rglob("*"):
        if path.is_file() and "runs" not in path.relative_to(folder).parts:
            data = path.read_bytes()
            total.files += 1
            total.bytes += len(data)
            total.hits += [f"{hit.form} in {path.name}" for hit in detector.hits(data)]


def measure(end: float) -> dict[str, Total]:
    """Run everything, or what can begin before the end. Returns the totals by the line of the page."""
    totals: dict[str, Total] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="leaks-")))
        quoting_nas = stack.enter_context(QuotingNas(cases.stored()))
        for number, case in enumerate(matrix()):
            if time.monotonic() > end:
                break
            total = totals.setdefault(f"{case.callback}, {case.way}", Total())
            ansible = Ansible(folder / f"case{number}", cases.KEY_LINES)
            with Simulator(version="25.10.0", login_limit=0) as box:
                attempt(total, f"{case}", partial(cases.play, case, ansible, box, quoting_nas))
        for number, callback in enumerate(CALLBACKS):
            if time.monotonic() > end:
                break
            total = totals.setdefault(f"{callback}, playbooks of the collection", Total())
            here = folder / f"flow{number}"
            ansible = Ansible(here / "runs", cases.KEY_LINES)
            ansible.settings = cases.settings(Case(callback, "worker", loud=False), str(here))
            runs = flows(ansible, here)
            while attempt(total, callback, partial(next, runs, None)):
                pass
            search(here, total)
    return totals


def attempt(total: Total, name: str, play: Callable[[], Run | None]) -> bool:
    """Run one play, and add what was searched, or the leak that made it fail. Returns whether there was one to run."""
    begin, before = time.monotonic(), len(total.hits)
    try:
        run = play()
        if run is None:
            return False
        total.add(run)
    except AssertionError as error:
        total.hits.append(str(error)[:300])
    print(f"{total.hits[before:]} {time.monotonic() - begin:.0f} s: {name}", flush=True)
    return True


PLANNED = len([*matrix()]) + len(CALLBACKS) * PLAYBOOKS
"""The runs of the whole matrix. With `--minutes`, only the first of them are made."""

ABOUT = """\
This page has the figures of a search for secrets in everything that a run prints, writes, or starts. `make leaks` makes the
search and writes the page. [Security](security.md) describes what is protected.
"""

INTRODUCTION = """\
Each kind of secret in a run is a canary, a text that occurs nowhere else. The search looks for each canary raw, as JSON, as
JSON in JSON, in UTF-16, in base64, in hexadecimal, and URL-encoded. It covers:

- the output of the callback of the run, and the files of the callbacks `junit` and `tree`
- the log file, the fact cache, and the retry files of Ansible
- the arguments and environments of all processes of the run, and its temporary files, every 25 ms

A simulated server makes the tasks fail, and quotes all their secrets in all of these forms: at the login, a query, a create,
an update, a delete, a verification, a run, and a listing. All runs except those in check mode have `-vvvv --diff` and
`ANSIBLE_DEBUG`.

In the table, *worker* is a task in Ansible's worker process, and *module* is a task in a process of its own. *async* and
*become* are modules with this keyword. JSON and YAML are the formats of the callback `default`. For the playbooks of the
collection, the search covers output and files only.
"""


def page(totals: dict[str, Total]) -> str:
    """Return the page."""
    names = ("runs", "tasks", "files", "bytes", "processes")
    runs, tasks, files, size, processes = (sum(getattr(total, name) for total in totals.values()) for name in names)
    hits = sum(len(total.hits) for total in totals.values())
    head = f"**{hits} hits** in {files:,} files and outputs with {size / 1e6:.1f} MB, and in {processes:,} processes"
    rows = (
        f"| {name} | {it.runs} | {it.tasks} | {it.files} | {it.bytes // 1000} | {it.processes} | {len(it.hits)} |"
        for name, it in totals.items()
    )
    return "\n".join(
        (
            "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->",
            "<!-- `make leaks` writes this page. -->",
            "# Search for secrets",
            "",
            ABOUT,
            f"{head}, with {tasks:,} results of tasks and ansible-core {release.__version__}.",
            *(
                []
                if runs == PLANNED
                else [f"The search had a limit of time, and made the first {runs} of {PLANNED} runs."]
            ),
            "",
            INTRODUCTION,
            "| callback, way | runs | results of tasks | files and outputs | kB | processes | hits |",
            "|---|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
        )
    )


def main() -> int:
    """Run the matrix and write the page. Returns 1 if there is a hit."""
    parser = argparse.ArgumentParser(prog="tests.leaks", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1440, help="begin no run later than this")
    totals = measure(time.monotonic() + parser.parse_args().minutes * 60)
    text = page(totals)
    PAGE.write_text(text)
    print(text)
    hits = [hit for total in totals.values() for hit in total.hits]
    print(*hits, sep="\n", file=sys.stderr)
    return int(bool(hits))


if __name__ == "__main__":
    sys.exit(main())
