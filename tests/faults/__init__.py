# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults between a task and its NAS: a proxy that makes them, and what comes of every operation under each of them."""
