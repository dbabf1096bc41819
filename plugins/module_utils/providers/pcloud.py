# SPDX-License-Identifier: GPL-3.0-or-later
"""pCloud (truenas-api/providers.md, PCLOUD)."""

from __future__ import annotations

from .base import option
from .oauth import OAuthProvider
from .values import Text


class PCloud(OAuthProvider):
    """A pCloud account."""

    key = "pcloud"
    wire_type = "PCLOUD"
    title = "pCloud"
    rclone_type = "pcloud"
    rotates_token = True

    hostname: Text = option("Host name of the API, as pCloud gave it for the account's region.", default="")
