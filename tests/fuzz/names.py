# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the targets, for who starts them without importing the code under test."""

from __future__ import annotations

NAMES = (
    *("reply", "login", "scram", "certificate", "key", "rclone_conf", "private_key"),
    *("rows", "job", "error_text", "token", "frames", "upgrade", "task"),
)
