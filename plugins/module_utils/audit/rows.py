# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of credentials and tasks that need no finding."""

from __future__ import annotations

SAME = "same"
"""In sync with the declaration."""
STORED = "stored"
"""Stored, and nothing is declared."""
