# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every operation under every fault, kills playbooks, lets controllers race, and writes docs/faults.md."""

from __future__ import annotations

import argparse
import sys
import time

from . import crowd, kills, matrix, page, soak


def main() -> int:
    """Return 1 if a rule is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--timeout", type=float, default=15, help="of the tasks in the matrix, in seconds (15)")
    timeout = parser.parse_args().timeout
    begun = time.monotonic()
    cells = matrix.cells(timeout)
    broken = [f"{cell.operation.name}, {cell.fault.name}: {problem}" for cell in cells for problem in cell.problems]
    sections = [*kills.section(broken), *crowd.section(broken), *soak.kept_section()]
    page.write(cells, timeout, begun, sections)
    for line in broken:
        print(line)
    print(f"{len(cells)} cells, {len(broken)} broken rules")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
