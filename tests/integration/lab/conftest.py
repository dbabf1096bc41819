# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone as the client of the lab."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(sys.executable).parent / "rclone"
BACKENDS = {
    "s3": {"type": "s3", "provider": "Other"},
    "storj_ix": {"type": "s3", "provider": "Other"},
    "sftp": {"type": "sftp"},
    "ftp": {"type": "ftp"},
    "webdav": {"type": "webdav"},
    "http": {"type": "http"},
    "azureblob": {"type": "azureblob"},
    "ftps": {"type": "ftp"},
}

Done = subprocess.CompletedProcess[str]
Rclone = Callable[..., Done]


@pytest.fixture
def rclone(tmp_path: Path) -> Rclone:
    """Run rclone on a remote that a provider's options describe, in a world of its own."""
    config = tmp_path / "rclone.conf"
    env = {"PATH": os.defpath, "HOME": str(tmp_path), "RCLONE_CONFIG": str(config), "RCLONE_RETRIES": "1"}

    def run(*arguments: str, text: str | None = None) -> Done:
        command = [str(PROGRAM), *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, env=env, timeout=20, check=False)

    def call(key: str, options: Mapping[str, Any], *arguments: str, text: str | None = None) -> Done:
        section = {name: str(value) for name, value in {**BACKENDS[key], **options}.items()}
        if "pass" in section:
            section["pass"] = run("obscure", section["pass"]).stdout.strip()
        if "vendor" in section:
            section["vendor"] = section["vendor"].lower()
        file = configparser.ConfigParser(interpolation=None)
        file["remote"] = section
        with config.open("w") as stream:
            file.write(stream)
        return run(*arguments, text=text)

    return call
