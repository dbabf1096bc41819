# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations under faults: the rules hold in each cell, and docs/faults.md has the outcome."""

from __future__ import annotations

import functools

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.nas import lasting_session
from ansible_collections.nasops.truenas.plugins.module_utils.protocol import api_key
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.pbkdf2 import pbkdf2
from tests.faults import page
from tests.faults.kinds import FAULTS
from tests.faults.matrix import Cell, cells
from tests.faults.operations import OPERATIONS

TIMEOUT = 2.0
PATIENT = 10.0
"""Seconds for a cell that was late on a busy machine."""
OTHERS = (
    *("update credential", "create keypair", "delete keypair", "create sync task", "update sync task"),
    *("delete sync task", "update backup task", "delete backup task", "login with a key", "run backup task"),
)
"""Operations that only `make faults` runs, because the code is that of another operation."""
HEAVY = "50 MB"


@pytest.fixture(autouse=True)
def _settles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the NAS as a real task does, other than in the tests whose NAS answers at once."""
    monkeypatch.setattr(lasting_session, "SETTLED_AFTER", 1.0)
    # All cells log in with one key to one NAS. PBKDF2 would take 0.03 s of CPU for each login.
    monkeypatch.setattr(api_key, "pbkdf2", functools.cache(pbkdf2))


def written() -> dict[tuple[str, str], str]:
    """Return the codes of the page by operation and fault."""
    found: dict[tuple[str, str], str] = {}
    head: list[str] = []
    for line in page.PAGE.read_text().splitlines():
        row = [part.strip() for part in line.strip("|").split(" | ")]
        if line.startswith("| fault | ") and row[1] in {operation.name for operation in OPERATIONS}:
            head = row
        elif not line.startswith("| "):
            head = []
        elif head and row[0] != "---":
            found |= {(name, row[0]): code for name, code in zip(head[1:], row[1:], strict=True)}
    return found


def is_wrong(cell: Cell, codes: dict[tuple[str, str], str]) -> bool:
    """Return whether a cell breaks a rule, or is not as on the page."""
    return bool(cell.problems) or cell.code != codes.get((cell.operation.name, cell.fault.name))


@pytest.mark.parametrize("part", [0, 1])
def test_every_rule_holds_and_the_page_is_not_stale(part: int) -> None:
    codes = written()
    chosen = [operation for operation in OPERATIONS if operation.name not in OTHERS][part::2]
    faults = [fault for fault in FAULTS if fault.name != HEAVY]
    wrong = [cell for cell in cells(TIMEOUT, faults, chosen) if is_wrong(cell, codes)]
    again = [cell for late in wrong for cell in cells(PATIENT, [late.fault], [late.operation]) if is_wrong(cell, codes)]
    assert not [(cell.operation.name, cell.fault.name, cell.code, *cell.problems) for cell in again]


def test_the_page_has_every_operation_and_fault() -> None:
    codes = written()
    assert {name for name, _fault in codes} == {operation.name for operation in OPERATIONS}
    assert {fault for _name, fault in codes} == {fault.name for fault in FAULTS}


def test_a_long_reply_ends_an_operation() -> None:
    [heavy] = [fault for fault in FAULTS if fault.name == HEAVY]
    chosen = [operation for operation in OPERATIONS if operation.name in ("query", "create credential")]
    codes = written()
    assert not [cell.problems for cell in cells(PATIENT, [heavy], chosen) if is_wrong(cell, codes)]
