# SPDX-License-Identifier: GPL-3.0-or-later
"""What the providers with a login through the browser have in common."""

from __future__ import annotations

from .base import Provider, option
from .values import Text, Token


class OAuthProvider(Provider):
    """Client and token of an OAuth 2 login."""

    client_id: Text = option(
        "ID of your own OAuth client. Empty for the one that rclone brings.", default="", aliases=("oauth_client_id",)
    )
    client_secret: Text = option(
        "Secret of your own OAuth client.", default="", secret=True, aliases=("oauth_client_secret",)
    )
    token: Token = option(
        "The token as rclone writes it, as a mapping or as JSON text.",
        required=True,
        secret=True,
        aliases=("access_token",),
        min_length=1,
    )
