# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a folder to run playbooks in, simulated NAS, and real storage servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.prepared_python import PreparedPython
from tests.integration.rack import Rack, until
from tests.integration.running import Ansible, prepared
from tests.lab import Lab
from tests.lab.http import Http
from tests.lab.nas_shell import NasShell
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


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The URL of a web server, with the user and the password that it wants."""
    with Http() as server:
        yield server.options["url"]


@pytest.fixture(scope="session")
def shell() -> Iterator[NasShell]:
    """The sshd of all NAS systems."""
    with NasShell() as server:
        yield server


@pytest.fixture
def rack(shell: NasShell, tmp_path: Path) -> Iterator[Rack]:
    """A rack whose NAS systems have to be clean in the end."""
    rack = Rack(shell, tmp_path / "ansible")
    yield rack
    until(lambda: shell.processes() == [])
    assert shell.left() == []
