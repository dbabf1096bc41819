# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Drive (truenas-api/providers.md, GOOGLE_DRIVE)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from .._pydantic import BeforeValidator, Field
from ..fields.field import option
from ..fields.kinds import Kind, WireValue, no_url
from .base import words
from .oauth import REFUSED, ROOT_FOLDER, OAuthClient, OAuthProvider

DriveId = Annotated[
    str,
    BeforeValidator(no_url("Use the part of the URL after folders/, up to a question mark.")),
    Field(max_length=1024),
    Kind(),
]


class GoogleDrive(OAuthProvider):
    """A Google Drive: the user's own drive or a shared drive."""

    key = "google_drive"
    wire_type = "GOOGLE_DRIVE"
    title = "Google Drive"
    rclone_type = "drive"
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"fast_list": False, "acknowledge_abuse": False}
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **REFUSED,
        **ROOT_FOLDER,
        "env_auth": "Use a token.",
        "impersonate": "Use a token of that user.",
        "service_account_credentials": "Use a token.",
        "service_account_file": "Use a token.",
        "shared_with_me": "Remove it, and add the shared folders to the user's own drive.",
    }
    # The scope is in the token.
    rclone_usual = frozenset({("root_folder_id", "root"), ("scope", "drive")})
    rclone_harmless = words(
        """
        acknowledge_abuse allow_import_name_change alternate_export auth_owner_only chunk_size
        copy_shortcut_content description disable_http2 encoding export_formats fast_list_bug_fix formats
        import_formats keep_revision_forever list_chunk metadata_enforce_expansive_access metadata_labels
        metadata_owner metadata_permissions pacer_burst pacer_min_sleep resource_key scope
        server_side_across_configs show_all_gdocs size_as_quota skip_checksum_gphotos skip_dangling_shortcuts
        skip_gdocs skip_shortcuts starred_only stop_on_download_limit stop_on_upload_limit trashed_only
        upload_cutoff use_created_date use_shared_date use_trash v2_download_min_size
        """
    )
    # Google's device flow does not grant this scope.
    oauth = OAuthClient(
        "https://accounts.google.com/o/oauth2/auth",
        "https://oauth2.googleapis.com/token",
        scopes=("https://www.googleapis.com/auth/drive",),
        # Google sends a refresh token once for each consent.
        parameters={"access_type": "offline", "prompt": "consent"},
    )
    rotates_token = True

    team_drive: DriveId = option(
        "ID of a shared drive. Empty for the user's own drive.", default="", aliases=("team_drive_id",)
    )

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Start at the root of the user's own drive, as the NAS does."""
        return {**values, **({} if values["team_drive"] else {"root_folder_id": "root"})}
