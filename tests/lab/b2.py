# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Backblaze B2: logging in, listing buckets and the names of files."""

from __future__ import annotations

import secrets
from base64 import b64decode
from http import HTTPStatus
from typing import Any

from .base import CONTENT, FILE, WRONG
from .stand_in import Answer, Request, StandIn
from .web import basic

LATER_KEY = "000later"
"""The ID of a key that only a later version of the API takes than the client is said to speak."""
BLIND = "blind"
"""The token of a key that cannot list buckets."""
BUCKETS = {"lab-bucket": "b1", "other-bucket": "b2"}


class B2(StandIn):
    """Answers `b2_authorize_account`, `b2_list_buckets` and `b2_list_file_names`, read only, of any version of the API.

    `user` and `password` can see both buckets, `scoped_user` and `scoped_password` can see `bucket` only: without its name,
    they cannot list buckets, which rclone knows and does.
    """

    hosts = ("api.backblazeb2.com", "api000.backblazeb2.com")
    bucket, other_bucket = BUCKETS

    def __init__(self) -> None:
        super().__init__()
        self.user, self.scoped_user = f"000{secrets.token_hex(11)}", f"000{secrets.token_hex(11)}"
        self.blind_user, self.capped_user = f"000{secrets.token_hex(11)}", f"000{secrets.token_hex(11)}"
        self.scoped_password = secrets.token_hex(12)

    @property
    def options(self) -> dict[str, Any]:
        return {"account": self.user, "key": self.password}

    @property
    def scoped_options(self) -> dict[str, Any]:
        """Options with the key that is restricted to `bucket`."""
        return {"account": self.scoped_user, "key": self.scoped_password}

    def refused(self) -> dict[str, dict[str, Any]]:
        return {
            "wrong_secret": self.options | {"key": WRONG},
            "unknown_key": self.options | {"account": "000nobody"},
            "no_list_buckets": self.options | {"account": self.blind_user},
            "cap_exceeded": self.options | {"account": self.capped_user},
            "key_of_a_later_api": self.options | {"account": LATER_KEY},
        }

    def client(self) -> dict[str, Any]:
        return super().client() | {"bucket": self.bucket, "scoped_options": self.scoped_options}

    def answer(self, request: Request) -> Answer | None:
        call = request.path.rpartition("/")[2]
        if call == "b2_authorize_account":
            return self._authorize(request.headers["Authorization"])
        if request.headers["Authorization"] == BLIND:
            return _error(
                HTTPStatus.UNAUTHORIZED, "unauthorized", "unauthorized for application key with capabilities ''"
            )
        if request.headers["Authorization"] not in ("all", self.bucket):
            return _error(HTTPStatus.UNAUTHORIZED, "bad_auth_token", "Invalid authorization token")
        allowed = BUCKETS if request.headers["Authorization"] == "all" else {self.bucket: BUCKETS[self.bucket]}
        if call == "b2_list_buckets":
            return self._buckets(request.json, allowed)
        if call != "b2_list_file_names":
            return None
        if request.json["bucketId"] not in allowed.values():
            return _error(HTTPStatus.UNAUTHORIZED, "unauthorized", "unauthorized")
        file = {
            "fileId": "1",
            "fileName": FILE,
            "action": "upload",
            "contentLength": len(CONTENT),
            "uploadTimestamp": 0,
        }
        return Answer(body={"files": [file | {"size": len(CONTENT)}], "nextFileName": None})

    def _authorize(self, login: str) -> Answer:
        """Return the answer to a login; B2 has two codes for a wrong one, and uses one of them also for a missing right."""
        if login == basic(self.scoped_user, self.scoped_password):
            return self._login(self.bucket)
        if login == basic(self.capped_user, self.password):
            return _error(HTTPStatus.FORBIDDEN, "transaction_cap_exceeded", "Transaction cap exceeded.")
        if login == basic(LATER_KEY, self.password):
            text = "This request is not currently supported on API version number 1"
            return _error(HTTPStatus.BAD_REQUEST, "bad_request", text)
        if login in (basic(self.user, self.password), basic(self.blind_user, self.password)):
            return self._login(None, "all" if login == basic(self.user, self.password) else BLIND)
        user = b64decode(login.removeprefix("Basic ")).decode().partition(":")[0]
        return _error(HTTPStatus.UNAUTHORIZED, "bad_auth_token" if user == self.user else "unauthorized", "")

    def _login(self, bucket: str | None, opens: str = "all") -> Answer:
        buckets = [{"id": BUCKETS[bucket], "name": bucket}] if bucket else None
        url = f"https://{self.hosts[1]}"
        allowed = {"buckets": buckets, "capabilities": ["listBuckets", "listFiles", "readFiles"], "namePrefix": None}
        sizes = {"absoluteMinimumPartSize": 5000000, "recommendedPartSize": 100000000}
        storage = {"apiUrl": url, "downloadUrl": url, "s3ApiUrl": url, "allowed": allowed, **sizes}
        account = {"authorizationToken": bucket or opens, "accountId": "a1"}
        return Answer(body={**account, "apiInfo": {"storageApi": storage}})

    def _buckets(self, asked: dict[str, Any], allowed: dict[str, str]) -> Answer:
        wanted = {name: id_ for name, id_ in BUCKETS.items() if asked.get("bucketName") in (None, name)}
        wanted = {name: id_ for name, id_ in wanted.items() if asked.get("bucketId") in (None, id_)}
        if not wanted.items() <= allowed.items():
            return _error(HTTPStatus.UNAUTHORIZED, "unauthorized", "unauthorized")
        kind = {"accountId": "a1", "bucketType": "allPrivate"}
        return Answer(body={"buckets": [{"bucketId": id_, "bucketName": name, **kind} for name, id_ in wanted.items()]})


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    return Answer(status, {"status": status, "code": code, "message": message})
