# SPDX-License-Identifier: GPL-3.0-or-later
"""The detector of leaks finds a planted secret in every form, and the watcher one that is there for a moment only."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.integration.running import BASE64_CANARY, CANARY, refuse_hits, secret
from tests.leaks.detector import Detector
from tests.leaks.watch import Watch

DETECTOR = Detector([CANARY, BASE64_CANARY])
FORMS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "Python": repr,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 with a user": lambda text: base64.b64encode(f"u:{text}".encode()).decode(),
    "base64 with a longer user": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "URL": lambda text: quote(text, safe=""),
    "query of a URL": quote_plus,
    "URL in small letters": lambda text: quote(text, safe="").lower(),
    "all of a URL": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
}


@pytest.mark.parametrize("planted", [secret(1), f"{BASE64_CANARY}1"])
@pytest.mark.parametrize("form", FORMS)
def test_a_planted_secret_is_found_in_every_form(form: str, planted: str) -> None:
    text = f"some text {FORMS[form](planted)} and more"
    with pytest.raises(AssertionError, match="is in the log") as failed:
        refuse_hits(DETECTOR, text.encode(), "the log")
    assert not DETECTOR.hits(str(failed.value).encode())


def test_what_is_no_secret_is_not_found() -> None:
    assert not DETECTOR.hits(b"hush canary ******** aHVzaCBjYW5hcnk= hush%20canary")


def test_a_text_that_occurs_by_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="too short to look for"):
        Detector(["admin"])


@pytest.mark.parametrize("where", ["cmdline", "environ", "file"])
def test_the_watcher_finds_a_planted_secret(where: str, tmp_path: Path) -> None:
    environment = {**os.environ, "ANSIBLE_LOCAL_TEMP": f"{tmp_path}/local"}
    arguments = [f"--password={CANARY}"] if where == "cmdline" else []
    if where == "environ":
        environment["PASSWORD"] = CANARY
    file = tmp_path / "local/task/options"
    file.parent.mkdir(parents=True)
    with Watch(tmp_path, DETECTOR, modules=True, environment=False) as watch:
        program = [sys.executable, "-c", "import sys; sys.stdin.read()", *arguments]
        with subprocess.Popen(program, env=environment, stdin=subprocess.PIPE):
            if where == "file":
                file.write_text(f"password: {CANARY}")
            deadline = time.monotonic() + 20
            while not (watch.seen.leaks and watch.seen.processes) and time.monotonic() < deadline:
                time.sleep(0.01)
    file.unlink(missing_ok=True)
    expected = "temporary file local/task/options" if where == "file" else f"{where} of python"
    assert any(leak.startswith(f"raw in {expected}") for leak in watch.seen.leaks), watch.seen


@pytest.mark.parametrize(
    ("name", "mode", "is_leak"),
    [
        ("remote/ansible-tmp-1/AnsiballZ_cloud_credential.py", 0o600, False),
        ("remote/ansible-tmp-1/AnsiballZ_cloud_credential.py", 0o644, True),
        ("local/ansible-local-1ab/tmpx_1", 0o600, False),
        ("local/ansible-local-1ab/other", 0o600, True),
    ],
)
def test_options_of_a_module_are_a_leak_where_others_can_read_them(
    name: str, mode: int, is_leak: bool, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True)
    file.parent.chmod(0o755)
    file.write_text(CANARY)
    file.chmod(mode)
    watch = Watch(tmp_path, DETECTOR, modules=True, environment=False)
    watch.look()
    assert bool(watch.seen.leaks) is is_leak
    in_the_worker = Watch(tmp_path, DETECTOR, modules=False, environment=False)
    in_the_worker.look()
    assert in_the_worker.seen.leaks
