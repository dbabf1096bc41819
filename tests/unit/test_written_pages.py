# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages with figures have the text of the programs that write them, although nobody runs these programs in a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import page

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "tests/bench/__main__.py": "performance",
    "tests/bench/logins.py": "performance",
    "tests/bench/over_ssh.py": "performance",
    "tests/bench/tasks.py": "performance",
    "tests/bench/scale.py": "scale",
    "tests/faults/page.py": "faults",
    "tests/faults/kills.py": "faults",
    "tests/faults/crowd.py": "faults",
    "tests/faults/soak.py": "faults",
}
MIN_LENGTH = 30
"""Shorter texts are parts of rows, or values."""


def lines(program: Path) -> Iterator[str]:
    """Yield the texts in lists of a program, which are lines of its page, without the figures in them."""
    for node in ast.walk(ast.parse(program.read_text(encoding="utf-8"))):
        if isinstance(node, ast.List | ast.Tuple) and len(node.elts) > 2:
            for item in node.elts:
                parts = item.values if isinstance(item, ast.JoinedStr) else [item]
                for part in parts:
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield from re.split(r" +\|+ *|\n", part.value)


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_line_that_a_program_writes_is_on_its_page(program: str) -> None:
    page = " ".join((ROOT / f"docs/{PROGRAMS[program]}.md").read_text(encoding="utf-8").split())
    written = [" ".join(line.split()) for line in lines(ROOT / program)]
    long = [line for line in written if len(line) >= MIN_LENGTH]
    assert long
    assert [line for line in long if line not in page] == []


def test_the_page_of_faults_has_the_head_and_the_legend_of_its_program() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert "\n".join(page.legend()) in text
    assert page.LEFT_OUT.strip() in text
    written = re.escape(page.HEAD.replace("{nothing}", page.NOTHING))
    assert re.match(re.sub(r"\\\{\w+:\w+\\\}", r"\\d+", written.replace(r"\.0f", "f")), text)
