# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection at work on a simulated fleet, for people to watch: `python -m tests.demo`."""
