# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Drive (truenas-api/providers.md, GOOGLE_DRIVE)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .base import option
from .oauth import REFUSED, ROOT_FOLDER, OAuthClient, OAuthProvider
from .values import Text, WireValue


class GoogleDrive(OAuthProvider):
    """A Google Drive, the user's own or a shared one."""

    key = "google_drive"
    wire_type = "GOOGLE_DRIVE"
    title = "Google Drive"
    rclone_type = "drive"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **REFUSED,
        **ROOT_FOLDER,
        "env_auth": "Give a token.",
        "impersonate": "Give a token of that user.",
        "service_account_credentials": "Give a token.",
        "service_account_file": "Give a token.",
        "shared_with_me": "Leave it out, and add the shared folders to the user's own drive.",
    }
    # The scope is in the token.
    rclone_usual = frozenset({("root_folder_id", "root"), ("scope", "drive")})
    # Google's device flow does not give this scope.
    oauth = OAuthClient(
        "https://accounts.google.com/o/oauth2/auth",
        "https://oauth2.googleapis.com/token",
        scopes=("https://www.googleapis.com/auth/drive",),
        # Google gives a refresh token once per consent.
        parameters={"access_type": "offline", "prompt": "consent"},
    )
    rotates_token = True

    team_drive: Text = option(
        "ID of a shared drive. Empty for the user's own drive.", default="", aliases=("team_drive_id",)
    )

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Begin at the root of the user's own drive, as the NAS does."""
        return {**values, **({} if values["team_drive"] else {"root_folder_id": "root"})}
