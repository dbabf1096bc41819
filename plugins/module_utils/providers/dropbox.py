# SPDX-License-Identifier: GPL-3.0-or-later
"""Dropbox (truenas-api/providers.md, DROPBOX)."""

from __future__ import annotations

from typing import ClassVar

from ..verification import causes
from ..verification.causes import Complaints
from ..verification.probes import dropbox
from .oauth import OAuthClient, OAuthProvider


class Dropbox(OAuthProvider):
    """A Dropbox account."""

    key = "dropbox"
    wire_type = "DROPBOX"
    title = "Dropbox"
    complaints: ClassVar[Complaints] = (
        (r"invalid_access_token|expired_access_token", causes.EXPIRED_TOKEN),
        (r"missing_scope", causes.FORBIDDEN),
        *OAuthProvider.complaints,
    )
    probe = dropbox.probe
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
