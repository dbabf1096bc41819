# SPDX-License-Identifier: GPL-3.0-or-later
"""pCloud (truenas-api/providers.md, PCLOUD)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from .._pydantic import BeforeValidator, Field
from ..fields.field import option
from ..fields.kinds import Kind, no_url
from .base import words
from .oauth import REFUSED, ROOT_FOLDER, OAuthClient, OAuthProvider

HostName = Annotated[
    str, BeforeValidator(no_url("Use the name alone, for example eapi.pcloud.com.")), Field(max_length=1024), Kind()
]


class PCloud(OAuthProvider):
    """A pCloud account."""

    key = "pcloud"
    wire_type = "PCLOUD"
    title = "pCloud"
    hints: ClassVar[Mapping[str, str]] = {
        **OAuthProvider.hints,
        "expired_token": "pCloud rejects the token. Check that hostname belongs to the region of the account, or log in again "
        "and declare the new token.",
    }
    rclone_type = "pcloud"
    rclone_refused: ClassVar[Mapping[str, str]] = {**REFUSED, **ROOT_FOLDER}
    rclone_usual = frozenset({("root_folder_id", "d0")})
    rclone_harmless = words(
        """
        description encoding password username
        """
    )
    # pCloud documents neither proof keys (PKCE) nor refresh tokens; its tokens do not expire.
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

    hostname: HostName = option("Host name of the API that pCloud returned for the region of the account.", default="")
