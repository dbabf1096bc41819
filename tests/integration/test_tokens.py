# SPDX-License-Identifier: GPL-3.0-or-later
"""Real rclone reads and refuses the same tokens as the collection (tests/unit/test_tokens.py)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tests.unit.test_tokens import TIMES_READ, TIMES_REFUSED, TOKENS_READ, TOKENS_REFUSED, with_expiry

RCLONE = Path(sys.executable).parent / "rclone"


def complains(folder: Path, token: str, *command: str) -> bool:
    """Tell whether rclone cannot read the token; a network does not exist for it."""
    config = folder / "rclone.conf"
    config.write_text(f"[box]\ntype = box\ntoken = {token}\n")
    environment = {"HOME": str(folder), "PATH": os.defpath, "HTTPS_PROXY": "http://127.0.0.1:9"}
    once = ("--retries", "1", "--low-level-retries", "1", "--config", str(config))
    done = subprocess.run(
        [str(RCLONE), *command, "box:", *once], env=environment, capture_output=True, text=True, check=False
    )
    read = done.returncode == 0 or "connection refused" in done.stderr
    error_line = "failed to configure" in done.stderr or "there's no refresh token" in done.stderr
    assert read is not error_line, done.stderr
    return error_line


@pytest.mark.parametrize("expiry", [*TIMES_READ, *TIMES_REFUSED], ids=json.dumps)
def test_an_expiry_is_read_exactly_where_rclone_reads_it(expiry: Any, tmp_path: Path) -> None:
    # Making the remote reads the token and asks for nothing.
    refused = complains(tmp_path, with_expiry(expiry), "backend", "features")
    assert refused is (expiry in TIMES_REFUSED and expiry is not None)


@pytest.mark.parametrize("token", [*TOKENS_READ, *TOKENS_REFUSED])
def test_a_token_is_read_exactly_where_rclone_reads_it(token: str, tmp_path: Path) -> None:
    # Only a request shows that a token without access_token is of no use.
    assert complains(tmp_path, token, "lsjson") is (token in TOKENS_REFUSED)


def test_rclone_makes_the_same_token_of_an_access_token_alone(tmp_path: Path) -> None:
    config = tmp_path / "rclone.conf"
    config.write_text("[d]\ntype = dropbox\ntoken = abc.1\n")
    environment = {"HOME": str(tmp_path), "PATH": os.defpath}
    command = [str(RCLONE), "--config", str(config), "backend", "features", "d:"]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    [line] = [line for line in config.read_text().splitlines() if line.startswith("token")]
    made = PROVIDERS["dropbox"].parse({"token": "abc.1"})[0]["token"]
    assert json.loads(line.partition("=")[2]) == json.loads(str(made))
