# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a release. Each one works in a folder of its own, so that the checkout stays as it is until all have passed."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from tests.release import archive
from tests.release.versions import with_version
from tests.sanity import copy, git

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
IMPORTER = ROOT / ".cache/release/bin"
CHANGELOG = "changelogs/changelog.yaml"
WRITTEN = ("galaxy.yml", "CHANGELOG.md", CHANGELOG)
"""The files of the checkout that a release writes. It also deletes the fragments."""


def output(command: Sequence[str], folder: Path, **environment: str) -> str:
    """Run a command in a folder; return what it prints. Raises SystemExit with the end of it if it fails."""
    merged = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "ANSIBLE_NOCOLOR": "1", **environment}
    done = subprocess.run(
        command, cwd=folder, env=merged, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def releases(repository: Path) -> Mapping[str, Mapping[str, object]]:
    """Return the releases in the changelog, by version."""
    file = repository / CHANGELOG
    found: dict[str, dict[str, object]] = yaml.safe_load(file.read_text())["releases"] if file.exists() else {}
    return found


def version(repository: Path) -> str:
    """Return the version in galaxy.yml."""
    return str(yaml.safe_load((repository / "galaxy.yml").read_text())["version"])


def changed_files(repository: Path) -> list[str]:
    """Return the files that differ from the last commit, as git prints them."""
    return git(repository, "status", "--porcelain").splitlines()


def prepare(wanted: str, date: dt.date, folder: Path) -> Path:
    """Return a copy of the checkout that has the version, and its changes in the changelog."""
    collection = copy(ROOT, folder)
    galaxy = collection / "galaxy.yml"
    galaxy.write_text(with_version(galaxy.read_text(), wanted))
    output(["antsibull-changelog", "release", "--version", wanted, "--date", str(date)], collection)
    return collection


def build(collection: Path, folder: Path) -> Path:
    """Build the collection from a fresh copy in this folder; return the reproducible tarball. Its date is that of the release."""
    released = releases(collection)
    if version(collection) not in released:
        raise SystemExit(f"{version(collection)}, the version in galaxy.yml, is not released: the changelog lacks it.")
    date = dt.datetime.fromisoformat(str(released[version(collection)]["release_date"]))
    fresh = copy(collection, folder)
    output(["ansible-galaxy", "collection", "build", "--output-path", str(folder)], fresh)
    [tarball] = folder.glob("*.tar.gz")
    seconds = int(date.replace(tzinfo=dt.UTC).timestamp())
    tarball.write_bytes(archive.reproducible(tarball.read_bytes(), seconds))
    return tarball


def install(tarball: Path, folder: Path) -> Path:
    """Install the tarball, without a server, into an empty folder; return it."""
    target = folder / "installed"
    command = ["ansible-galaxy", "collection", "install", "--offline", str(tarball), "-p", str(target)]
    output(command, folder, ANSIBLE_COLLECTIONS_PATH=str(target))
    return target


def demonstrate(collections: Path, expected: str, folder: Path) -> str:
    """Run `make demo` with the installed collection; return what it prints. Raises SystemExit if Ansible finds another one."""
    path = {"ANSIBLE_COLLECTIONS_PATH": str(collections)}
    command = ["ansible-galaxy", "collection", "list", "nasops.truenas", "--format", "json"]
    found = json.loads(output(command, folder, **path))
    if found != {str(collections / "ansible_collections"): {"nasops.truenas": {"version": expected}}}:
        raise SystemExit(f"Ansible finds another collection than the installed one: {found}")
    return output([sys.executable, "-m", "tests.demo"], ROOT, **path)


def import_as_galaxy(tarball: Path, folder: Path) -> list[str]:
    """Check the tarball as Galaxy does when it is uploaded, ansible-lint included; return what it complains about."""
    environment = {
        "PATH": f"{IMPORTER}{os.pathsep}{os.environ['PATH']}",
        "GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP": str(folder / "local"),
    }
    said = output([str(IMPORTER / "python"), "-m", "galaxy_importer.main", str(tarball)], folder, **environment)
    if "ansible-lint run complete" not in said:
        return ["galaxy-importer did not run ansible-lint."]
    return [line for line in said.splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]


def write_back(collection: Path) -> None:
    """Write the version and the changelog of the copy into the checkout."""
    for name in WRITTEN:
        shutil.copyfile(collection / name, ROOT / name)
    for fragment in (ROOT / "changelogs/fragments").iterdir():
        if not (collection / "changelogs/fragments" / fragment.name).exists():
            fragment.unlink()
