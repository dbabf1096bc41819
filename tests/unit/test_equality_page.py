# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/equality.md names tests that exist, each in the file that the page gives."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/equality.md").read_text(encoding="utf-8")


def test_each_test_is_in_the_file_of_its_word() -> None:
    files = dict(re.findall(r"^\| (\w+) \| `(tests/[\w/]+\.py)` \|", PAGE, re.MULTILINE))
    cited = re.findall(r"(\w+): `(test_\w+)`", PAGE)
    assert {word for word, _name in cited} == {*files}
    missing = [
        f"{files[word]}: {name}"
        for word, name in cited
        if f"def {name}(" not in (ROOT / files[word]).read_text("utf-8")
    ]
    assert missing == []


def test_each_case_names_its_test() -> None:
    rows = [line for line in PAGE.split("## Files of the tests")[0].splitlines() if line.startswith("| ")]
    cases = [line for line in rows if not line.startswith("| case |")]
    assert len(cases) > 30
    assert [line for line in cases if "`test_" not in line.rsplit("|", 2)[1]] == []
