# SPDX-License-Identifier: GPL-3.0-or-later
"""A release: which versions it can have, and a tarball that has the same bytes wherever it is built."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.release import archive, versions
from tests.sanity import git

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("version", "released", "reason"),
    [
        ("0.1.0", [], None),
        ("1.10.0", ["1.9.0", "1.2.0"], None),
        ("1.0.0", ["1.0.0-rc.1"], None),
        ("1.0.0-rc.2", ["1.0.0-rc.1", "0.9.0"], None),
        ("1.9.0", ["1.10.0"], "1.9.0 is not newer than 1.10.0, the last release."),
        ("1.0.0", ["1.0.0"], "1.0.0 is not newer than 1.0.0, the last release."),
        ("1.0.0-rc.1", ["1.0.0"], "1.0.0-rc.1 is not newer than 1.0.0, the last release."),
        ("1.0.0+1", [], "1.0.0+1 has build metadata"),
        ("1.2", [], "'1.2' is not a semantic version"),
        ("v1.2.3", [], "'v1.2.3' is not a semantic version"),
        ("01.2.3", [], "'01.2.3' is not a semantic version"),
        ("", [], "'' is not a semantic version"),
        ("1.2.3\n", [], "'1.2.3\\n' is not a semantic version"),
    ],
)
def test_a_version_is_semantic_and_newer_than_the_last(version: str, released: list[str], reason: str | None) -> None:
    found = versions.problem(version, released)
    assert found == reason or (reason and found and found.startswith(reason))


def test_the_version_is_written_into_galaxy_yml_and_nothing_else_changes() -> None:
    text = (ROOT / "galaxy.yml").read_text()
    changed = versions.with_version(text, "7.8.9")
    assert yaml.safe_load(changed) == {**yaml.safe_load(text), "version": "7.8.9"}
    assert [line for line in changed.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]
    with pytest.raises(ValueError, match="has 0 lines"):
        versions.with_version("name: truenas\n", "7.8.9")


def built(order: Sequence[str], seconds: int, user: int) -> bytes:
    """Return a tarball as ansible-galaxy builds it, on a file system with this order, at this time, by this user."""
    contents = {"plugins/a.py": (b"a", 0o644), "plugins/run": (b"#!/bin/sh\n", 0o755), "README.md": (b"r", 0o600)}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, (content, _mode) in contents.items()}
    listed = [{"name": ".", "ftype": "dir"}, *({"name": name, "chksum_sha256": hashes.get(name)} for name in order)]
    files = json.dumps({"files": listed, "format": 1}).encode()
    manifest = json.dumps({"file_manifest_file": {"chksum_sha256": hashlib.sha256(files).hexdigest()}}).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in ("MANIFEST.json", "FILES.json", *order):
            content, mode = {"MANIFEST.json": (manifest, 0o644), "FILES.json": (files, 0o644), **contents}.get(
                name, (b"", 0o775)
            )
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime, entry.uid = len(content), mode, seconds, user
            entry.type = tarfile.REGTYPE if content else tarfile.DIRTYPE
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def test_two_builds_of_the_same_files_have_the_same_bytes() -> None:
    order = ["README.md", "plugins", "plugins/a.py", "plugins/run"]
    first = archive.reproducible(built(order, 1_000_000, 0), 1_700_000_000)
    second = archive.reproducible(built(order[::-1], 2_000_000, 1000), 1_700_000_000)
    assert first == second
    assert first == archive.reproducible(first, 1_700_000_000)
    assert archive.contents_hash(first) == hashlib.sha256(gzip.decompress(second)).hexdigest()
    assert first != archive.reproducible(first, 1_700_000_001)


def test_the_checksums_and_the_programs_of_a_tarball_stay_valid() -> None:
    order = ["plugins/run", "plugins/a.py", "README.md", "plugins"]
    with tarfile.open(fileobj=io.BytesIO(archive.reproducible(built(order, 1, 1000), 5)), mode="r:gz") as tar:
        entries = tar.getmembers()
        assert [one.name for one in entries] == ["MANIFEST.json", "FILES.json", *sorted(order)]
        assert {one.name: one.mode for one in entries if one.mode != 0o644} == {"plugins": 0o755, "plugins/run": 0o755}
        assert {(one.mtime, one.uid, one.uname) for one in entries} == {(5, 0, "")}
        contents = {one.name: file.read() for one in entries if (file := tar.extractfile(one))}
    manifest = json.loads(contents["MANIFEST.json"])
    assert manifest["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(contents["FILES.json"]).hexdigest()
    listed = {one["name"]: one.get("chksum_sha256") for one in json.loads(contents["FILES.json"])["files"]}
    assert {name: value for name, value in listed.items() if value} == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in contents.items()
        if name not in ("MANIFEST.json", "FILES.json")
    }


def test_a_link_is_refused() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("plugins/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    with pytest.raises(ValueError, match="plugins/link is neither"):
        archive.reproducible(packed.getvalue(), 1)


def test_what_does_not_belong_into_a_tarball_is_found() -> None:
    complete = sorted(archive.TOP_LEVEL)
    assert archive.misplaced([*complete, "plugins/modules/x.py", "tests/fuzz/corpus.py"]) == []
    more = [*complete, ".cache/x", ".venv/y", "tests/fuzz/corpus/z"]
    assert archive.misplaced(more) == [".cache", ".venv", "tests/fuzz/corpus/z"]
    assert archive.misplaced(complete[1:]) == [complete[0]]


def test_every_file_of_the_checkout_is_in_the_tarball_or_left_out_on_purpose() -> None:
    tracked = {name.split("/")[0] for name in git(ROOT, "ls-files", "--cached").splitlines()}
    ignored = {name for name in yaml.safe_load((ROOT / "galaxy.yml").read_text())["build_ignore"] if name[0] != "."}
    left = {name for name in tracked if not name.startswith(".")} - ignored - {"galaxy.yml"}
    assert left == archive.TOP_LEVEL - {"MANIFEST.json", "FILES.json"}
