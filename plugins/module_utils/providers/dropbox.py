# SPDX-License-Identifier: GPL-3.0-or-later
"""Dropbox (truenas-api/providers.md, DROPBOX)."""

from __future__ import annotations

from .oauth import OAuthClient, OAuthProvider


class Dropbox(OAuthProvider):
    """A Dropbox account."""

    key = "dropbox"
    wire_type = "DROPBOX"
    title = "Dropbox"
    rclone_type = "dropbox"
    oauth = OAuthClient(
        "https://www.dropbox.com/oauth2/authorize",
        "https://api.dropboxapi.com/oauth2/token",
        scopes=(
            "files.metadata.write",
            "files.content.write",
            "files.content.read",
            "sharing.write",
            "account_info.read",
        ),
        # Without it there is no refresh token.
        parameters={"token_access_type": "offline"},
        loopback="localhost",
    )
