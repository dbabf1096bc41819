# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of cloud sync tasks (truenas-api/tasks.md §2)."""

from __future__ import annotations

from ..cloud_task.fields import COMMON, Field, by_name, same_patterns

FIELDS = by_name(
    *COMMON,
    Field("direction", required=True),
    Field("transfer_mode", required=True),
    # The NAS writes all exclusions to rclone's filter file, then all inclusions, so the order within each means nothing.
    Field("include", [], same=same_patterns, on_core=False),
    Field("exclude", [], same=same_patterns),
    # A time that is not padded is drift: rclone refuses it, and every run fails.
    Field("bwlimit", [], items=dict),
    Field("transfers", 0, nothing=0, least=0),
    Field("encryption", False),
    Field("filename_encryption", False),
    Field("encryption_password", "", secret=True),
    Field("encryption_salt", "", secret=True),
    Field("create_empty_src_dirs", False, on_core=False),
    Field("follow_symlinks", False),
)
