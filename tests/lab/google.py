# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers that the stand-ins for Google's services share."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from .stand_in import Answer

TOKEN_ADDRESS = ("oauth2.googleapis.com", "/token")
TOKEN_URI = f"https://{''.join(TOKEN_ADDRESS)}"
REVOKED = "Token has been expired or revoked."


def refusal(status: HTTPStatus, reason: str, message: str, name: str) -> Answer:
    """Return an error as Google's APIs write it."""
    error: dict[str, Any] = {"message": message, "domain": "global", "reason": reason}
    return Answer(status, {"error": {"code": status, "message": message, "errors": [error], "status": name}})


def stranger() -> Answer:
    """Return the refusal of an access token."""
    message = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    return refusal(HTTPStatus.UNAUTHORIZED, "authError", message, "UNAUTHENTICATED")
