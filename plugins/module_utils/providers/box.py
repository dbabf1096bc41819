# SPDX-License-Identifier: GPL-3.0-or-later
"""Box (truenas-api/providers.md, BOX)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .base import words
from .oauth import REFUSED, ROOT_FOLDER, OAuthClient, OAuthProvider


class Box(OAuthProvider):
    """A Box account."""

    key = "box"
    wire_type = "BOX"
    title = "Box"
    rclone_type = "box"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **REFUSED,
        **ROOT_FOLDER,
        "access_token": "Use a token with a refresh_token.",
        "box_config_file": "Use a token.",
        "config_credentials": "Use a token.",
        "impersonate": "Use a token of that user.",
    }
    rclone_usual = frozenset({("root_folder_id", "0"), ("box_sub_type", "user")})
    rclone_harmless = words(
        """
        box_sub_type commit_retries description encoding list_chunk owned_by upload_cutoff
        """
    )
    oauth = OAuthClient("https://app.box.com/api/oauth2/authorize", "https://app.box.com/api/oauth2/token")
    rotates_token = True
