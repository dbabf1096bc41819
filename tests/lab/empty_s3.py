# SPDX-License-Identifier: GPL-3.0-or-later
"""An S3 service without a bucket: `rclone serve s3` on an empty folder, in a process of its own.

Its list of the root is like that of Ceph's gateway or of SeaweedFS for a key without rights. It is started by the tests that
need it, and is no part of `Lab`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

from .base import HOST, PATIENCE, Server
from .running import program
from .storj_ix import RCLONE, UNTIL_END_OF_INPUT
from .web import STRANGER, expect


class EmptyS3(Server):
    """No bucket until `make_bucket` is called, and one key: `user` and `password`."""

    wire_type = "S3"

    def __init__(self) -> None:
        super().__init__()
        self.user = secrets.token_hex(10).upper()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def options(self) -> dict[str, Any]:
        return {
            "access_key_id": self.user,
            "secret_access_key": self.password,
            "endpoint": self.url,
            "region": "us-east-1",
        }

    def make_bucket(self, name: str) -> None:
        """Make a bucket."""
        (self.folder / "data" / name).mkdir()

    @contextmanager
    def _serving(self) -> Iterator[None]:
        (self.folder / "data").mkdir()
        serve = [RCLONE, "serve", "s3", self.folder / "data", "--addr", f"{HOST}:0", "--dir-cache-time", "0s"]
        env = {
            "PATH": os.defpath,
            "RCLONE_CONFIG": os.devnull,
            "RCLONE_CACHE_DIR": str(self.folder / "cache"),
            "RCLONE_AUTH_KEY": f'"{self.user},{self.password}"',
        }
        with program(["sh", "-c", UNTIL_END_OF_INPUT, "sh", *map(str, serve)], rf"http://{HOST}:(\d+)/", env) as found:
            self.port = int(found[1][1])
            yield

    def _probe(self) -> None:
        expect(HTTPStatus.FORBIDDEN, HTTPConnection(self.host, self.port, timeout=PATIENCE), headers=STRANGER)
