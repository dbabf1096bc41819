# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of real rclone and restic with exactly the rights that `least_policy` returns, and with each right removed in turn."""
