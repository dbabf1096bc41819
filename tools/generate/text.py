# SPDX-License-Identifier: GPL-3.0-or-later
"""The paths, the documentation, and the formats that the views share."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".collections"))
UTILS = "ansible_collections.nasops.truenas.plugins.module_utils"


LICENSE = "# SPDX-License-Identifier: GPL-3.0-or-later"
FROM_MODELS = f"""{LICENSE}
# Generated from the provider models by tools/generate: change the models, then run `make generate`.
"""
FROM_MODULES = f"""{LICENSE}
# Generated from the modules' documentation by tools/generate: change the documentation, then run `make generate`.
"""

MARKED = re.compile(
    r"^(?P<begin>(?P<indent> *)(?:#|<!--) generated: begin (?P<name>\w+)(?: -->)?\n).*?^(?P<end> *(?:#|<!--) generated: end)",
    re.MULTILINE | re.DOTALL,
)
"""A generated part of a file that is otherwise written by hand, between two comments of YAML or Markdown."""


def filled(text: str, part: Callable[[str], str]) -> str:
    """Return a file with each generated part up to date: `part(name)`, indented like its comments."""
    return MARKED.sub(lambda old: old["begin"] + textwrap.indent(part(old["name"]), old["indent"]) + old["end"], text)


@cache
def documented(path: str, name: str) -> dict[str, Any]:
    """Return the options in the documentation that a file assigns to that name. Callers share them and must not change them."""
    [documentation] = [
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    options: dict[str, Any] = yaml.safe_load(documentation).get("options", {})
    return options


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Indented(_Plain):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


def as_yaml(content: dict[str, Any], indent_lists: bool = False) -> str:
    """Return content as YAML without anchors."""
    dumper = _Indented if indent_lists else _Plain
    return yaml.dump(content, Dumper=dumper, sort_keys=False, width=100 if indent_lists else 110, allow_unicode=True)


def version_text(version: tuple[int, ...]) -> str:
    """Return a version of TrueNAS as text."""
    shown: str = importlib.import_module(f"{UTILS}.versions").show(version)
    return shown


def default_text(option: Any) -> str:
    """Return the default of a field in Markdown."""
    word = option.to_option(option.default)
    if word is None:
        return "null"
    return "empty" if word == "" else f"`{str(word).lower() if isinstance(word, bool) else word}`"


def formatted(text: str, path: str) -> str:
    """Return Python text as ruff formats it."""
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "format", "--stdin-filename", path, "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout
