# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the stand-ins for providers with tokens: the tokens, and their refresh (RFC 6749, section 6)."""

from __future__ import annotations

import json
import secrets
from abc import abstractmethod
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from .base import WRONG
from .stand_in import Answer, Request, StandIn

LIFETIME = timedelta(hours=1)


class OAuth(StandIn):
    """One account with one client. `options` have a token that is good for an hour.

    A refresh token works for ever, unless the provider `rotates` it: then every refreshing gives a new one, and the old one
    stops working.
    """

    token_address: ClassVar[tuple[str, str]]
    """Host and path for refreshing."""
    rotates: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.client_id, self.client_secret = secrets.token_hex(8), secrets.token_hex(16)
        self._access_tokens: set[str] = set()
        self._refresh_tokens: set[str] = set()
        self._token = self.issue()

    @property
    def options(self) -> dict[str, Any]:
        return self.with_token(self._token)

    def expired_options(self) -> dict[str, Any]:
        """Return options whose access token has expired; a new refresh token can replace it."""
        return self.with_token(self.issue(expired=True))

    def refused(self) -> dict[str, dict[str, Any]]:
        expired = self.issue(expired=True)
        lonely = {name: value for name, value in expired.items() if name != "refresh_token"}
        stranger = {**self._token, "access_token": WRONG, "refresh_token": WRONG}
        return {
            "wrong_secret": self.with_token(stranger),
            "revoked_refresh_token": self.with_token(expired | {"refresh_token": WRONG}),
            "no_refresh_token": self.with_token(lonely),
            "wrong_client_secret": self.with_token(expired) | {"client_secret": WRONG},
            "empty_token": self.with_token({}),
            "token_is_no_json": self.options | {"token": WRONG},
        }

    def client(self) -> dict[str, Any]:
        return super().client() | {"expired_options": self.expired_options()}

    def with_token(self, token: dict[str, Any]) -> dict[str, Any]:
        """Return options with another token."""
        return {"client_id": self.client_id, "client_secret": self.client_secret, "token": json.dumps(token)}

    def issue(self, *, expired: bool = False) -> dict[str, Any]:
        """Make a token as rclone writes it; of an expired one only the refresh token is known to the provider."""
        access, refresh = secrets.token_hex(16), secrets.token_hex(16)
        self._refresh_tokens.add(refresh)
        if not expired:
            self._access_tokens.add(access)
        expiry = datetime.now(UTC) + (-LIFETIME if expired else LIFETIME)
        return {"access_token": access, "token_type": "Bearer", "refresh_token": refresh, "expiry": expiry.isoformat()}

    def answer(self, request: Request) -> Answer | None:
        if (request.host, request.path) == self.token_address:
            return self._refresh(request) if request.form.get("grant_type") == "refresh_token" else None
        scheme, token = request.authorization
        if scheme not in ("bearer", "oauth") or token not in self._access_tokens:
            return self.stranger()
        return self.listing(request)

    @abstractmethod
    def stranger(self) -> Answer:
        """Return what the provider answers to an access token that it does not know."""

    @abstractmethod
    def listing(self, request: Request) -> Answer | None:
        """Return the provider's answer to a client with a valid token."""

    def _refresh(self, request: Request) -> Answer:
        refresh = request.form.get("refresh_token", "")
        if refresh not in self._refresh_tokens:
            return Answer(HTTPStatus.BAD_REQUEST, {"error": "invalid_grant", "error_description": self.revoked})
        if _client(request) != (self.client_id, self.client_secret):
            description = "The client credentials are invalid"
            return Answer(HTTPStatus.UNAUTHORIZED, {"error": "invalid_client", "error_description": description})
        fresh = self.issue()
        if self.rotates:
            self._refresh_tokens.remove(refresh)
        else:
            self._refresh_tokens.remove(fresh.pop("refresh_token"))
        return Answer(body={**fresh, "expires_in": LIFETIME.seconds})

    revoked: ClassVar[str] = "Refresh token has expired"
    """The provider's words about a refresh token that it does not know."""


def _client(request: Request) -> tuple[str, str]:
    # Clients may choose where they say who they are (RFC 6749, section 2.3.1).
    scheme, rest = request.authorization
    if scheme == "basic":
        name, _colon, secret = b64decode(rest).decode().partition(":")
        return name, secret
    return request.form.get("client_id", ""), request.form.get("client_secret", "")
