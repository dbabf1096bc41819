# SPDX-License-Identifier: GPL-3.0-or-later
"""pCloud (truenas-api/providers.md, PCLOUD)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .base import option
from .oauth import REFUSED, ROOT_FOLDER, OAuthClient, OAuthProvider
from .values import Text


class PCloud(OAuthProvider):
    """A pCloud account."""

    key = "pcloud"
    wire_type = "PCLOUD"
    title = "pCloud"
    hints: ClassVar[Mapping[str, str]] = {
        **OAuthProvider.hints,
        "expired_token": "pCloud does not know the token. Log in again and declare the new one, and check hostname: an account "
        "of the other region is not known either.",
    }
    rclone_type = "pcloud"
    rclone_refused: ClassVar[Mapping[str, str]] = {**REFUSED, **ROOT_FOLDER}
    rclone_usual = frozenset({("root_folder_id", "d0")})
    # Its documentation knows neither proofs of possession nor refresh tokens; its tokens do not expire.
    oauth = OAuthClient(
        "https://my.pcloud.com/oauth2/authorize",
        "https://api.pcloud.com/oauth2_token",
        loopback="localhost",
        pkce=False,
        returns_state=False,
        refreshes=False,
        host_domain="pcloud.com",
    )
    rotates_token = True

    hostname: Text = option("Host name of the API, as pCloud gave it for the account's region.", default="")
