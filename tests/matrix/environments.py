# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment for a cell: an interpreter of this machine, and packages that uv has pinned."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from .cells import Cell, Libraries

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
FOLDER = ROOT / ".cache/matrix-cells"
REQUIREMENTS = ("requirements.txt", "requirements-verify.txt")
RESOLUTION = {Libraries.NEWEST: "highest", Libraries.LOWEST: "lowest-direct"}
INSTALLED = (".pyenv/versions/{0}.*/bin/python{0}", ".local/share/uv/python/cpython-{0}.*/bin/python{0}")
"""Where pyenv and uv put interpreters, below the home."""


def interpreter(python: str) -> Path | None:
    """Return an interpreter of this minor version that starts, or None."""
    on_path = shutil.which(f"python{python}")
    below_home = [found for pattern in INSTALLED for found in sorted(Path.home().glob(pattern.format(python)))]
    for candidate in [*([Path(on_path)] if on_path else []), *below_home]:
        if exact_version(candidate).startswith(f"{python}."):
            return candidate
    return None


def exact_version(python: Path) -> str:
    """Return the version of an interpreter, or no text if it does not start, as a shim of pyenv without a version."""
    command = [str(python), "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def make(cell: Cell, python: Path) -> Path:
    """Make the environment of a cell unless it is there; return its folder. Raises RuntimeError with the reason if uv fails."""
    folder = FOLDER / cell.name
    pins = folder / "pins.txt"
    if pins.exists():
        return folder
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = "\n".join([f"ansible-core=={cell.core}", *((ROOT / name).read_text() for name in REQUIREMENTS)])
    _uv("venv", "--clear", "--python", str(python), str(folder))
    resolution = RESOLUTION[cell.libraries]
    pinned = _uv(
        *("pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python", str(python)),
        *("--resolution", resolution, "-"),
        text=wanted,
    )
    _uv("pip", "install", "--quiet", "--python", str(folder / "bin/python"), "--requirement", "-", text=pinned)
    # Written last, so that an interrupted installation is repeated.
    pins.write_text(pinned)
    return folder


def versions(folder: Path) -> dict[str, str]:
    """Return the packages of an environment, by name."""
    return dict(re.findall(r"(?m)^([\w.-]+)==([\w.+-]+)", (folder / "pins.txt").read_text()))


def requires_python(folder: Path) -> str:
    """Return the versions of Python that the core of an environment runs on, from its metadata."""
    [metadata] = folder.glob("lib/python*/site-packages/ansible_core-*.dist-info/METADATA")
    [found] = re.findall(r"(?m)^Requires-Python: (.+)$", metadata.read_text())
    return str(found)


def _uv(*arguments: str, text: str = "") -> str:
    # It must not download an interpreter in place of one that is missing.
    command = [str(UV), "--no-python-downloads", "--system-certs", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"uv {arguments[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
