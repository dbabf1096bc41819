# SPDX-License-Identifier: GPL-3.0-or-later
"""An S3 gateway with TLS, which Storj iX asks for: `rclone serve s3`, in a process of its own.

The S3 server of `s3.py` is another implementation; here client and server share code if the client is rclone.
"""

from __future__ import annotations

import os
import secrets
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

from .base import CLOSED, CONTENT, FILE, HOST, PATIENCE, WRONG, Server
from .certificate import write_certificate
from .running import program
from .web import STRANGER, expect

RCLONE = Path(sys.executable).parent / "rclone"

# rclone does not mind the end of its standard input, the shell does. The shell lets go of its output, which would hide that
# rclone could not start, and kills, because rclone waits 10 s for clients that stay connected.
UNTIL_END_OF_INPUT = '"$@" & exec >/dev/null 2>&1; cat; kill -KILL $!; wait'


class StorjIx(Server):
    """One bucket, `bucket`, and one key: `user` and `password`. `ca_file` is what a client trusts; `pid` leads its processes."""

    bucket = "lab-bucket"
    ca_file: Path
    pid: int

    def __init__(self) -> None:
        super().__init__()
        self.user = secrets.token_hex(10).upper()

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    @property
    def options(self) -> dict[str, Any]:
        return {"access_key_id": self.user, "secret_access_key": self.password, "endpoint": self.url}

    def refused(self) -> dict[str, dict[str, Any]]:
        good = self.options
        return {
            "wrong_secret": good | {"secret_access_key": WRONG},
            "unknown_key": good | {"access_key_id": "NOBODY"},
            "unreachable": good | {"endpoint": f"https://{self.host}:{CLOSED}/"},
        }

    def client(self) -> dict[str, Any]:
        return super().client() | {"bucket": self.bucket, "ca_file": str(self.ca_file)}

    @contextmanager
    def _serving(self) -> Iterator[None]:
        bucket = self.folder / "data" / self.bucket
        bucket.mkdir(parents=True)
        (bucket / FILE).write_bytes(CONTENT)
        self.ca_file, key_file = write_certificate(self.folder)
        serve = [RCLONE, "serve", "s3", bucket.parent, "--addr", f"{HOST}:0", "--cert", self.ca_file, "--key", key_file]
        command = ["sh", "-c", UNTIL_END_OF_INPUT, "sh", *map(str, serve)]
        # The key goes by the environment, because others can read a command line. It is read as a line of CSV there.
        env = {
            "PATH": os.defpath,
            "RCLONE_CONFIG": os.devnull,
            "RCLONE_CACHE_DIR": str(self.folder / "cache"),
            "RCLONE_AUTH_KEY": f'"{self.user},{self.password}"',
        }
        with program(command, rf"https://{HOST}:(\d+)/", env) as (process, line):
            self.pid, self.port = process.pid, int(line[1])
            yield

    def _probe(self) -> None:
        context = ssl.create_default_context(cafile=self.ca_file)
        connection = HTTPSConnection(self.host, self.port, timeout=PATIENCE, context=context)
        expect(HTTPStatus.FORBIDDEN, connection, headers=STRANGER)
