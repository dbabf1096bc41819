# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Google Drive: the root folder, and tokens."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from . import google
from .base import CONTENT, FILE
from .oauth import OAuth
from .stand_in import Answer, Request


class GoogleDrive(OAuth):
    """Answers `GET /drive/v3/files` of a drive without shared drives."""

    hosts = ("www.googleapis.com", google.TOKEN_ADDRESS[0])
    token_address = google.TOKEN_ADDRESS
    revoked = google.REVOKED

    def stranger(self) -> Answer:
        return google.stranger()

    def with_token(self, token: dict[str, Any]) -> dict[str, Any]:
        return {**super().with_token(token), "team_drive": ""}

    def refused(self) -> dict[str, dict[str, Any]]:
        return {**super().refused(), "no_such_team_drive": self.options | {"team_drive": "nowhere"}}

    def listing(self, request: Request) -> Answer | None:
        if not request.path.startswith("/drive/v3/"):
            return None
        if drive := request.query.get("driveId"):
            message = f"Shared drive not found: {drive}"
            return google.refusal(HTTPStatus.NOT_FOUND, "notFound", message, "NOT_FOUND")
        then = "2026-01-01T00:00:00.000Z"
        names = {"id": "1", "name": FILE, "mimeType": "text/plain", "parents": ["root"]}
        return Answer(body={"files": [{**names, "size": str(len(CONTENT)), "modifiedTime": then, "createdTime": then}]})
