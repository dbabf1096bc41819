# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of options that several rooms share."""

from __future__ import annotations

LONGEST_TIMEOUT = 86400
"""Seconds that a task may wait for anything."""
