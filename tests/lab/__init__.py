# SPDX-License-Identifier: GPL-3.0-or-later
"""Real storage servers on loopback, for tests and the demo; `python -m tests.lab` runs them on their own."""

from .lab import SERVERS, Lab

__all__ = ["SERVERS", "Lab"]
