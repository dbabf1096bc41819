# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft OneDrive (truenas-api/providers.md, ONEDRIVE)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from .._pydantic import BeforeValidator, Field
from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..fields.field import option
from ..fields.kinds import Kind, Text, WireValue, no_url
from .base import words
from .oauth import REFUSED, ROOT_FOLDER, OAuthClient, OAuthProvider

_IN_RCLONE = {"PERSONAL": "personal", "BUSINESS": "business", "DOCUMENT_LIBRARY": "documentLibrary"}


DriveId = Annotated[
    str, BeforeValidator(no_url("Use the ID of a drive from onedrive_drive_info.")), Field(max_length=1024), Kind()
]


class OneDrive(OAuthProvider):
    """A drive of Microsoft OneDrive."""

    key = "onedrive"
    wire_type = "ONEDRIVE"
    title = "Microsoft OneDrive"
    error_patterns: ClassVar[Patterns] = (
        (r"unable to get drive_id and drive_type|itemNotFound", causes.NO_SUCH_BUCKET),
        (r"InvalidAuthenticationToken", causes.EXPIRED_TOKEN),
        *OAuthProvider.error_patterns,
    )
    hints: ClassVar[Mapping[str, str]] = {
        "no_such_bucket": "Check drive_id. The TrueNAS web form lists the drives of an account under Drives List.",
        "wrong_secret": "Microsoft rejects the OAuth client. Check client_id, and that client_secret has not expired.",
    }
    rclone_type = "onedrive"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **REFUSED,
        **ROOT_FOLDER,
        "region": "Use the global cloud; the NAS supports only that.",
        "tenant": "Remove it; the NAS refreshes tokens for all tenants.",
        "tenant_url": "Log in again without it; the NAS uses only Microsoft Graph.",
    }
    rclone_usual = frozenset({("region", "global")})
    rclone_harmless = words(
        """
        access_scopes av_override chunk_size delta description disable_site_permission encoding
        expose_onenote_files hard_delete hash_type link_password link_scope link_type list_chunk
        metadata_permissions no_versions server_side_across_configs upload_cutoff
        """
    )
    oauth = OAuthClient(
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        scopes=(
            "Files.Read",
            "Files.ReadWrite",
            "Files.Read.All",
            "Files.ReadWrite.All",
            "Sites.Read.All",
            "offline_access",
        ),
        device_url="https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
        loopback="localhost",
    )
    rotates_token = True
    # truenas-api/wire.md §3
    drive_list_method = "cloudsync.onedrive_list_drives"
    drive_list_fields = ("client_id", "client_secret", "token")

    drive_type: Text = option(
        "Type of the drive.",
        required=True,
        aliases=("drive_account_type",),
        choices={kind: kind for kind in _IN_RCLONE},
    )
    drive_id: DriveId = option("ID of the drive; required by the NAS, but can be empty.", required=True)

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Convert the type of the drive to rclone's name."""
        return {**values, "drive_type": _IN_RCLONE[str(values["drive_type"])]}

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Convert the type of the drive to the NAS's name; add an empty drive_id if the remote has none."""
        on_nas = {rclone: nas for nas, rclone in _IN_RCLONE.items()}
        drive_type = options.get("drive_type", "")
        return {"drive_id": "", **options, **({"drive_type": on_nas.get(drive_type, drive_type)} if drive_type else {})}
