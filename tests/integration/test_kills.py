# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 leaves nothing behind, and the next run finishes the work. `make faults` kills at every point."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.kills import Point, kill_at
from tests.faults.world import Loop, without_programs

CREATE = "cloudsync.credentials.create"


@pytest.mark.parametrize(
    "point",
    [
        Point("login", "auth.login_ex", 2),
        Point("create, carried out", CREATE, whom="main"),
        Point("create, not carried out", CREATE, carried_out=False, is_shared=False),
    ],
    ids=lambda point: point.step,
)
def test_nothing_is_left_after_a_kill_and_a_rerun_converges(tmp_path: Path, point: Point) -> None:
    with Loop() as loop, without_programs():
        assert not kill_at(loop, point, tmp_path.resolve()).problems
