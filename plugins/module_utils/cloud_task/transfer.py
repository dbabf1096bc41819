# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a run at the provider, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Transfer:
    """The data that a run has transferred, for the result. `changed` is None if it cannot be determined."""

    shown: Mapping[str, Any]
    changed: bool | None
