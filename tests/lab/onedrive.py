# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Microsoft OneDrive: one drive's root, and tokens."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from .base import CONTENT, FILE
from .oauth import OAuth
from .stand_in import Answer, Request

DRIVE = "b!labdrive"


class OneDrive(OAuth):
    """Answers `GET /v1.0/drives/{id}/root` and the listing of the children of that root."""

    hosts = ("graph.microsoft.com", "login.microsoftonline.com")
    token_address = ("login.microsoftonline.com", "/common/oauth2/v2.0/token")
    revoked = "AADSTS70000: The provided value for the input parameter 'refresh_token' or 'assertion' is not valid."
    drive = DRIVE

    def with_token(self, token: dict[str, Any]) -> dict[str, Any]:
        return {**super().with_token(token), "drive_id": self.drive, "drive_type": "PERSONAL"}

    def refused(self) -> dict[str, dict[str, Any]]:
        return {**super().refused(), "no_such_drive": self.options | {"drive_id": "b!nowhere"}}

    def stranger(self) -> Answer:
        return _error(HTTPStatus.UNAUTHORIZED, "InvalidAuthenticationToken", "IDX14100: JWT is not well formed.")

    def listing(self, request: Request) -> Answer | None:
        drive = f"/v1.0/drives/{self.drive}"
        if not request.path.startswith(drive):
            return _error(HTTPStatus.NOT_FOUND, "itemNotFound", "The resource could not be found.")
        root = {"driveId": self.drive, "driveType": "personal"}
        if request.path == f"{drive}/root":
            return Answer(body={"id": "root", "name": "root", "folder": {"childCount": 1}, "parentReference": root})
        if request.path != f"{drive}/items/root/children":
            return None
        then = "2026-01-01T00:00:00Z"
        times = {"createdDateTime": then, "lastModifiedDateTime": then}
        file = {"id": "1", "name": FILE, "size": len(CONTENT), "file": {"mimeType": "text/plain"}, **times}
        return Answer(body={"value": [{**file, "parentReference": {**root, "id": "root"}, "fileSystemInfo": times}]})


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message, "innerError": {}}})
