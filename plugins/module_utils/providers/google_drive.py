# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Drive (truenas-api/providers.md, GOOGLE_DRIVE)."""

from __future__ import annotations

from .base import option
from .oauth import OAuthProvider
from .values import Text


class GoogleDrive(OAuthProvider):
    """A Google Drive, the user's own or a shared one."""

    key = "google_drive"
    wire_type = "GOOGLE_DRIVE"
    title = "Google Drive"
    rotates_token = True

    team_drive: Text = option(
        "ID of a shared drive. Empty for the user's own drive.", default="", aliases=("team_drive_id",)
    )
