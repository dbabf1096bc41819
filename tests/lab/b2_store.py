# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of Backblaze's native API that keeps files, and enforces the capability that Backblaze documents for each call.

It has one bucket and the calls that rclone makes for files below the cutoff. A key has any set of capabilities, and is limited
to the bucket.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from .base import HOST, Server
from .running import thread
from .stand_in import Answer, Handler, Listener, Request
from .web import basic

BUCKET = "lab-bucket"
BUCKET_ID = "b1"
CALLS = {
    "b2_list_buckets": ("listBuckets",),
    "b2_list_file_names": ("listFiles",),
    "b2_list_file_versions": ("listFiles",),
    "b2_get_upload_url": ("writeFiles",),
    "b2_hide_file": ("writeFiles",),
    "b2_copy_file": ("readFiles", "writeFiles"),
    "b2_get_file_info": ("readFiles",),
    "b2_delete_file_version": ("deleteFiles",),
    "b2_get_download_authorization": ("shareFiles",),
    "b2_download_file_by_id": ("readFiles",),
    "download": ("readFiles",),
}
"""The capabilities that Backblaze documents for each call (https://www.backblaze.com/apidocs)."""


@dataclass
class Version:
    """One version of a file, or the marker that hides it."""

    name: str
    id: str
    time: int
    action: str = "upload"
    body: bytes = b""
    info: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """Return the version as the API lists it."""
        hidden = self.action == "hide"
        return {
            "fileId": self.id,
            "fileName": self.name,
            "action": self.action,
            "bucketId": BUCKET_ID,
            "contentLength": len(self.body),
            "size": len(self.body),
            "contentSha1": None if hidden else hashlib.sha1(self.body, usedforsecurity=False).hexdigest(),
            "contentType": "application/octet-stream",
            "fileInfo": self.info,
            "uploadTimestamp": self.time,
        }


