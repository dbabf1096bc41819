# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of the interface, one module per namespace; importing this package registers them all."""

from . import auth, cloud_backup, cloud_sync, credentials, keychain, system
from .registry import METHODS, Access, Call, Method

__all__ = [
    "METHODS",
    "Access",
    "Call",
    "Method",
    "auth",
    "cloud_backup",
    "cloud_sync",
    "credentials",
    "keychain",
    "system",
]
