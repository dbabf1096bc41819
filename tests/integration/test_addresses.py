# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's keys are refused exactly where real rclone does not decode them (tests/unit/test_addresses.py)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_addresses import KEYS

RCLONE = Path(sys.executable).parent / "rclone"


def rclone_decodes(key: str, folder: Path) -> bool:
    """Tell whether rclone gets a key out of the text; making the remote asks for nothing."""
    file = folder / "rclone.conf"
    file.write_text(f"[x]\ntype = azureblob\naccount = a\nkey = {key}\n")
    command = [str(RCLONE), "--config", str(file), "backend", "features", "x:"]
    environment = {"HOME": str(folder), "PATH": os.defpath}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "decode account key" in done.stderr, done.stderr
    return done.returncode == 0


@pytest.mark.parametrize(("key", "good"), KEYS)
def test_a_key_is_taken_exactly_where_rclone_decodes_it(key: str, good: bool, tmp_path: Path) -> None:
    assert rclone_decodes(key, tmp_path) is good
