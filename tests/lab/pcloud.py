# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for pCloud: the root folder of an account in Europe, and tokens."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from .base import CONTENT, FILE
from .oauth import OAuth
from .stand_in import Answer, Request

HOSTNAME = "eapi.pcloud.com"


class PCloud(OAuth):
    """Answers `GET /listfolder` for the root. A token works at `hostname` only, as pCloud's do.

    pCloud's own tokens do not expire; refreshing works here as it does elsewhere, because rclone would try it.
    """

    hosts = ("api.pcloud.com", HOSTNAME)
    token_address = ("api.pcloud.com", "/oauth2_token")
    hostname = HOSTNAME

    def with_token(self, token: dict[str, Any]) -> dict[str, Any]:
        return {**super().with_token(token), "hostname": self.hostname}

    def refused(self) -> dict[str, dict[str, Any]]:
        return {**super().refused(), "wrong_region": self.options | {"hostname": "api.pcloud.com"}}

    def answer(self, request: Request) -> Answer | None:
        # Whatever the hostname, rclone refreshes at the other one.
        mine = request.host == self.hostname or (request.host, request.path) == self.token_address
        return super().answer(request) if mine else self.stranger()

    def stranger(self) -> Answer:
        return Answer(HTTPStatus.OK, {"result": 2094, "error": "Invalid 'access_token' provided."})

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/listfolder" or request.query.get("folderid") != "0":
            return None
        then = "Thu, 01 Jan 2026 00:00:00 +0000"
        root = {"name": "/", "isfolder": True, "folderid": 0, "created": then, "modified": then}
        kind = {"isfolder": False, "contenttype": "text/plain", "category": 4}
        file = {"name": FILE, "fileid": 1, "size": len(CONTENT), "created": then, "modified": then, "hash": 1, **kind}
        return Answer(body={"result": 0, "metadata": {**root, "contents": [file]}})
