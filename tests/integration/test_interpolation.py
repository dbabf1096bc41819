# SPDX-License-Identifier: GPL-3.0-or-later
"""Real rclone reads a value with a reference otherwise than it is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ansible_collections.nasops.truenas.plugins.module_utils.interpolation import fields_with_reference
from tests.simulator.rclone import options as nas_options
from tests.simulator.rclone import render

RCLONE = Path(sys.executable).parent / "rclone"


def test_real_rclone_reads_the_file_of_the_nas_otherwise_where_it_is_refused(tmp_path: Path) -> None:
    stored = {
        "type": "S3",
        "access_key_id": "ab%(cd)sef",
        "secret_access_key": "%(access_key_id)s",
        "endpoint": "https://h.example/",
        "region": "x%(type)s",
        "skip_region": False,
        "signatures_v2": False,
        "max_upload_parts": 10000,
        "provider": "Other",
    }
    (tmp_path / "rclone.conf").write_text(render(nas_options(stored)))
    command = [str(RCLONE), "--config", str(tmp_path / "rclone.conf"), "config", "dump"]
    read = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["remote"]
    assert (read["access_key_id"], read["secret_access_key"], read["region"]) == ("abef", "abef", "xs3")
    changed = {name for name, value in stored.items() if name in read and name != "type" and read[name] != str(value)}
    assert changed == {*fields_with_reference(stored)} | {"skip_region", "signatures_v2"} & changed
