# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of every unit test."""

from __future__ import annotations

import pytest
from hypothesis import settings

from ansible_collections.nasops.truenas.plugins.module_utils.nas import client

# A busy machine makes examples late, and not wrong.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")


@pytest.fixture(autouse=True, scope="session")
def _settles_at_once() -> None:
    """Nobody waits for a NAS in this process, which finishes each call before the next one."""
    client.SETTLED_AFTER = 0
