# SPDX-License-Identifier: GPL-3.0-or-later
"""Dropbox (truenas-api/providers.md, DROPBOX)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import dropbox
from .oauth import REFUSED, OAuthClient, OAuthProvider


class Dropbox(OAuthProvider):
    """A Dropbox account."""

    key = "dropbox"
    wire_type = "DROPBOX"
    title = "Dropbox"
    error_patterns: ClassVar[Patterns] = (
        (r"invalid_access_token|expired_access_token", causes.EXPIRED_TOKEN),
        (r"missing_scope", causes.FORBIDDEN),
        *OAuthProvider.error_patterns,
    )
    probe = dropbox.probe
    rclone_type = "dropbox"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **REFUSED,
        "impersonate": "Give a token of that user.",
        "impersonate_admin": "Give a token of a user whose own folder is to be opened.",
        "root_namespace": "Leave it out, and give the folder in the tasks.",
        "shared_files": "Leave it out, and add the shared files to the user's own folder at Dropbox.",
        "shared_folders": "Leave it out, and mount the shared folders at Dropbox.",
    }
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
