# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure proofs of one and of 20 tasks, and write the table of docs/protected_backups.md: `make bench-proofs`.

A proxy in front of an S3 server answers each request after a delay, as a provider does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.integration.test_backup_proof import CRYPT, Store, backup, nas, prove, push
from tests.lab import Lab
from tests.lab.journal import Journal
from tools.generate.text import filled

PAGE = Path(__file__).parents[2] / "docs/protected_backups.md"
MANY = 20
DELAYS = (0.0, 0.1, 0.3, 1.0)
KINDS = ("cloud sync", "cloud sync, encrypted", "cloud backup")


def main() -> int:
    """Measure, print the table, and write it to the page."""
    load = os.getloadavg()[0]
    with TemporaryDirectory() as folder, Lab(["s3"]) as lab:
        journal = Journal(lab.s3.host, lab.s3.port)
        with journal.running():
            store = Store(lab, journal, Path(folder))
            store.fill()
            rows = [*_rows(store)]
    head = f"| task, answer of the provider after | 1 task | {MANY} tasks | ratio | processor time of a task |\n{'|---' * 5}|\n"
    cores = len(os.sched_getaffinity(0))
    note = (
        f"\nMeasured by `make bench-proofs` on {cores} cores with three files for each task. The load average before the "
        f"measurement was {load:.1f}.\n"
    )
    table = head + "".join(rows) + note
    print(table)
    PAGE.write_text(filled(PAGE.read_text(), lambda name: table))
    return 0


def _rows(store: Store) -> Iterator[str]:
    for kind in KINDS:
        for delay in DELAYS:
            store.journal.delay = delay
            one, _processor = _measure(store, kind, 1)
            many, processor = _measure(store, kind, MANY)
            yield f"| {kind}, {delay:g} s | {one:.1f} s | {many:.1f} s | {many / one:.1f} | {processor / MANY:.2f} s |\n"


def _measure(store: Store, kind: str, count: int) -> tuple[float, float]:
    """Return the seconds and the processor time of the proof of equal tasks."""
    box = _box(store, kind, count)
    began, before = time.monotonic(), _processor_time()
    result = prove(box)
    if result["counts"]["proven"] != count:
        raise SystemExit(f"not proven: {result}")
    return time.monotonic() - began, _processor_time() - before


def _box(store: Store, kind: str, count: int) -> Any:
    names = [f"task {number}" for number in range(count)]
    if kind == "cloud backup":
        return nas(store, [], [backup("backup", description=name) for name in names])
    if kind == "cloud sync":
        return nas(store, [push("plain", description=name) for name in names])
    return nas(store, [push("crypt", description=name, **CRYPT) for name in names])


def _processor_time() -> float:
    """Return the processor time of this process and of its children that have ended, in seconds."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    sys.exit(main())
