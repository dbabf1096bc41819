# SPDX-License-Identifier: GPL-3.0-or-later
"""One token given to more than one NAS is noticed, across processes, and leaves nothing to read."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_tokens import FILE, warnings

SECRET = "hush-canary-0001"
TOKEN = {"access_token": f"{SECRET}-a", "refresh_token": f"{SECRET}-r"}


def told(folder: Path, nas: str, **options: Any) -> list[str]:
    """Return the warnings of a task."""
    return warnings(options, nas, str(folder))


def test_a_second_nas_is_noticed_and_the_first_is_named(tmp_path: Path) -> None:
    assert told(tmp_path, "one:443", box={"token": TOKEN}) == []
    assert told(tmp_path, "one:443", box={"token": TOKEN}) == [], "a rerun on the same NAS"
    [warning] = told(
        tmp_path, "two:443", box={"access_token": json.dumps({**TOKEN, "access_token": "newer"}, indent=1)}
    )
    assert "Box token is also used on one:443" in warning
    assert SECRET not in warning
    assert told(tmp_path, "two:443", box={"token": {**TOKEN, "refresh_token": f"{SECRET}-other"}}) == []


def test_items_of_a_set_count_too(tmp_path: Path) -> None:
    items = [{"name": "a", "box": {"token": TOKEN}}, {"name": "b", "state": "present", "ftp": {"host": "h"}}]
    assert told(tmp_path, "one", credentials=items) == []
    assert len(told(tmp_path, "two", credentials=items)) == 1


@pytest.mark.parametrize(
    "options", [{"dropbox": {"token": TOKEN}}, {"state": "absent", "box": {"token": TOKEN}}, {"box": {}}, {"name": "x"}]
)
def test_what_uses_up_no_token_is_not_remembered(tmp_path: Path, options: dict[str, Any]) -> None:
    for nas in ("one", "two"):
        assert told(tmp_path, nas, **options) == []
    assert not (tmp_path / FILE).exists()


def test_the_file_tells_nothing_and_is_the_owners(tmp_path: Path) -> None:
    other = tmp_path / "other run"
    other.mkdir()
    for folder in (tmp_path, other):
        told(folder, "one", box={"token": TOKEN})
    text = (tmp_path / FILE).read_text()
    assert SECRET not in text
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert not {*text.split()} & {*(other / FILE).read_text().split()} - {"one"}, "each run has a key of its own"


def test_a_run_that_cannot_remember_goes_on(tmp_path: Path) -> None:
    assert told(tmp_path / "missing", "one", box={"token": TOKEN}) == []


def test_worker_processes_do_not_miss_each_other(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        found = pool.starmap(_worker, [(tmp_path, number) for number in range(16)])
    assert sorted(map(len, found)) == [0] + [1] * 15


def _worker(folder: Path, number: int) -> list[str]:
    return told(folder, f"nas{number}", box={"token": TOKEN})
