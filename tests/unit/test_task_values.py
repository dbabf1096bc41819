# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of cloud sync and cloud backup tasks by meaning: folders, repositories, bandwidth limits, and arguments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task import flags, folders
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import Refused
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task import bandwidth

SEGMENTS = st.lists(st.sampled_from(["a", "b", "photos", ".x", " "]), max_size=4)


@given(SEGMENTS, st.integers(0, 2), st.integers(0, 2))
def test_slashes_at_the_ends_mean_nothing_in_a_bucket(segments: list[str], before: int, after: int) -> None:
    folder = "/".join(segments)
    assert folders.remote("/" * before + folder + "/" * after, in_bucket=True) == folders.remote(folder, in_bucket=True)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [("a", "a/", True), ("", "/", True), ("/a", "a", False), ("//a", "/a", False), ("a", " a", False)],
)
def test_a_leading_slash_matters_where_there_are_no_buckets(left: str, right: str, equal: bool) -> None:
    assert (folders.remote(left, in_bucket=False) == folders.remote(right, in_bucket=False)) is equal


@given(SEGMENTS, st.data())
def test_all_names_of_one_repository_are_one_address(segments: list[str], data: st.DataObject) -> None:
    written = [*segments]
    for extra in ([""], ["."], ["x", ".."]):
        at = data.draw(st.integers(0, len(written)))
        written[at:at] = extra
    plain = folders.repository("s3:host", "bucket", "/".join(segments))
    assert folders.repository("s3:host", "bucket", "/".join(written)) == plain
    assert folders.repository("s3:host", "other", "/".join(segments)) != plain


LIMITS = st.lists(
    st.tuples(st.integers(0, 23), st.integers(0, 59), st.none() | st.integers(1, 10**9)),
    unique_by=lambda limit: limit[:2],
    max_size=5,
).map(sorted)


@given(LIMITS, st.data())
def test_texts_and_mappings_are_the_same_limits(limits: list[tuple[int, int, int | None]], data: st.DataObject) -> None:
    stored = [{"time": f"{hour:02d}:{minute:02d}", "bandwidth": value} for hour, minute, value in limits]
    padded = data.draw(st.booleans())
    texts = [
        (f"{hour:02d}:{minute:02d}" if padded else f"{hour}:{minute}") + f",{'off' if value is None else value}"
        for hour, minute, value in limits
    ]
    assert bandwidth.read(texts) == (stored, [])
    assert bandwidth.read(stored) == (stored, [])


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("08:00,512", {"time": "08:00", "bandwidth": 512}),
        ("8:5,512K", {"time": "08:05", "bandwidth": 524288}),
        ("12:00,10MiB/s", {"time": "12:00", "bandwidth": 10485760}),
        ("12:00,1.5K", {"time": "12:00", "bandwidth": 1536}),
        ("23:00,off", {"time": "23:00", "bandwidth": None}),
        ("10M", {"time": "00:00", "bandwidth": 10485760}),
        ({"time": "09:00"}, {"time": "09:00", "bandwidth": None}),
        ({"time": "09:00", "bandwidth": "1M"}, {"time": "09:00", "bandwidth": 1048576}),
    ],
)
def test_the_form_of_the_screen_is_read(written: Any, stored: dict[str, Any]) -> None:
    assert bandwidth.read([written]) == ([stored], [])


@pytest.mark.parametrize(
    ("limits", "field", "reason"),
    [
        (["24:00,1"], "bwlimit[0]", "not a time of the day"),
        (["08:00,0"], "bwlimit[0]", "at least 1"),
        (["08:00,1.5"], "bwlimit[0]", "whole number of bytes"),
        (["08:00,fast"], "bwlimit[0]", "not bytes per second"),
        (["8,1"], "bwlimit[0]", "not HH:MM"),
        ([{"time": 750, "bandwidth": 1}], "bwlimit[0]", "not HH:MM"),
        ([{"bandwidth": 1}], "bwlimit[0]", "a time with a bandwidth"),
        ([{"time": "08:00", "bandwidth": True}], "bwlimit[0]", "not bytes per second"),
        ([{"time": "08:00", "limit": 1}], "bwlimit[0]", "a time with a bandwidth"),
        (["08:00,1", "07:00,2"], "bwlimit[1]", "later than 08:00"),
        (["9:00,1", "10:00,2", "10:00,3"], "bwlimit[2]", "later than 10:00"),
    ],
)
def test_a_limit_that_rclone_refuses_is_refused(limits: list[Any], field: str, reason: str) -> None:
    [problem] = bandwidth.read(limits)[1]
    assert problem.field == field
    assert reason in problem.reason
    assert problem.remedy


def test_arguments_are_split_as_a_shell_does() -> None:
    assert [*flags.used("--max-delete=5 --include '*.txt' -v")] == ["--max-delete", "--include"]
    assert [*flags.used("--include 'a")] == []
    with pytest.raises(Refused, match="No closing quotation"):
        flags.split("--include 'a")
