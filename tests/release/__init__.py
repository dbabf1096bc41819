# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a release: `python -m tests.release 1.2.3`. docs/releases.md describes the steps before and after it."""