class B2Store(Server):
    """One bucket, `lab-bucket`. `add_key` makes a key; `versions` are all versions of its files, the newest first."""

    wire_type = "B2"

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, tuple[str, frozenset[str]]] = {}
        self.versions: list[Version] = []
        self.asked: list[str] = []
        self._count = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def options(self) -> dict[str, Any]:
        return {"account": self.user, "key": self.password}

    def add_key(self, capabilities: Iterable[str]) -> tuple[str, str]:
        """Return ID and secret of a new key for the bucket."""
        account, secret = f"000{secrets.token_hex(11)}", secrets.token_hex(12)
        self.keys[account] = (secret, frozenset(capabilities))
        return account, secret

    def put(self, name: str, body: bytes, info: dict[str, str]) -> Version:
        """Store a new version of a file."""
        version = Version(name, f"f{next(self._count)}", 1700000000000 + next(self._count), "upload", body, info)
        self.versions.insert(0, version)
        return version

    def current(self) -> dict[str, bytes]:
        """Return the files that are not hidden, by name."""
        newest: dict[str, Version] = {}
        for version in self.versions:
            newest.setdefault(version.name, version)
        return {name: one.body for name, one in newest.items() if one.action == "upload"}

    @contextmanager
    def _serving(self) -> Iterator[None]:
        with Listener((HOST, 0), type("Store", (Handler,), {"answer": self.answer})) as server:
            self.port = server.server_port
            with thread(partial(server.serve_forever, poll_interval=0.05), server.shutdown):
                yield

    def _probe(self) -> None:
        """Its own listener is there when the thread is."""

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request, or a refusal if its key lacks a capability."""
        call = request.path.rpartition("/")[2]
        if call == "b2_authorize_account":
            return self._authorize(request.headers["Authorization"])
        if request.path.startswith("/file/"):
            call = "download"
        if request.path.startswith("/upload/"):
            return self._upload(request)
        self.asked.append(call)
        _secret, capabilities = self.keys.get(request.headers.get("Authorization", ""), ("", frozenset()))
        if not capabilities.issuperset(CALLS.get(call, ("nothing",))):
            return _error(HTTPStatus.UNAUTHORIZED, "unauthorized", f"not allowed: {call}")
        answers: dict[str, Callable[[Request], Answer]] = {
            "b2_list_buckets": self._buckets,
            "b2_list_file_names": partial(self._list, newest_only=True),
            "b2_list_file_versions": self._list,
            "b2_get_upload_url": self._upload_url,
            "b2_hide_file": self._hide,
            "b2_copy_file": self._copy,
            "b2_get_file_info": lambda asked: self._row(asked.json["fileId"]),
            "b2_delete_file_version": self._delete,
            "b2_download_file_by_id": lambda asked: self._content(self._find(asked.query["fileId"])),
            "download": self._download,
        }
        return answers[call](request)

    def _authorize(self, login: str) -> Answer:
        for account, (secret, capabilities) in self.keys.items():
            if login == basic(account, secret):
                buckets = [{"id": BUCKET_ID, "name": BUCKET}]
                allowed = {"buckets": buckets, "capabilities": sorted(capabilities), "namePrefix": None}
                sizes = {"absoluteMinimumPartSize": 5000000, "recommendedPartSize": 100000000}
                storage = {
                    "apiUrl": self.url,
                    "downloadUrl": self.url,
                    "s3ApiUrl": self.url,
                    "allowed": allowed,
                    **sizes,
                }
                body = {"authorizationToken": account, "accountId": "a1", "apiInfo": {"storageApi": storage}}
                return Answer(body=body)
        return _error(HTTPStatus.UNAUTHORIZED, "bad_auth_token", "")

    def _buckets(self, request: Request) -> Answer:
        return Answer(
            body={
                "buckets": [
                    {"bucketId": BUCKET_ID, "bucketName": BUCKET, "accountId": "a1", "bucketType": "allPrivate"}
                ]
            }
        )

    def _list(self, request: Request, newest_only: bool = False) -> Answer:
        prefix, delimiter = request.json.get("prefix") or "", request.json.get("delimiter") or ""
        start = request.json.get("startFileName") or ""
        rows: dict[str, dict[str, Any]] = {}
        for version in self.versions:
            if not version.name.startswith(prefix) or version.name < start:
                continue
            rest = version.name.removeprefix(prefix)
            if delimiter and delimiter in rest:
                folder = f"{prefix}{rest.partition(delimiter)[0]}{delimiter}"
                rows.setdefault(folder, {"fileName": folder, "action": "folder", "fileId": None})
            else:
                rows.setdefault(version.name if newest_only else version.id, version.row())
        shown = [row for row in rows.values() if not newest_only or row["action"] != "hide"]
        return Answer(body={"files": sorted(shown, key=lambda row: str(row["fileName"])), "nextFileName": None})

    def _upload_url(self, request: Request) -> Answer:
        token = request.headers["Authorization"]
        body = {"bucketId": BUCKET_ID, "uploadUrl": f"{self.url}/upload/{token}", "authorizationToken": token}
        return Answer(body=body)

    def _upload(self, request: Request) -> Answer:
        prefix = "x-bz-info-"
        info = {
            name.lower().removeprefix(prefix): value
            for name, value in request.headers.items()
            if name.lower().startswith(prefix)
        }
        body = request.body
        if request.headers.get("X-Bz-Content-Sha1") == "hex_digits_at_end":
            body = body[:-40]
        return Answer(body=self.put(unquote(request.headers["X-Bz-File-Name"]), body, info).row())

    def _hide(self, request: Request) -> Answer:
        version = self.put(request.json["fileName"], b"", {})
        version.action = "hide"
        return Answer(body=version.row())

    def _copy(self, request: Request) -> Answer:
        asked = request.json
        source = self._find(asked["sourceFileId"])
        assert source
        info = asked.get("fileInfo") or source.info
        return Answer(body=self.put(asked["fileName"], source.body, info).row())

    def _row(self, file_id: str) -> Answer:
        found = self._find(file_id)
        return Answer(body=found.row()) if found else _error(HTTPStatus.NOT_FOUND, "not_found", "")

    def _delete(self, request: Request) -> Answer:
        self.versions = [one for one in self.versions if one.id != request.json["fileId"]]
        return Answer(body={"fileId": request.json["fileId"], "fileName": request.json["fileName"]})

    def _download(self, request: Request) -> Answer:
        name = unquote(request.path.removeprefix(f"/file/{BUCKET}/"))
        found = next((one for one in self.versions if one.name == name and one.action == "upload"), None)
        return self._content(found)

    def _content(self, found: Version | None) -> Answer:
        if found is None:
            return _error(HTTPStatus.NOT_FOUND, "not_found", "")
        row = found.row()
        headers = {
            "X-Bz-File-Id": found.id,
            "X-Bz-File-Name": found.name,
            "X-Bz-Content-Sha1": row["contentSha1"],
            "X-Bz-Upload-Timestamp": str(found.time),
            **{f"X-Bz-Info-{key}": value for key, value in found.info.items()},
        }
        return Answer(body=found.body.decode(), headers=headers)

    def _find(self, file_id: str) -> Version | None:
        return next((one for one in self.versions if one.id == file_id), None)


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    return Answer(status, {"status": status, "code": code, "message": message})
