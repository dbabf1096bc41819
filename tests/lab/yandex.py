# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Yandex Disk: the root folder, and tokens."""

from __future__ import annotations

from http import HTTPStatus

from .base import CONTENT, FILE
from .oauth import OAuth
from .stand_in import Answer, Request


class Yandex(OAuth):
    """Answers `GET /v1/disk/resources` for the root."""

    hosts = ("cloud-api.yandex.com", "cloud-api.yandex.net", "oauth.yandex.com")
    token_address = ("oauth.yandex.com", "/token")
    revoked = "expired_token"

    def stranger(self) -> Answer:
        words = {"message": "Not authorised.", "description": "Unauthorized", "error": "UnauthorizedError"}
        return Answer(HTTPStatus.UNAUTHORIZED, words)

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/v1/disk/resources" or request.query.get("path") != "disk:/":
            return None
        times = {"created": "2026-01-01T00:00:00+00:00", "modified": "2026-01-01T00:00:00+00:00"}
        file = {"type": "file", "name": FILE, "path": f"disk:/{FILE}", "size": len(CONTENT), "mime_type": "text/plain"}
        items = {"items": [{**file, **times}], "limit": 1000, "offset": 0, "total": 1, "path": "disk:/"}
        return Answer(body={"type": "dir", "name": "disk", "path": "disk:/", **times, "_embedded": items})
