# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball of a collection: the same bytes for the same files, and only what belongs into it.

`ansible-galaxy collection build` writes the time of the build into the archive, the order of the file system into FILES.json,
and the times of the files into the entries. None of it reads SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable

MANIFEST = "MANIFEST.json"
FILES = "FILES.json"

TOP_LEVEL = {
    *(MANIFEST, FILES, "README.md", "LICENSE", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"),
    *("bindep.txt", "execution-environment.yml", "requirements.txt", "requirements-verify.txt"),
    *("changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles", "tests"),
}
"""Everything that a tarball has at its top."""

UNWANTED = ("tests/fuzz/corpus", "tests/output")
"""Folders of the checkout that it does not have."""


def reproducible(tarball: bytes, seconds: int) -> bytes:
    """Return the same collection with sorted entries, all of this time (seconds since 1970), and without owners."""
    entries = _entries(tarball)
    files = json.loads(entries[FILES][1])
    files["files"].sort(key=lambda one: str(one["name"]))
    entries[FILES] = entries[FILES][0], _json(files)
    manifest = json.loads(entries[MANIFEST][1])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(entries[FILES][1]).hexdigest()
    entries[MANIFEST] = entries[MANIFEST][0], _json(manifest)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        # Galaxy reads the manifest first.
        for name in (MANIFEST, FILES, *sorted(entries.keys() - {MANIFEST, FILES})):
            found, content = entries[name]
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.mtime = found.type, len(content), seconds
            entry.mode = 0o755 if found.isdir() or found.mode & 0o100 else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), compresslevel=9, mtime=seconds)


def contents_hash(tarball: bytes) -> str:
    """Return the sha256 of the archive without its compression, whose bytes depend on the version of zlib."""
    return hashlib.sha256(gzip.decompress(tarball)).hexdigest()


def names(tarball: bytes) -> list[str]:
    """Return the names of its files and folders."""
    return [*_entries(tarball)]


def misplaced(found: Iterable[str]) -> list[str]:
    """Return those names that do not belong into a tarball, and the entries of its top that are missing."""
    listed = [*found]
    top = {name.split("/")[0] for name in listed}
    inside = [name for name in listed if any(f"{name}/".startswith(f"{folder}/") for folder in UNWANTED)]
    return [*sorted(top ^ TOP_LEVEL), *inside]


def _entries(tarball: bytes) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        found = {}
        for entry in archive:
            if not (entry.isfile() or entry.isdir()):
                raise ValueError(f"{entry.name} is neither a file nor a folder.")
            file = archive.extractfile(entry)
            found[entry.name] = entry, file.read() if file else b""
    return found


def _json(data: object) -> bytes:
    return (json.dumps(data, indent=1, sort_keys=True) + "\n").encode()
