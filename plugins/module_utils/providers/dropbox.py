# SPDX-License-Identifier: GPL-3.0-or-later
"""Dropbox (truenas-api/providers.md, DROPBOX)."""

from __future__ import annotations

from .oauth import OAuthProvider


class Dropbox(OAuthProvider):
    """A Dropbox account."""

    key = "dropbox"
    wire_type = "DROPBOX"
    title = "Dropbox"
    rclone_type = "dropbox"
