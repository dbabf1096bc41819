# SPDX-License-Identifier: GPL-3.0-or-later
"""Dropbox (truenas-api/providers.md, DROPBOX)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import dropbox
from ..fields.kinds import WireValue
from .base import words
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
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"chunk_size": 48}
    chunk_sizes = (5, 149)
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **REFUSED,
        "impersonate": "Use a token of that user.",
        "impersonate_admin": "Use a token of the user who owns the folder.",
        "root_namespace": "Remove it, and set the folder in the cloud sync tasks.",
        "shared_files": "Remove it, and add the shared files to the user's own folder at Dropbox.",
        "shared_folders": "Remove it, and mount the shared folders at Dropbox.",
    }
    rclone_harmless = words(
        """
        batch_commit_timeout batch_mode batch_size batch_timeout chunk_size description encoding export_formats
        pacer_min_sleep show_all_exports skip_exports skip_shared_folders skip_unowned_folders
        """
    )
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
        # Dropbox sends a refresh token only with this parameter.
        parameters={"token_access_type": "offline"},
        loopback="localhost",
    )
