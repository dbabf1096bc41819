# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of every unit test."""

from __future__ import annotations

from hypothesis import settings

# A busy machine makes examples late, and not wrong.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
