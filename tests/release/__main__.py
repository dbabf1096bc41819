# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds and checks a release. It commits, tags, and publishes nothing."""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.audit.__main__ import write_components
from tests.release import archive, steps, versions

CACHE = steps.ROOT / ".cache"


def problems(version: str) -> list[str]:
    """Return the reasons why this version cannot be released from the checkout as it is."""
    changed = [f"not committed: {line}" for line in steps.changed_files(steps.ROOT)]
    wrong = versions.problem(version, steps.releases(steps.ROOT))
    return [*changed, *([wrong] if wrong else [])]


def report(title: str, begun: float) -> None:
    """Print that a step has passed, and how long it took."""
    print(f"{time.monotonic() - begun:6.1f} s  {title}", flush=True)


def build_twice(collection: Path, folder: Path) -> Path:
    """Build from two copies; return the tarball. Raises SystemExit if they differ, or have what does not belong there."""
    tarballs = [steps.build(collection, folder / name) for name in ("first", "second")]
    hashes = [hashlib.sha256(one.read_bytes()).hexdigest() for one in tarballs]
    print(*(f"{value}  {tarball.name}" for value, tarball in zip(hashes, tarballs, strict=True)), sep="\n")
    print(f"{archive.contents_hash(tarballs[0].read_bytes())}  without compression", flush=True)
    if hashes[0] != hashes[1]:
        raise SystemExit("The two builds differ.")
    if found := archive.misplaced(archive.names(tarballs[0].read_bytes())):
        raise SystemExit(f"These entries do not belong into the tarball, or are missing: {', '.join(found)}")
    return tarballs[0]


def check(tarball: Path, version: str, folder: Path) -> None:
    """Install the tarball, run the demo with it, and check it as Galaxy does. Raises SystemExit for the first failure."""
    begun = time.monotonic()
    installed = steps.install(tarball, folder)
    report("installed into an empty folder", begun)
    begun = time.monotonic()
    (CACHE / "release-demo.log").write_text(steps.demonstrate(installed, version, folder))
    report("demo with the installed collection (.cache/release-demo.log)", begun)
    begun = time.monotonic()
    if complaints := steps.import_as_galaxy(tarball, folder):
        raise SystemExit("\n".join(["galaxy-importer complains:", *complaints]))
    report("galaxy-importer, with ansible-lint", begun)


def keep(tarball: Path) -> None:
    """Copy the tarball into .cache, and write its hash next to it as sha256sum does."""
    shutil.copy(tarball, CACHE)
    line = f"{hashlib.sha256(tarball.read_bytes()).hexdigest()}  {tarball.name}\n"
    (CACHE / f"{tarball.name}.sha256").write_text(line)


def release(version: str, date: dt.date, dry_run: bool) -> None:
    """Build and check a release; unless it is a dry run, write its version and its changelog into the checkout."""
    # Outside of the checkout, whose ansible.cfg would lead to the collection there.
    with TemporaryDirectory(prefix="release-") as name:
        folder = Path(name)
        begun = time.monotonic()
        collection = steps.prepare(version, date, folder / "prepared")
        tarball = build_twice(collection, folder)
        report("changelog, and two builds from two copies", begun)
        check(tarball, version, folder)
        write_components(collection / "galaxy.yml")
        keep(tarball)
        if not dry_run:
            steps.write_back(collection)
    print(f".cache/{tarball.name} is ready. docs/releases.md has the next steps.")


def rebuild(checks: bool) -> None:
    """Build the released version of the checkout again into .cache, to compare its hash; check it, too, if asked."""
    with TemporaryDirectory(prefix="release-") as name:
        tarball = build_twice(steps.ROOT, Path(name))
        if checks:
            check(tarball, steps.version(steps.ROOT), Path(name))
            write_components()
        keep(tarball)


def main() -> int:
    """Run the command line; return 1 with a line for each problem."""
    parser = argparse.ArgumentParser(prog="python -m tests.release", description=__doc__)
    parser.add_argument("version", nargs="?", help="the version to release; without it, build the released one again")
    parser.add_argument("--dry-run", action="store_true", help="leave the checkout as it is")
    parser.add_argument("--check", action="store_true", help="run the checks of a release on what is built again")
    parser.add_argument(
        "--date",
        type=dt.date.fromisoformat,
        default=dt.datetime.now(tz=dt.UTC).date(),
        help="the date of the release, today unless given",
    )
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    if options.version is None:
        rebuild(options.check)
        return 0
    if found := problems(options.version):
        print(*found, sep="\n", file=sys.stderr)
        return 1
    release(options.version, options.date, options.dry_run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
