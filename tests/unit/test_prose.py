# SPDX-License-Identifier: GPL-3.0-or-later
"""The English that people read. Each habit has a number of uses that remain in a group of files, which can only fall."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HABITS = {
    "tell, say": r"\b(?:tells?|says?|said|told)\b",
    "may": r"\bmay\b",
    "What as a subject": r"(?:^|[.;:(|] )What (?!to )(?:\w+ ){0,6}\w+",
    "is to be": r"\b(?:is|are) to be \w+|\b(?:is|has|have) to go\b|\bthat goes\b(?! past)",
    "is no": r"\b(?:is|are) no (?!longer|more|need|way|such)[a-z]+",
    "is there": r"\bfor there\b|\b(?:is|are) not there\b|\bthat (?:is|are) there\b",
    "words to avoid": r"\b(?:anew|gravest|graver|beside|(?<!-)blanks?|mend(?:s|ed|ing)?)\b|\bas ever\b|\ball the same\b",
    "what came of": r"\bwhat (?:came|comes|became|becomes) of\b",
    "who": r"(?:^|[.;:] )Who (?:may|has|can|asks|tries)\b|\bwhoever\b",
    "the NAS does": r"\b[Hh]as the NAS \w+|\bHave the NAS\b",
}

GROUPS = {
    "docs": [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CODE_OF_CONDUCT.md",
        "docs/*.md",
        "docs/decisions/*.md",
        "roles/*/README.md",
        "findings/README.md",
    ],
    "ansible-doc": [
        "plugins/modules/*.py",
        "plugins/doc_fragments/*.py",
        "plugins/filter/*.py",
        "plugins/lookup/*.py",
        "plugins/connection/*.py",
    ],
    "roles": ["roles/**/*.yml", "playbooks/*.yml"],
    "code": ["plugins/module_utils/**/*.py", "plugins/plugin_utils/**/*.py", "plugins/action/*.py", "tools/**/*.py"],
}

REMAINING = {
    # The name of a test case.
    ("docs", "is no"): 2,
    # The month.
    ("code", "may"): 1,
}
"""Uses that are left, by group and habit. Write the new number here when you remove one."""


def prose(path: Path) -> Iterator[str]:
    """Yield the lines of a file that people read: all, or those of strings and comments of Python."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from text.splitlines()
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (
            tokenize.STRING,
            tokenize.COMMENT,
            tokenize.FSTRING_MIDDLE if hasattr(tokenize, "FSTRING_MIDDLE") else -1,
        ):
            yield from token.string.splitlines()


def uses(group: str, habit: str) -> list[str]:
    """Return the lines of a group with a habit, once for each use."""
    pattern = re.compile(HABITS[habit])
    files = sorted({path for glob in GROUPS[group] for path in ROOT.glob(glob)})
    assert files
    return [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in files
        for line in prose(path)
        for _use in pattern.findall(line)
    ]


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("group", GROUPS)
def test_a_habit_only_gets_rarer(group: str, habit: str) -> None:
    found = uses(group, habit)
    assert len(found) <= REMAINING.get((group, habit), 0), "\n".join(found)
    assert len(found) == REMAINING.get((group, habit), 0), (
        f"Only {len(found)} are left: write this number into REMAINING."
    )
