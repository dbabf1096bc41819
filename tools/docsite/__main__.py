# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the docs site into `.cache/docs/html`: `python -m tools.docsite`, after `make .cache/docs/ready`.

Everything comes from this checkout. A warning of antsibull-docs or Sphinx is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from .ansible import adapted, inventory
from .pages import REFERENCE, site

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache/docs"
SOURCE = CACHE / "source"
HTML = CACHE / "html"


def markdown() -> dict[str, str]:
    """Return the Markdown files of the site, by their path in the repository."""
    globs = ("*.md", "docs/**/*.md", "roles/*/README.md", "findings/README.md", "examples/*/README.md")
    paths = sorted(path for glob in globs for path in ROOT.glob(glob))
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def run(tool: str, *arguments: str) -> None:
    """Run a tool of the site's environment with the collection of this checkout, and stop if it fails."""
    path = f"{CACHE / 'bin'}:{ROOT / '.venv/bin'}:{os.environ['PATH']}"
    own = {"PATH": path, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")}
    done = subprocess.run([str(CACHE / "bin" / tool), *arguments], cwd=ROOT, env={**os.environ, **own}, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    """Write the sources of the site, and build it."""
    collection = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    for folder in (SOURCE, HTML):
        shutil.rmtree(folder, ignore_errors=True)
    for name, text in site(markdown(), collection["repository"]).items():
        file = SOURCE / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs/images", SOURCE / "images")
    (SOURCE / "ansible.inv").write_bytes(inventory())
    generated = SOURCE / REFERENCE
    generated.mkdir()
    namespace = f"{collection['namespace']}.{collection['name']}"
    run("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir",
        str(generated), namespace)  # fmt: skip
    for file in generated.glob("*.rst"):
        file.write_text(adapted(file.read_text(encoding="utf-8")), encoding="utf-8")
    run("sphinx-build", "--fail-on-warning", "--keep-going", "--quiet", "--jobs", "2", "--conf-dir",
        str(ROOT / "tools/docsite"), "--doctree-dir", str(CACHE / "doctrees"), str(SOURCE), str(HTML))  # fmt: skip
    print(f"{len([*HTML.rglob('*.html')])} pages in {HTML.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
