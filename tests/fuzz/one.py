# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one target under atheris: `python -m tests.fuzz.one TARGET [options and folders of libFuzzer]`."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2] / ".collections"))
with atheris.instrument_imports(include=["ansible_collections.nasops.truenas"]):
    from tests.fuzz.targets import TARGETS, run

if __name__ == "__main__":
    name = sys.argv.pop(1)
    chosen = TARGETS[name]
    # libFuzzer starts itself again to minimize a corpus, with a shell.
    sys.argv[0] = f"{sys.executable} -m tests.fuzz.one {name}"
    atheris.Setup(sys.argv, lambda data: run(chosen, data))
    atheris.Fuzz()
