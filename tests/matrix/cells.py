# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of the support matrix, and the meaning of a result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from packaging.specifiers import SpecifierSet
from packaging.version import Version

CORES = ("2.19.14", "2.20.10", "2.21.5", "2.22.0rc1")
"""Versions of ansible-core: the newest patch release of each minor version, or its newest pre-release."""
PYTHONS = ("3.11", "3.12", "3.13")
SERVERS = ("13.3", "24.04.2", "24.10.2", "25.04.2", "25.10.0", "26.0.0", "27.0.0")
"""Versions of TrueNAS that the simulated NAS has facts about."""


class Libraries(StrEnum):
    """Which versions of the runtime dependencies a cell has: the lower bounds of the requirement files, or the newest."""

    NEWEST = "newest"
    LOWEST = "lowest"


class Outcome(StrEnum):
    """How a cell ended, in the words of the page."""

    PASSED = "passed"
    FAILED = "failed"
    UNSUPPORTED = "not supported by this core"
    MISSING = "not available here"


@dataclass(frozen=True)
class Cell:
    """One ansible-core on one Python with one choice of libraries."""

    core: str
    python: str
    libraries: Libraries = Libraries.NEWEST

    @property
    def name(self) -> str:
        """The name of its folder, and on the command line."""
        return f"{self.core}-{self.python}-{self.libraries}"


@dataclass(frozen=True)
class Result:
    """How a cell ended. `versions` are the packages of its environment by name; `python` is the exact version."""

    outcome: Outcome
    date: str
    reason: str = ""
    python: str = ""
    seconds: float = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    verified: Collection[str] = field(default_factory=list)
    """The providers that the controller verified, one for each library."""


def cells() -> list[Cell]:
    """Return all cells: each core on each Python, and the lowest libraries with the oldest core on the outermost Pythons."""
    newest = [Cell(core, python) for core in CORES for python in PYTHONS]
    return [*newest, *(Cell(CORES[0], python, Libraries.LOWEST) for python in (PYTHONS[0], PYTHONS[-1]))]


def supports(requires_python: str, python: str) -> bool:
    """Return whether a core whose metadata has this `Requires-Python` runs on a minor version of Python."""
    return SpecifierSet(requires_python).contains(f"{python}.99")


def is_pre_release(core: str) -> bool:
    """Return whether this is a version that the project of ansible-core has not released yet."""
    return Version(core).is_prerelease


def failures(results: Mapping[Cell, Result], allowed_missing: Iterable[str]) -> list[str]:
    """Return a line for each cell that makes the run fail. A pre-release can fail; a missing Python has to be allowed."""
    allowed = {*allowed_missing}
    return [
        f"{cell.name}: {result.outcome}{': ' if result.reason else ''}{result.reason}"
        for cell, result in results.items()
        if (result.outcome is Outcome.FAILED and not is_pre_release(cell.core))
        or (result.outcome is Outcome.MISSING and cell.python not in allowed)
    ]
