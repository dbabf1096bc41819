# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's page in a real browser: `python -m tests.pages`."""
