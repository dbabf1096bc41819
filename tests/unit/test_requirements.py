# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions that are too old are named with what is needed and what was found, in one message; stand-ins take their place."""

from __future__ import annotations

import ast
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import _python, requirements
from ansible_collections.nasops.truenas.plugins.module_utils.errors import Unsuitable
from tests.unit.tasks import in_the_worker
from tests.unit.test_mistyped_both_ways import LOGIN

ROOT = Path(__file__).parents[2]
RUN = """
import json, sys
from ansible.module_utils.testing import patch_module_args
from ansible_collections.nasops.truenas.plugins.modules import cloud_credential_info
with patch_module_args(json.loads(sys.argv[1])):
    cloud_credential_info.main()
"""
PYDANTIC = "pydantic 2.10 or newer"
WEBSOCKET = "websocket-client 1.8 or newer"
OLD_PYDANTIC = "class BaseModel: pass\nclass ValidationError(ValueError): pass\ndef Field(*a, **k): pass\n"

CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "pydantic 1": ({"pydantic": f"{OLD_PYDANTIC}VERSION = '1.10.17'"}, [f"{PYDANTIC} (found 1.10.17)"]),
    "pydantic 2.9": ({"pydantic": f"{OLD_PYDANTIC}VERSION = '2.9.2'"}, [f"{PYDANTIC} (found 2.9.2)"]),
    "no pydantic": ({"pydantic": "raise ImportError"}, [f"{PYDANTIC} (found none)"]),
    "an old websocket-client": ({"websocket": "__version__ = '1.7.0'"}, [f"{WEBSOCKET} (found 1.7.0)"]),
    "another websocket": ({"websocket": "class WebSocketServer: pass"}, [f"{WEBSOCKET} (found none)"]),
    "both": (
        {"pydantic": f"{OLD_PYDANTIC}VERSION = '1.8'", "websocket": "raise ImportError"},
        [f"{PYDANTIC} (found 1.8)", f"{WEBSOCKET} (found none)"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_library_that_is_too_old_is_named_with_the_version_found(case: str, tmp_path: Path) -> None:
    stand_ins, needs = CASES[case]
    for name, text in stand_ins.items():
        (tmp_path / f"{name}.py").write_text(text)
    path = os.pathsep.join([str(tmp_path), str(ROOT / ".collections")])
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps({**LOGIN, "name": 5})],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    result = json.loads(done.stdout)
    assert result["failed"]
    assert f"needs {', '.join(needs)}. " in result["msg"]
    assert "hush" not in done.stdout + done.stderr


def test_an_old_python_and_an_old_ansible_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_python, "OLDEST", (4, 0))
    with pytest.raises(Unsuitable, match=f"needs Python 3.11 or newer .found {platform.python_version()}, /"):
        requirements.require()


def test_a_python_that_cannot_import_the_rest_is_named_without_a_secret() -> None:
    as_if_old = """
import importlib, json, sys
from ansible.module_utils.testing import patch_module_args
from ansible_collections.nasops.truenas.plugins.module_utils import errors
sys.version_info = (3, 8, 18, "final", 0)
with patch_module_args(json.loads(sys.argv[1])):
    importlib.import_module("ansible_collections.nasops.truenas.plugins.modules.cloud_credential")
"""
    done = subprocess.run(
        [sys.executable, "-c", as_if_old, json.dumps({**LOGIN, "name": 5})],
        env={**os.environ, "PYTHONPATH": str(ROOT / ".collections")},
        capture_output=True,
        text=True,
        check=False,
    )
    result = json.loads(done.stdout)
    assert result["failed"]
    assert f"needs Python 3.11 or newer (found {platform.python_version()}, " in result["msg"]
    assert "hush" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("version", "is_new"), [("2.18.6", False), ("2.19.0", True), ("2.22.0rc1", True), ("2.9.27", False)]
)
def test_an_old_ansible_is_named(version: str, is_new: bool) -> None:
    needs = [] if is_new else [f"ansible-core 2.19 or newer (found {version})"]
    assert requirements.of_ansible(version) == needs


def test_the_worker_names_an_old_ansible_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "ANSIBLE_CORE", (9, 0))
    result = in_the_worker("cloud_credential", {"name": 5})
    assert result["failed"]
    assert "ansible-core 2.19 or newer (found " in result["msg"]


@pytest.mark.parametrize("path", sorted((ROOT / "plugins/module_utils").rglob("*.py")), ids=lambda path: path.name)
def test_an_old_python_can_read_each_file_to_say_that_it_is_old(path: Path) -> None:
    ast.parse(path.read_text(), feature_version=(3, 9))
