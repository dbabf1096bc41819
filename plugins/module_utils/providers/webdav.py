# SPDX-License-Identifier: GPL-3.0-or-later
"""WebDAV (truenas-api/providers.md, WEBDAV)."""

from __future__ import annotations

from .base import Provider, option
from .values import Text, Url


class WebDav(Provider):
    """A WebDAV server."""

    key = "webdav"
    wire_type = "WEBDAV"
    title = "WebDAV"

    url: Url = option("URL of the folder. A user and a password in it are kept out of all output.", required=True)
    vendor: Text = option(
        "Which server this is.",
        required=True,
        aliases=("webdav_service",),
        words={vendor: vendor for vendor in ("NEXTCLOUD", "OWNCLOUD", "SHAREPOINT", "OTHER")},
    )
    user: Text = option("Name of the user; may be empty.", required=True, aliases=("username",))
    pass_: Text = option(
        "Password of the user; may be empty.", wire="pass", required=True, secret=True, aliases=("password",)
    )
