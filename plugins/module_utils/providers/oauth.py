# SPDX-License-Identifier: GPL-3.0-or-later
"""What the providers with a login through the browser have in common."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from . import tokens
from .base import Provider, option
from .tokens import Token
from .values import MASK, Refused, Text, WireValue


@dataclass(frozen=True)
class OAuthClient:
    """How a client of the provider gets a token: URLs and scopes are those of rclone, which the NAS runs.

    `parameters` go with the authorization request. `device_url` is empty where the device flow gives no token that is of use.
    `loopback` is the host of the redirect that the provider takes. `host_domain` is set where the redirect names the host to ask
    for the token, and is what that host has to belong to. `token_type` is what rclone needs, whatever the provider answers.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    device_url: str = ""
    device_grant: str = "urn:ietf:params:oauth:grant-type:device_code"
    loopback: str = "127.0.0.1"
    pkce: bool = True
    returns_state: bool = True
    refreshes: bool = True
    host_domain: str = ""
    token_type: str = ""


REFUSED = {
    "auth_url": "The NAS logs in where the provider does by default.",
    "client_credentials": "Give a token of a user.",
    "token_url": "The NAS refreshes tokens where the provider does by default.",
}
"""Options of rclone that every backend with such a login has, and for which the NAS has no place."""

ROOT_FOLDER = {"root_folder_id": "Leave it out, and give the folder in the tasks."}
"""With it, a path names another folder than on the NAS."""


class OAuthProvider(Provider):
    """Client and token of an OAuth 2 login."""

    error_patterns: ClassVar[Patterns] = (
        (r"invalid_client", causes.WRONG_SECRET),
        (r"looking for beginning of value", causes.NO_REFRESH_TOKEN),
        (r"\b401\b|Invalid 'access_token'", causes.EXPIRED_TOKEN),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_secret": "The provider refuses the OAuth client. Check client_id and client_secret, which belong to the token.",
    }

    oauth: ClassVar[OAuthClient]
    """How to get a token."""
    token_field = "token"  # noqa: S105 - the name of a field is no secret
    rclone_refused: ClassVar[Mapping[str, str]] = REFUSED

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

    @classmethod
    def usable(cls, declared: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Give a token that rclone would never renew an expiry that has passed."""
        token = declared.get("token")
        if not cls.oauth.refreshes or not isinstance(token, str) or not token:
            return dict(declared)
        return {**declared, "token": tokens.renewable(token)}

    @classmethod
    def token_is_newer(cls, stored: Mapping[str, WireValue], desired: Mapping[str, WireValue]) -> bool:
        """Tell whether the stored token expires later. Without two times to compare, the desired one counts."""
        have, want = tokens.find(stored.get("token")), tokens.find(desired.get("token"))
        return bool(have and want and have.end and want.end and have.end > want.end)

    @classmethod
    def same_client(cls, stored: Mapping[str, WireValue], desired: Mapping[str, WireValue]) -> bool:
        """Tell whether client_id and client_secret are the same: a token belongs to the client that asked for it."""
        return all(stored.get(name) == desired.get(name) for name in ("client_id", "client_secret"))

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Warn of half a client, and of a token that rclone cannot read or cannot renew, so that tasks stop within hours."""
        yield from super().warn(values)
        client = [bool(values.get(name)) for name in ("client_id", "client_secret")]
        if client == [True, False]:
            yield (
                f"{cls.key}.client_id is set without client_secret, so rclone sends an empty secret when it renews the token. "
                "Set client_secret, unless the client was registered as one without a secret."
            )
        elif client == [False, True]:
            yield f"{cls.key}.client_secret is set without client_id, so rclone does not use the client that it belongs to."
        text = values.get("token")
        if not isinstance(text, str) or text in ("", MASK):
            return
        try:
            token = tokens.read(text)
        except Refused as refused:
            yield f"{cls.key}.token {refused.reason}."
            return
        if not cls.oauth.refreshes:
            return
        again = "log in again, and give all of the new token."
        if token.is_never_renewed:
            yield f"{cls.key}.token has a refresh_token and no expiry, without which rclone never renews it: declare it again."
        elif token.refresh_token or token.expiry == tokens.NEVER:
            return
        elif token.end and token.end <= datetime.datetime.now(datetime.UTC):
            yield f"{cls.key}.token expired at {token.end:%Y-%m-%d %H:%M} UTC and has no refresh_token: {again}"
        else:
            yield f"{cls.key}.token has no refresh_token, so it stops working when it expires: {again}"
