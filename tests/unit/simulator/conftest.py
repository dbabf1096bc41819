# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulators to test against; most tests share one and make names of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator import Simulator
from tests.unit.simulator.wire import Wire


@pytest.fixture(scope="session")
def nas() -> Iterator[Simulator]:
    """A 26.0 without a limit on logins."""
    with Simulator(version="26.0.0", login_limit=0) as running:
        yield running


@pytest.fixture(scope="session")
def newest() -> Iterator[Simulator]:
    """A 27.0, which serves every older path too."""
    with Simulator(version="27.0.0", login_limit=0) as running:
        yield running


@pytest.fixture(scope="session")
def previous() -> Iterator[Simulator]:
    """A 25.10, the last before SCRAM."""
    with Simulator(version="25.10.0", login_limit=0) as running:
        yield running


@pytest.fixture
def admin(nas: Simulator) -> Iterator[Wire]:
    """A connection that may do everything."""
    with Wire(nas) as wire:
        yield wire.login()


@pytest.fixture
def reader(nas: Simulator) -> Iterator[Wire]:
    """A connection with the read roles."""
    with Wire(nas) as wire:
        yield wire.login(read_only=True)
