# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs that were found so far: a file for each target, with an input in base64 on each line.

As text, they pass the checks of ansible-test, which reads every file of a collection.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def read(target: str) -> list[bytes]:
    """Return the inputs of a target."""
    file = FOLDER / f"{target}.txt"
    return [base64.b64decode(line) for line in file.read_text(encoding="ascii").splitlines()] if file.exists() else []


def write(target: str, inputs: Iterable[bytes]) -> None:
    """Put these inputs in place of those of a target."""
    lines = sorted(base64.b64encode(data).decode() for data in inputs)
    (FOLDER / f"{target}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
