# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Google Photos: albums, and tokens."""

from __future__ import annotations

from typing import Any

from . import google
from .oauth import OAuth
from .stand_in import Answer, Request

ALBUM = "Lab"


class GooglePhotos(OAuth):
    """Answers `GET /v1/albums`. rclone lists the root without asking anyone, so there even a wrong token is accepted."""

    hosts = ("photoslibrary.googleapis.com", google.TOKEN_ADDRESS[0])
    token_address = google.TOKEN_ADDRESS
    revoked = google.REVOKED

    def refused(self) -> dict[str, dict[str, Any]]:
        # All that rclone notices: it reads the token, but does not use it.
        return {case: options for case, options in super().refused().items() if case == "token_is_no_json"}

    def stranger(self) -> Answer:
        return google.stranger()

    def listing(self, request: Request) -> Answer | None:
        if request.path != "/v1/albums":
            return None
        return Answer(body={"albums": [{"id": "1", "title": ALBUM, "mediaItemsCount": "0"}]})
