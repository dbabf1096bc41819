# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit tests stay quick: what starts a server or rclone is an integration test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
STARTS = re.compile(r"""^from tests\.lab(?!\.install\b)|(?:parent / |with_name\()["']rclone["']""", re.MULTILINE)


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.py")), ids=lambda file: str(file.relative_to(FOLDER)))
def test_no_unit_test_starts_rclone_or_a_server_of_the_lab(file: Path) -> None:
    found = STARTS.search(file.read_text())
    assert found is None, found
