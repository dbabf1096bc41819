# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Photos (truenas-api/providers.md, GOOGLE_PHOTOS)."""

from __future__ import annotations

from .oauth import OAuthProvider


class GooglePhotos(OAuthProvider):
    """A Google Photos library."""

    key = "google_photos"
    wire_type = "GOOGLE_PHOTOS"
    title = "Google Photos"
    rclone_type = "googlephotos"
    rclone_aliases = ("gphotos",)
    rotates_token = True
