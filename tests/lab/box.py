# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Box: the items of the root folder, and tokens."""

from __future__ import annotations

from http import HTTPStatus

from .base import CONTENT, FILE
from .oauth import OAuth
from .stand_in import Answer, Request

CHALLENGE = 'Bearer realm="Service", error="invalid_token", error_description="The access token provided is invalid."'


class Box(OAuth):
    """Answers `GET /2.0/folders/0/items`. A refresh token works once, as Box's do."""

    hosts = ("api.box.com", "app.box.com")
    token_address = ("app.box.com", "/api/oauth2/token")
    rotates = True

    def stranger(self) -> Answer:
        return Answer(HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": CHALLENGE})

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/2.0/folders/0/items":
            return None
        then = "2026-01-01T00:00:00Z"
        times = dict.fromkeys(("created_at", "modified_at", "content_created_at", "content_modified_at"), then)
        file = {"type": "file", "id": "1", "name": FILE, "size": len(CONTENT), "item_status": "active", **times}
        return Answer(body={"entries": [file], "limit": 1000, "next_marker": None})
