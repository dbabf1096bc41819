# SPDX-License-Identifier: GPL-3.0-or-later
"""Results that an interrupted run has left, for the next run to continue. They are those of the committed code only."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from tests.sanity import git

from .cells import Outcome, Result
from .environments import FOLDER, ROOT
from .sanity import Sanity

CODE = ("plugins", "tests/matrix", "tests/simulator", "requirements.txt", "requirements-verify.txt")


def revision() -> str:
    """Return what identifies the code that the results depend on, as it is committed."""
    return git(ROOT, "rev-parse", *(f"HEAD:{path}" for path in CODE)).replace("\n", " ").strip()


def store(name: str, result: Result | Sanity) -> None:
    """Keep a result under a name."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps({"revision": revision(), "result": asdict(result)}))


def _load(name: str) -> dict[str, Any] | None:
    file = FOLDER / f"{name}.json"
    if not file.exists():
        return None
    document = json.loads(file.read_text())
    return dict(document["result"]) if document["revision"] == revision() else None


def cell(name: str) -> Result | None:
    """Return the result of a cell, or None if none is kept of this code."""
    found = _load(name)
    return None if found is None else Result(**{**found, "outcome": Outcome(found["outcome"])})


def sanity(name: str) -> Sanity | None:
    """Return the result of ansible-test, or None if none is kept of this code."""
    found = _load(name)
    return None if found is None else Sanity(**found)
