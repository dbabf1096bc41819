# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft OneDrive (truenas-api/providers.md, ONEDRIVE)."""

from __future__ import annotations

from .base import option
from .oauth import OAuthProvider
from .values import Text


class OneDrive(OAuthProvider):
    """A drive of Microsoft OneDrive."""

    key = "onedrive"
    wire_type = "ONEDRIVE"
    title = "Microsoft OneDrive"
    rotates_token = True

    drive_type: Text = option(
        "Kind of the drive.",
        required=True,
        aliases=("drive_account_type",),
        words={kind: kind for kind in ("PERSONAL", "BUSINESS", "DOCUMENT_LIBRARY")},
    )
    drive_id: Text = option("ID of the drive; the NAS wants the key, but it may be empty.", required=True)
