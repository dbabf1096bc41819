# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` on a copy of the collection: `python -m tests.sanity [options of ansible-test]`.

ansible-test wants the collection in folders of its names, without symlinks above it, and as a git repository. The copy has
what git tracks or would. The exit code is that of ansible-test; what it skipped is listed at the end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import yaml

ROOT = Path(__file__).resolve().parent.parent
ANSIBLE_TEST = Path(sys.executable).parent / "ansible-test"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

DOWNLOAD_FAILED = re.compile(r"^The bootstrap script can be manually downloaded and saved to: (\S+)$", re.MULTILINE)
PROGRAM_MISSING = re.compile(r"^WARNING: (Required program .*)$", re.MULTILINE)
BOOTSTRAP = """\
# Stands in for get-pip: installs pip from Python's own copy, and then the asked-for version.
import subprocess
import sys

subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
wanted = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *wanted], check=True)
"""


def main() -> int:
    """Run the tests on the repository; return ansible-test's exit code."""
    begin = time.monotonic()
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="sanity-", dir=cache) as folder:
        collection = copy(ROOT, Path(folder))
        status, output = run(collection, sys.argv[1:])
        skips = [*skipped(collection)]
    print(f"ansible-test ended with {status} after {time.monotonic() - begin:.0f} s. Skipped: {len(skips)}")
    for name, reason in skips:
        print(f"  {name}: {reason}")
    # ansible-test calls a test that lacks its program not applicable.
    for warning in sorted({*PROGRAM_MISSING.findall(output)}):
        print(f"  {warning}")
    return status


def copy(repository: Path, folder: Path) -> Path:
    """Copy what git tracks or would into a new repository in the folder; return where the collection is."""
    galaxy = yaml.safe_load((repository / "galaxy.yml").read_text())
    target = folder.joinpath("ansible_collections", galaxy["namespace"], galaxy["name"])
    for name in git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        source = repository / name
        # A symlink serves the checkout only; a file can be tracked and deleted.
        if source.is_file() and not source.is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    git(target, "init", "--quiet")
    git(target, "add", "--all")
    return target


def git(folder: Path, *arguments: str) -> str:
    """Run git in the folder; return what it says."""
    return subprocess.run(["git", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def run(collection: Path, options: Sequence[str]) -> tuple[int, str]:
    """Run the tests, once more if all that failed was the download of pip; return the exit code and what was said."""
    status, output = ansible_test(collection, options)
    if status and (failed := DOWNLOAD_FAILED.search(output)):
        print("The download failed: going on with a stand-in for it.", flush=True)
        bootstrap = Path(failed[1])
        bootstrap.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.write_text(BOOTSTRAP)
        try:
            status, output = ansible_test(collection, options)
        finally:
            # The next run, of whatever collection, may be able to download the real one.
            bootstrap.unlink(missing_ok=True)
    return status, output


def ansible_test(collection: Path, options: Sequence[str]) -> tuple[int, str]:
    """Run the tests, showing what they say; return the exit code and what was said."""
    command = [str(ANSIBLE_TEST), "sanity", "--python", PYTHON, "--junit", "--color", "no", *options]
    # Programs that the tests look for, such as shellcheck, are in the environment.
    search = f"{ANSIBLE_TEST.parent}{os.pathsep}{os.environ['PATH']}"
    said = []
    with subprocess.Popen(
        command,
        cwd=collection,
        env={**os.environ, "PATH": search},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            print(line, end="", flush=True)
            said.append(line)
    return process.returncode, "".join(said)


def skipped(collection: Path) -> Iterator[tuple[str, str]]:
    """Yield the skipped tests and why, from ansible-test's results."""
    for file in sorted(collection.glob("tests/output/junit/*.xml")):
        for case in ElementTree.parse(file).iter("testcase"):
            for skip in case.iter("skipped"):
                yield case.get("name", file.stem), (skip.text or skip.get("message") or "no reason given").strip()


if __name__ == "__main__":
    sys.exit(main())
