# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that people read: the blocks of code in pages, EXAMPLES of plugins, and files; and which test runs each.

A block that cannot run has a comment before it: `<!-- not run: REASON -->` in a page, `# not run: REASON` in EXAMPLES.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]

PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md", "roles/*/README.md")
PLUGINS = ("plugins/modules/*.py", "plugins/*/*.py")
FILES = ("playbooks/**/*.yml", "examples/**/*.yml")

ALL = "tests/integration/test_examples.py"
"""Runs tasks on simulated NAS systems, and applies variables with the roles."""

EACH_KIND = {
    **dict.fromkeys(("tasks", "playbook", "variables"), ALL),
    **dict.fromkeys(("inventory", "ini", "console"), "tests/unit/test_example_blocks.py"),
}
"""The test that runs a block of a kind, unless `ELSEWHERE` has another one."""

SHOWN = ("json", "text", "markdown")
"""The languages of output, which nobody runs."""

ELSEWHERE = {
    "README.md": "tests/integration/test_readme.py",
    "CONTRIBUTING.md": "tests/unit/test_extending.py",
    "docs/cloud_tasks.md: nas_*": "tests/unit/test_task_page.py",
    "docs/gitops.md": "tests/integration/test_gitops.py",
    "docs/oauth.md": "tests/integration/test_oauth.py",
    "docs/over_ssh.md": "tests/integration/test_ssh_fleet.py",
    "docs/protected_backups.md": "tests/integration/test_protected_backups_page.py",
    "docs/providers/*": "tests/unit/test_provider_pages.py",
    "docs/quick_start.md": "tests/integration/test_quick_start.py",
    "docs/ssh_keypairs.md: Generate a keypair on the NAS": "tests/integration/test_keypairs.py",
    "examples/gitops/*": "tests/integration/test_gitops.py",
    "playbooks/audit.yml": "tests/integration/test_audit.py",
    "playbooks/export.yml": "tests/integration/test_export.py",
    "playbooks/precompute_key.yml": "tests/integration/test_precomputed_key.py",
    "playbooks/provision.yml": "tests/integration/test_roles.py",
    "playbooks/rotate.yml": "tests/integration/test_rotation.py",
}
"""Which other test runs what: by the file, or the file and the name of the block, either as a pattern."""

_FENCE = re.compile(r"^( *)(`{3,})(\w*)\n(.*?)^ *\2$", re.MULTILINE | re.DOTALL)
_MARKER = re.compile(r"(?:<!-- not run: (?P<page>[^\n]+?) -->|^# not run: (?P<yaml>[^\n]+))\s*\Z", re.MULTILINE)


class _Loader(yaml.SafeLoader):
    """Reads a value with a tag of Ansible as text."""


for _tag in ("!vault", "!unsafe"):
    _Loader.add_constructor(_tag, lambda loader, node: str(node.value))


@dataclass(frozen=True)
class Example:
    """A block of a file, with the reason why it cannot run, if it has one."""

    file: str
    line: int
    language: str
    text: str
    reason: str | None = None

    @cached_property
    def content(self) -> Any:
        """The block as YAML."""
        return yaml.load(self.text, Loader=_Loader)

    @cached_property
    def kind(self) -> str:
        """The kind of the block: a playbook, tasks, variables, an inventory, ..., or the language of its fence."""
        if self.language != "yaml":
            return self.language
        if isinstance(self.content, list):
            return "playbook" if any("hosts" in play or "import_playbook" in play for play in self.content) else "tasks"
        if any(isinstance(value, dict) and "hosts" in value for value in self.content.values()):
            return "inventory"
        return "requirements" if "collections" in self.content else "variables"

    @cached_property
    def name(self) -> str:
        """The name of the first play or task, or the first key."""
        if self.language != "yaml":
            return self.text.split("\n")[0]
        if isinstance(self.content, dict):
            return str(next(iter(self.content), ""))
        return str(self.content[0].get("name") or next(iter(self.content[0])))

    @property
    def place(self) -> str:
        """The file and line, for messages."""
        return f"{self.file}:{self.line}"

    @cached_property
    def runner(self) -> str | None:
        """The test that runs the block, or None if nobody does."""
        named = [test for place, test in ELSEWHERE.items() if fnmatch(f"{self.file}: {self.name}", f"{place}*")]
        if named:
            return named[0]
        return EACH_KIND.get(self.kind)


def _reason(before: str) -> str | None:
    found = _MARKER.search(before)
    return (found["page"] or found["yaml"]) if found else None


def of_page(path: Path, root: Path = ROOT) -> Iterator[Example]:
    """Yield the blocks of a page."""
    text = path.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        before = text[: found.start()]
        body = re.sub(rf"^{found[1]}", "", found[4], flags=re.MULTILINE)
        yield Example(str(path.relative_to(root)), before.count("\n") + 1, found[3], body, _reason(before))


def of_plugin(path: Path, root: Path = ROOT) -> Iterator[Example]:
    """Yield the EXAMPLES of a plugin."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            text = ast.literal_eval(node.value)
            reason = _reason(text[: text.find("- name")])
            yield Example(str(path.relative_to(root)), node.lineno, "yaml", text, reason)


def of_file(path: Path) -> Example:
    """Return a file as a block."""
    text = path.read_text(encoding="utf-8")
    return Example(str(path.relative_to(ROOT)), 1, "yaml", text, _reason(text[: text.find("---")]))


def examples() -> list[Example]:
    """Return every example."""
    pages = sorted({path for glob in PAGES for path in ROOT.glob(glob)})
    plugins = sorted({path for glob in PLUGINS for path in ROOT.glob(glob)})
    files = sorted({path for glob in FILES for path in ROOT.glob(glob)})
    found = [
        *(block for path in pages for block in of_page(path)),
        *(block for path in plugins for block in of_plugin(path)),
        *(of_file(path) for path in files),
    ]
    return [example for example in found if example.language not in SHOWN]
