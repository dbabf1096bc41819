# SPDX-License-Identifier: GPL-3.0-or-later
"""Real rclone and restic with exactly the rights of `least_policy`, and without each of them; `make rights` runs every case."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from ansible_collections.nasops.truenas.plugins.filter.least_policy import least_policy
from tests.lab.b2_store import BUCKET, CALLS, B2Store
from tests.lab.rights import table
from tests.lab.rights.__main__ import PAGE
from tests.lab.rights.cases import CAPABILITY_CASES, POLICY_CASES, Case
from tests.lab.rights.programs import b2_place, client, key_with, s3_place
from tests.lab.s3 import S3
from tools.generate.text import MARKED

WITH_POLICY = (
    "push SYNC that deletes",
    "pull MOVE",
    "push SYNC to a new folder, variant folder",
    "the same, without the `args` that the filter returns",
    "backup, variant append_only",
)
WITH_CAPABILITIES = ("push SYNC that deletes", "pull MOVE with hard_delete")


def chosen(cases: tuple[Case, ...], names: tuple[str, ...]) -> list[Case]:
    """Return the cases with these names."""
    found = [case for case in cases if case.name in names]
    assert len(found) == len(names)
    return found


def test_runs_at_a_server_with_policies() -> None:
    cases = chosen(POLICY_CASES, WITH_POLICY)
    with S3() as server:
        found = table.run(cases, table.PolicyTrials(server), at_once=3, quick=True)
    assert [*table.wrong(cases, found)] == []


def test_runs_at_a_server_with_capabilities() -> None:
    cases = chosen(CAPABILITY_CASES, WITH_CAPABILITIES)
    with ExitStack() as stack:
        found = table.run(cases, table.CapabilityTrials(stack), at_once=2)
    assert [*table.wrong(cases, found)] == []


@pytest.mark.parametrize("name", ["push SYNC, variant append_only"])
def test_a_key_that_only_hides_leaves_every_version(name: str, tmp_path: Path) -> None:
    every = sorted({capability for needed in CALLS.values() for capability in needed})
    [case] = chosen(CAPABILITY_CASES, (name,))
    with B2Store() as store:
        case.prepare(b2_place(store, every, tmp_path))
        before = {version.id for version in store.versions}
        least = least_policy({**case.task, "bucket": BUCKET}, "b2", case.variant)
        done = case.run(b2_place(store, least["capabilities"], tmp_path), case.task)
        assert [command.returncode for command in done] == [0]
        assert before < {version.id for version in store.versions}
        assert not [file for file in store.current() if file.endswith("gone")]
    [case] = chosen(POLICY_CASES, (name,))
    with S3() as server:
        bucket, s3 = "versioned", client("s3", server, server.key)
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        case.prepare(s3_place(server, server.key, tmp_path, bucket))
        ids = {version["VersionId"] for version in s3.list_object_versions(Bucket=bucket)["Versions"]}
        least = least_policy({**case.task, "bucket": bucket}, "s3", case.variant)
        done = case.run(s3_place(server, key_with(server, least["policy"]), tmp_path, bucket), case.task)
        assert [command.returncode for command in done] == [0]
        assert ids < {version["VersionId"] for version in s3.list_object_versions(Bucket=bucket)["Versions"]}


def test_the_page_has_a_row_for_each_case() -> None:
    found = MARKED.search(PAGE.read_text())
    assert found
    rows = re.findall(r"(?m)^\| ([^|]+) \| (runs|fails \(\d+\)) \|", found[0])
    assert rows == [
        (case.name, "fails (1)" if case.as_declared else "runs") for case in (*POLICY_CASES, *CAPABILITY_CASES)
    ]
