# SPDX-License-Identifier: GPL-3.0-or-later
"""Places at a provider: texts of folders that are one folder (truenas-api/tasks.md §4, §16)."""

from __future__ import annotations

import posixpath


def remote(folder: str, in_bucket: bool) -> str:
    """Return the folder as rclone opens it: without trailing slashes, and in a bucket without leading ones, too."""
    path = folder.rstrip("/") or "/"
    return path.lstrip("/") if in_bucket else path


def repository(base: str, bucket: str, folder: str) -> str:
    """Return the address of a backup repository, equal for all texts that restic opens as one: `a//b`, `a/./b`, `a/x/../b`."""
    cleaned = posixpath.normpath(f"/{folder}").lstrip("/")
    return "/".join(filter(None, (base, bucket, cleaned)))
