# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on systems before 25.04 says what the tables say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.backup_task.kind import BACKUP
from ansible_collections.nasops.truenas.plugins.module_utils.nas import flat
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import AUTO, DIALECTS
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.kind import SYNC
from ansible_collections.nasops.truenas.plugins.module_utils.versions import FIRST_VERSION, show
from tests.simulator.older import allowlist, facts

PAGE = (Path(__file__).parents[2] / "docs/older_nas.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]


def row(name: str) -> list[str]:
    """Return the cells of the row that begins with this text."""
    [found] = [cells for cells in ROWS if cells[0] == name]
    return found[1:]


@pytest.mark.parametrize("key", PROVIDERS)
def test_which_version_has_a_provider(key: str) -> None:
    provider = PROVIDERS[key]
    words = {True: "yes", False: "no"}
    older = [words[provider.wire_type in facts.providers(version)] for version in ("v13.3", "v24.10.2")]
    newer = "yes" if provider.since == FIRST_VERSION else f"since {show(provider.since)}"
    assert row(f"`{key}`") == [*older, newer]
    offered = [words[flat.offers(family.version, provider.wire_type)] for family in (flat.CORE, flat.SCALE)]
    assert offered == older, "the client has the same table"


def test_the_options_that_core_lacks() -> None:
    lacking = {name for name, field in SYNC.type.fields.items() if not field.on_core}
    assert {*re.findall(r"`(\w+)`", row("cloud sync tasks")[0])} == lacking
    newer = {name for name, field in BACKUP.type.fields.items() if field.since > FIRST_VERSION}
    assert {*re.findall(r"`(\w+)`", row("cloud backup tasks")[2])} == newer
    assert not BACKUP.type.on_core


def test_the_allowlist_and_the_choices_of_the_option() -> None:
    entries = {(cells[0].strip("`"), cells[1].strip("`")) for cells in ROWS if cells[0] in ("`CALL`", "`SUBSCRIBE`")}
    assert entries == {*allowlist.DEFAULT, ("CALL", "system.version")}
    choices = {
        cells[0].partition(" ")[0].strip("`") for cells in ROWS if "JSON-RPC" in cells[1] or "DDP only" in cells[1]
    }
    assert choices == {AUTO, *DIALECTS}
