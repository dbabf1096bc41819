# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version the next release can have."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible.utils.version import SemanticVersion


def problem(version: str, released: Iterable[str]) -> str | None:
    """Return the reason why this cannot be the next version after the released ones, or None."""
    try:
        # Its expression accepts a line break at the end, and it accepts no text at all.
        if not version or version != version.strip():
            raise ValueError(version)
        wanted = SemanticVersion(version)
    except ValueError:
        return f"{version!r} is not a semantic version such as 1.2.3 or 2.0.0-rc.1."
    if wanted.buildmetadata:
        return f"{version} has build metadata, which Galaxy does not order. Leave out the part after the plus sign."
    last = max((SemanticVersion(one) for one in released), default=None)
    if last is not None and wanted <= last:
        return f"{version} is not newer than {last.vstring}, the last release."
    return None


def with_version(galaxy: str, version: str) -> str:
    """Return the text of galaxy.yml with another version. Raises ValueError if it has not exactly one line for it."""
    text, count = re.subn(r"(?m)^version:.*$", f"version: {version}", galaxy)
    if count != 1:
        raise ValueError(f"galaxy.yml has {count} lines for the version, and must have one.")
    return text
