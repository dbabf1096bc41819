# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a folder to run playbooks in, simulated NAS, and real storage servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.running import Ansible
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
def lab() -> Iterator[Lab]:
    """Real storage servers."""
    with Lab() as servers:
        yield servers
