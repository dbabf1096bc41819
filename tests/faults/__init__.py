# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults between a task and its NAS: a proxy that makes them, and the outcome of every operation under each of them."""

from __future__ import annotations

import sys
from pathlib import Path

_COLLECTIONS = str(Path(__file__).parents[2] / ".collections")
if _COLLECTIONS not in sys.path:
    # For `python -m tests.faults`; pytest has it already.
    sys.path.append(_COLLECTIONS)
