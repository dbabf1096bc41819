# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of the interface, by namespace and subject; importing this package registers them all."""

from . import (
    auth,
    cloud_backup,
    cloud_backup_runs,
    cloud_sync,
    cloud_sync_directory,
    cloud_sync_runs,
    credentials,
    jobs,
    keychain,
    system,
)
from .registry import METHODS, Access, Call, Method

__all__ = [
    "METHODS",
    "Access",
    "Call",
    "Method",
    "auth",
    "cloud_backup",
    "cloud_backup_runs",
    "cloud_sync",
    "cloud_sync_directory",
    "cloud_sync_runs",
    "credentials",
    "jobs",
    "keychain",
    "system",
]
