# SPDX-License-Identifier: GPL-3.0-or-later
"""Box (truenas-api/providers.md, BOX)."""

from __future__ import annotations

from .oauth import OAuthClient, OAuthProvider


class Box(OAuthProvider):
    """A Box account."""

    key = "box"
    wire_type = "BOX"
    title = "Box"
    rclone_type = "box"
    oauth = OAuthClient("https://app.box.com/api/oauth2/authorize", "https://app.box.com/api/oauth2/token")
    rotates_token = True
