# SPDX-License-Identifier: GPL-3.0-or-later
"""What every diff has in common."""

from __future__ import annotations

from collections.abc import Mapping


def headers(name: str) -> Mapping[str, str]:
    """Return the headers of a diff."""
    return {"before_header": f"{name} (stored)", "after_header": f"{name} (desired)"}
