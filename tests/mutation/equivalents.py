# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutants that nothing could notice: function, code, and mutated code, with the reason."""

from __future__ import annotations

EQUIVALENT: dict[tuple[str, str, str], str] = {}
