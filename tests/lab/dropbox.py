# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Dropbox: the root folder, and tokens."""

from __future__ import annotations

from http import HTTPStatus

from .base import CONTENT, FILE
from .oauth import OAuth
from .stand_in import Answer, Request


class Dropbox(OAuth):
    """Answers `POST /2/files/list_folder` for the root."""

    hosts = ("api.dropboxapi.com", "content.dropboxapi.com")
    token_address = ("api.dropboxapi.com", "/oauth2/token")
    revoked = "refresh token is invalid or revoked"

    def stranger(self) -> Answer:
        tag = "invalid_access_token"
        return Answer(HTTPStatus.UNAUTHORIZED, {"error_summary": f"{tag}/...", "error": {".tag": tag}})

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/2/files/list_folder" or request.json["path"]:
            return None
        then = "2026-01-01T00:00:00Z"
        names = {"name": FILE, "id": "id:1", "path_lower": f"/{FILE}", "path_display": f"/{FILE}"}
        kind = {".tag": "file", "is_downloadable": True}
        file = {**kind, **names, "size": len(CONTENT), "client_modified": then, "server_modified": then}
        return Answer(body={"entries": [file], "cursor": "1", "has_more": False})
