# SPDX-License-Identifier: GPL-3.0-or-later
"""The headers of every diff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def headers(name: str, before: Mapping[str, Any] | None = None, field: str = "name") -> Mapping[str, str]:
    """Return the headers of a diff. The object `before` the change might have another name, in this field."""
    return {"before_header": f"{(before or {}).get(field, name)} (stored)", "after_header": f"{name} (desired)"}
