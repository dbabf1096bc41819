# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaks as tests: `detector` finds secrets in any form, `watch` looks at a run from outside, `cases` are plays that fail."""
