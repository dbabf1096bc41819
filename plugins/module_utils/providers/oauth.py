# SPDX-License-Identifier: GPL-3.0-or-later
"""The common base of the providers with a browser login."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..fields.field import option
from ..fields.kinds import MASK, Refused, Text, WireValue
from . import tokens
from .base import Provider
from .tokens import OAuthToken, Token


@dataclass(frozen=True)
class OAuthClient:
    """How a client of the provider gets a token. URLs and scopes are those of rclone, which the NAS runs.

    `parameters` are added to the authorization request. `device_url` is empty if the device flow does not return a usable
    token. `loopback` is the host of the redirect that the provider accepts. If the redirect names the host that issues the
    token, that host must be in `host_domain`. `token_type` is the type that rclone needs, whatever the provider returns.
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
    "auth_url": "Remove it; the NAS uses the provider's default URL to log in.",
    "client_credentials": "Use a token of a user.",
    "token_url": "Remove it; the NAS uses the provider's default URL to refresh tokens.",
}
"""Options of every rclone backend with OAuth that the NAS does not support."""

ROOT_FOLDER = {"root_folder_id": "Remove it, and set the folder in the cloud sync tasks."}
"""With this option, a path leads to another folder than on the NAS."""


class OAuthProvider(Provider):
    """Client and token of an OAuth 2 login."""

    error_patterns: ClassVar[Patterns] = (
        (r"invalid_client", causes.WRONG_SECRET),
        (r"looking for beginning of value", causes.NO_REFRESH_TOKEN),
        (r"\b401\b|Invalid 'access_token'", causes.EXPIRED_TOKEN),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_secret": "The provider rejects the OAuth client. Check that client_id and client_secret belong to the token.",
    }

    oauth: ClassVar[OAuthClient]
    """How to get a token."""
    token_field = "token"  # noqa: S105 - the name of a field is not a secret
    rclone_refused: ClassVar[Mapping[str, str]] = REFUSED

    client_id: Text = option(
        "ID of your own OAuth client. Empty for the client of rclone.", default="", aliases=("oauth_client_id",)
    )
    client_secret: Text = option(
        "Secret of your own OAuth client.", default="", secret=True, aliases=("oauth_client_secret",)
    )
    token: Token = option(
        "The token in the format of rclone, as a mapping or as JSON text.",
        required=True,
        secret=True,
        aliases=("access_token",),
        min_length=1,
    )

    @classmethod
    def usable(cls, declared: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Add a past expiry to a token that rclone would otherwise never refresh."""
        token = declared.get("token")
        if not cls.oauth.refreshes or not isinstance(token, str):
            return dict(declared)
        return {**declared, "token": tokens.renewable(token)}

    @staticmethod
    def as_rclone_reads(token: Any) -> Any:
        """Return a stored token as rclone reads it, which can be the token that it makes of another form."""
        return token

    @staticmethod
    def is_lasting(token: OAuthToken) -> bool:
        """Return whether the access token never expires."""
        return token.expiry == tokens.NEVER

    @classmethod
    def token_is_newer(cls, stored: Mapping[str, WireValue], desired: Mapping[str, WireValue]) -> bool:
        """Return whether the stored token expires later; False if either token has no expiry."""
        old, new = (tokens.find(cls.as_rclone_reads(values.get("token"))) for values in (stored, desired))
        return bool(old and new and old.end and new.end and old.end > new.end)

    @classmethod
    def same_client(cls, stored: Mapping[str, WireValue], desired: Mapping[str, WireValue]) -> bool:
        """Return whether client_id and client_secret are equal; a token belongs to the client that requested it."""
        return all(stored.get(name) == desired.get(name) for name in ("client_id", "client_secret"))

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield a warning for an incomplete client, and for a token that rclone cannot read or refresh."""
        yield from super().warn(values)
        client = [bool(values.get(name)) for name in ("client_id", "client_secret")]
        if client == [True, False]:
            yield (
                f"{cls.key}.client_id is set without client_secret, so rclone sends an empty secret when it refreshes the "
                "token. Set client_secret, unless the client was registered without a secret."
            )
        elif client == [False, True]:
            yield f"{cls.key}.client_secret is set without client_id, so rclone does not use your client. Set client_id."
        text = values.get("token")
        if not isinstance(text, str) or text in ("", MASK):
            return
        try:
            token = tokens.read(cls.as_rclone_reads(text))
        except Refused as refused:
            yield f"{cls.key}.token {refused.reason}."
            return
        if not cls.oauth.refreshes:
            return
        remedy = "Log in again, and declare the complete new token."
        if token.is_never_renewed:
            yield f"{cls.key}.token has a refresh_token but no expiry, so rclone never refreshes it. Declare the token again."
        elif token.refresh_token or cls.is_lasting(token):
            return
        elif token.end and token.end <= datetime.datetime.now(datetime.UTC):
            yield f"{cls.key}.token expired at {token.end:%Y-%m-%d %H:%M} UTC and has no refresh_token. {remedy}"
        else:
            yield f"{cls.key}.token has no refresh_token, so it stops working when it expires. {remedy}"
