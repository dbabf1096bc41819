# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Photos (truenas-api/providers.md, GOOGLE_PHOTOS)."""

from __future__ import annotations

from .base import words
from .oauth import OAuthClient, OAuthProvider


class GooglePhotos(OAuthProvider):
    """A Google Photos library."""

    key = "google_photos"
    wire_type = "GOOGLE_PHOTOS"
    title = "Google Photos"
    rclone_type = "googlephotos"
    refused_folders = frozenset({"", "media", "media/by-day"})
    rclone_aliases = ("gphotos",)
    rclone_harmless = words(
        """
        batch_commit_timeout batch_mode batch_size batch_timeout description encoding include_archived proxy
        read_only read_size start_year
        """
    )
    # Google's device flow does not grant these scopes.
    oauth = OAuthClient(
        "https://accounts.google.com/o/oauth2/auth",
        "https://oauth2.googleapis.com/token",
        scopes=(
            "https://www.googleapis.com/auth/photoslibrary.appendonly",
            "https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata",
            "https://www.googleapis.com/auth/photoslibrary.edit.appcreateddata",
        ),
        parameters={"access_type": "offline", "prompt": "consent"},
    )
    rotates_token = True
