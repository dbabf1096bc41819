# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the variables that roles and playbooks use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from .text import LICENSE, ROOT

NAME = re.compile(r"\bnas_[a-z0-9_]+")


def names() -> str:
    """Return the file with the names in the YAML of all roles and playbooks."""
    public = _names([*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "roles").glob("*/meta/argument_specs.yml")])
    internal = _names((ROOT / "roles").glob("*/*/*.yml")) - public
    return f'''{LICENSE}
# Generated from roles and playbooks by tools/generate: change them, then run `make generate`.
"""The names of the variables that the roles and playbooks of this collection use."""

from __future__ import annotations

PUBLIC = frozenset({sorted(public)!r})
"""The variables that an inventory sets."""

INTERNAL = frozenset({sorted(internal)!r})
"""The variables that roles set themselves."""
'''


def _names(files: Iterable[Path]) -> set[str]:
    return {name for file in files for name in NAME.findall(file.read_text())}
