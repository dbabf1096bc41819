# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of a provider's response to a token for rclone."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ..errors import OAuthFailed
from ..providers.oauth import OAuthClient

_NEVER = "0001-01-01T00:00:00Z"
"""rclone's expiry of a token that does not expire."""


def rclone_token(answer: Mapping[str, Any], client: OAuthClient, now: datetime.datetime) -> dict[str, str]:
    """Return the token with its expiry as a time. Raises OAuthFailed for a response that the NAS could not keep using."""
    if not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
        raise OAuthFailed("The provider did not return an access token.")
    token = {
        "access_token": answer["access_token"],
        "token_type": client.token_type or str(answer.get("token_type", "")),
    }
    token["token_type"] = token["token_type"] or "Bearer"
    if isinstance(answer.get("refresh_token"), str) and answer["refresh_token"]:
        token["refresh_token"] = answer["refresh_token"]
    elif client.refreshes:
        raise OAuthFailed(
            "The provider did not return a refresh token, so the NAS could use the token only until it expires. "
            "Allow offline access for the client, remove its old consent from the account, and run the task again."
        )
    try:
        seconds = float(answer.get("expires_in") or 0)
        token["expiry"] = f"{now + datetime.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}" if seconds else _NEVER
    except (TypeError, ValueError, OverflowError):
        raise OAuthFailed("The provider did not return a valid expiry of the token.") from None
    return token
