# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment, as far as it goes without a container engine: its build context."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from tests.integration.running import ROOT

BUILDER = str(Path(sys.executable).with_name("ansible-builder"))


def test_a_build_context_is_made(tmp_path: Path) -> None:
    done = subprocess.run(
        [BUILDER, "create", "--file", str(ROOT / "execution-environment.yml"), "--context", str(tmp_path), "-v", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    container = next(path for path in tmp_path.iterdir() if path.name in ("Containerfile", "Dockerfile"))
    assert "ansible-galaxy collection install" in container.read_text()
    galaxy = yaml.safe_load((tmp_path / "_build/requirements.yml").read_text())
    assert galaxy == {"collections": [{"name": "nasops.truenas"}]}
    python = (tmp_path / "_build/requirements.txt").read_text()
    assert python == (ROOT / "requirements-verify.txt").read_text()


def test_the_collection_tells_the_builder_what_it_needs() -> None:
    script = "from ansible_builder._target_scripts import introspect; print(introspect.process_collection({!r}))"
    done = subprocess.run([sys.executable, "-c", script.format(str(ROOT))], capture_output=True, text=True, check=True)
    assert "pydantic>=2.10" in done.stdout
    assert "websocket-client>=1.8" in done.stdout
