# SPDX-License-Identifier: GPL-3.0-or-later
"""Audits the dependencies, in the environment of `make audit`: `python -m tests.audit licenses`, `advisories`, `components`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

from tests.audit import advisories, components, licenses

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv/bin/python"
TOOLS = ROOT / ".cache/audit/bin"
PINNED = (
    "tests/requirements.txt",
    "tests/fuzz/requirements.txt",
    "tests/audit/requirements.txt",
    "tests/release/requirements.txt",
    "tests/mutation/requirements.txt",
    "tools/docsite/requirements.txt",
)
"""The files with the exact versions that developers install. The first one includes what users install."""
SERVICES = ("pypi", "osv")


def output(tool: str, *arguments: str) -> str:
    """Return what a tool prints; its exit code does not matter."""
    command = [str(TOOLS / tool), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True).stdout


def check_licenses() -> list[str]:
    """Return the problems with the licenses of the environment, and print how many packages have which."""
    packages = json.loads(output("pip-licenses", f"--python={PYTHON}", "--format=json", "--with-system"))
    print(f"{len(packages)} packages, {len({one['License'] for one in packages})} texts of licenses")
    return [*licenses.refused(packages)]


def check_advisories() -> list[str]:
    """Return the problems that every service reports, or those of the last one if none could answer."""
    found: list[str] = []
    for service in SERVICES:
        found = []
        for file in PINNED:
            flags = (
                "--no-deps",
                "--disable-pip",
                "--format=json",
                "--progress-spinner=off",
                f"--vulnerability-service={service}",
            )
            found += [f"{file}: {line}" for line in advisories.problems(output("pip-audit", "-r", file, *flags))]
        if not any("advisory service" in line for line in found):
            break
    return found


def write_components(description: Path = ROOT / "galaxy.yml") -> list[str]:
    """Write the components of the release that this galaxy.yml describes next to its tarball."""
    galaxy = yaml.safe_load(description.read_text())
    environment = json.loads(
        output("cyclonedx-py", "environment", str(PYTHON), "--output-reproducible", "--of", "JSON")
    )
    files = ("requirements.txt", "requirements-verify.txt")
    roots = ["ansible-core", *(name for file in files for name in components.required((ROOT / file).read_text()))]
    name = f"{galaxy['namespace']}-{galaxy['name']}"
    document = components.of_release(environment, components.installed(), roots, name, galaxy["version"])
    target = ROOT / f".cache/{name}-{galaxy['version']}.cdx.json"
    target.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    print(f"{target.relative_to(ROOT)}: {len(document['components'])} components")
    return []


def main() -> int:
    """Run the part that the command line names. Returns 1 with a line for each problem."""
    parts = {"licenses": check_licenses, "advisories": check_advisories, "components": write_components}
    found = parts[sys.argv[1]]()
    print(*found, sep="\n", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
