# SPDX-License-Identifier: GPL-3.0-or-later
"""Real rclone reads a value from the file of the NAS as another text exactly if the value is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from ansible_collections.nasops.truenas.plugins.module_utils.config_values import (
    OUTER_SPACE,
    QUOTATION,
    REFERENCE,
    misread,
    misread_fields,
    quotation_mark,
    without_line_breaks,
)
from tests.simulator.rclone import options as nas_options
from tests.simulator.rclone import render

RCLONE = Path(sys.executable).parent / "rclone"


def read_by_rclone(file: Path, text: str) -> dict[str, dict[str, str]] | None:
    """Return the sections that rclone reads, or None if it cannot read the file."""
    file.write_text(text, newline="")
    command = [str(RCLONE), "--config", str(file), "config", "dump"]
    done = subprocess.run(command, capture_output=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def written(value: str) -> str:
    """Return a value as the NAS writes it. The NAS quotes outer spaces, so two quotes at the start become three."""
    return render({"key": value}).split(" = ", 1)[1].removesuffix("\n")


PIECES = st.sampled_from(
    ["%(a)s", "%(x", ")s", "`", '"', '"""', "'", " ", "\t", "\u2003", "\r\n", "%", "=", "#", ";", "[", "abc"]
)
KINDS = (REFERENCE, OUTER_SPACE, QUOTATION, "")


def test_a_value_is_misread_exactly_where_rclone_reads_another_text(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()

    @given(st.lists(st.lists(PIECES, min_size=1, max_size=5).map("".join), min_size=30, max_size=60))
    @settings(max_examples=8, deadline=None)
    def check(values: list[str]) -> None:
        # One unclosed quotation mark makes the whole file unreadable.
        unread = {value for value in values if quotation_mark(written(value))}
        kept = [value for value in values if value not in unread]
        text = "".join(render({"key": value}, f"s{number}") for number, value in enumerate(kept))
        sections = read_by_rclone(tmp_path / "rclone.conf", text)
        assert sections is not None
        for number, value in enumerate(kept):
            drawn[misread(value)] += 1
            same = sections[f"s{number}"]["key"] == without_line_breaks(value)
            assert same == (not misread(value)), value
        for value in [*unread][:2]:
            drawn[QUOTATION] += 1
            alone = read_by_rclone(tmp_path / "rclone.conf", render({"key": value}))
            assert alone is None or alone["remote"]["key"] != without_line_breaks(value)

    check()
    assert min(drawn[kind] for kind in KINDS) >= 5, drawn


@pytest.mark.parametrize("value", ["`abc`", "`abc", '"""abc"""', '"""abc', " abc", "abc ", "\u2003abc", "ab%(cd)sef"])
def test_each_way_to_be_misread(value: str, tmp_path: Path) -> None:
    sections = read_by_rclone(tmp_path / "rclone.conf", render({"key": value}))
    assert sections is None or sections["remote"]["key"] != value
    assert misread(value)


@pytest.mark.parametrize("value", ['"abc"', "a`b`", "`", '"""', '""', "50%", "%()s", "a b", "#a", ";a", "[a]", "a = b"])
def test_what_looks_alike_is_read_as_it_is(value: str, tmp_path: Path) -> None:
    sections = read_by_rclone(tmp_path / "rclone.conf", render({"key": value}))
    assert sections == {"remote": {"key": value}}
    assert not misread(value)


def test_real_rclone_reads_the_file_of_the_nas_otherwise_where_it_is_refused(tmp_path: Path) -> None:
    stored = {
        "type": "S3",
        "access_key_id": "ab%(cd)sef",
        "secret_access_key": "%(access_key_id)s",
        "endpoint": "https://h.example/",
        "region": "x%(type)s",
        "skip_region": False,
        "signatures_v2": False,
        "max_upload_parts": 10000,
        "provider": "Other",
    }
    sections = read_by_rclone(tmp_path / "rclone.conf", render(nas_options(stored)))
    assert sections is not None
    read = sections["remote"]
    assert (read["access_key_id"], read["secret_access_key"], read["region"]) == ("abef", "abef", "xs3")
    changed = {name for name, value in stored.items() if name in read and name != "type" and read[name] != str(value)}
    assert changed == {*dict(misread_fields(stored))} | {"skip_region", "signatures_v2"} & changed
