# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of every unit test."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import settings

from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis import causes
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Aim, ProbeRefused
from ansible_collections.nasops.truenas.plugins.module_utils.nas import lasting_session
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tests.unit.verifications import SECRET

# A busy machine makes examples late, and not wrong.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")


@pytest.fixture(autouse=True, scope="session")
def _settles_at_once() -> None:
    """Nobody waits for a NAS in this process, which finishes each call before the next one."""
    lasting_session.SETTLED_AFTER = 0


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Mapping[str, Any], Aim]]:
    """What B2's probe, replaced by one that refuses the account `wrong`, was asked."""
    asked: list[tuple[Mapping[str, Any], Aim]] = []

    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        asked.append((wire, aim))
        if wire["account"] == "slow":
            time.sleep(0.6)
        if wire["account"] == "wrong":
            raise ProbeRefused(f"401 for {SECRET}", causes.WRONG_LOGIN)
        if wire["account"] == "odd":
            raise RuntimeError(SECRET)

    monkeypatch.setattr(PROVIDERS["b2"], "probe", staticmethod(probe))
    return asked
