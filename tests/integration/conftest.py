# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a folder to run playbooks in, simulated NAS, and real storage servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.prepared_python import PreparedPython
from tests.integration.running import Ansible, prepared
from tests.lab import Lab
from tests.simulator import Simulator


@pytest.fixture
def ansible(tmp_path: Path) -> Ansible:
    """Runs playbooks in a temporary folder."""
    return Ansible(tmp_path / "ansible")


@pytest.fixture
def nas() -> Iterator[Simulator]:
    """A NAS of the version that the collection is made for first."""
    with Simulator() as box:
        yield box


@pytest.fixture(scope="session")
def python() -> Iterator[PreparedPython]:
    """A Python for modules whose start is not what a test is about."""
    with PreparedPython() as prepared:
        yield prepared


@pytest.fixture(params=["here", "in a process"])
def way(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The keywords of a task that runs in Ansible's worker process, and of one that runs as a module."""
    return {} if request.param == "here" else prepared(request.getfixturevalue("python"))


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Real storage servers."""
    with Lab() as servers:
        yield servers
