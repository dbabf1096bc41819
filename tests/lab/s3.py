# SPDX-License-Identifier: GPL-3.0-or-later
"""An S3 server that checks signatures and policies: moto, in a process of its own.

Run as a program, this file is that process. moto keeps its accounts and the switch of its checks in globals, which must not
be those of a test that uses moto itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from threading import Thread
from typing import Any

from .base import CLOSED, CONTENT, FILE, HOST, PATIENCE, WRONG, Server
from .running import program
from .web import STRANGER, expect

BUCKET = "lab-bucket"
OTHER_BUCKET = "other-bucket"
REGION = "us-east-1"


@dataclass(frozen=True)
class Key:
    """An access key."""

    access_key_id: str
    secret_access_key: str


class S3(Server):
    """Two buckets, `bucket` and `other_bucket`.

    `key` has all rights, and so has `next_key`, another one of the same user. `scoped_key` has all rights in `bucket` and no
    others, so it cannot list the buckets. `admin_key` can also create users and write their policies. `pid` is the server's
    process.
    """

    bucket = BUCKET
    other_bucket = OTHER_BUCKET
    region = REGION
    key: Key
    next_key: Key
    scoped_key: Key
    admin_key: Key
    pid: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def options(self) -> dict[str, Any]:
        return {**asdict(self.key), "endpoint": self.url, "region": self.region}

    def refused(self) -> dict[str, dict[str, Any]]:
        good = self.options
        return {
            "wrong_secret": good | {"secret_access_key": WRONG},
            "unknown_key": good | {"access_key_id": "AKIA0000000000000000"},
            "scoped_key": good | asdict(self.scoped_key),
            "unreachable": good | {"endpoint": f"http://{self.host}:{CLOSED}/"},
        }

    def client(self) -> dict[str, Any]:
        return super().client() | {
            "bucket": self.bucket,
            "other_bucket": self.other_bucket,
            "scoped_options": self.options | asdict(self.scoped_key),
        }

    @contextmanager
    def _serving(self) -> Iterator[None]:
        with program([sys.executable, "-m", __name__], r"^\{.*\}$") as (process, line):
            said = json.loads(line[0])
            self.pid, self.port = process.pid, said["port"]
            names = ("key", "next_key", "scoped_key", "admin_key")
            self.key, self.next_key, self.scoped_key, self.admin_key = (Key(*said[name]) for name in names)
            self.user, self.password = said["key"]
            yield

    def _probe(self) -> None:
        expect(HTTPStatus.FORBIDDEN, HTTPConnection(self.host, self.port, timeout=PATIENCE), headers=STRANGER)


def serve() -> None:
    """Fill moto, write its port and keys as a line of JSON, and serve until the standard input ends."""
    import logging

    from moto import settings
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.iam.models import iam_backends
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from moto.s3.models import s3_backends
    from moto.s3.responses import ACTION_MAP
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    accounts, store = iam_backends[DEFAULT_ACCOUNT_ID]["aws"], s3_backends[DEFAULT_ACCOUNT_ID]["aws"]

    def key(user: str) -> tuple[str, str]:
        made = accounts.create_access_key(user)
        return made.access_key_id, made.secret_access_key

    # Amazon has no action HeadBucket; it documents ListBucket for this request.
    ACTION_MAP["BUCKET"]["HEAD"]["DEFAULT"] = "ListBucket"

    def user(name: str, *resources: str, actions: Sequence[str] = ("s3:*",)) -> str:
        policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": resources}}
        accounts.create_user(REGION, name)
        accounts.put_user_policy(name, "access", json.dumps(policy))
        return name

    owner, guest = user("owner", "*"), user("guest", f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*")
    admin = user("admin", "*", actions=("s3:*", "iam:*"))
    keys = {"key": key(owner), "next_key": key(owner), "scoped_key": key(guest), "admin_key": key(admin)}
    for bucket in (BUCKET, OTHER_BUCKET):
        store.create_bucket(bucket, REGION)
        store.put_object(bucket, FILE, CONTENT)
    # From the first request on, signature and policy are checked.
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server(HOST, 0, app, threaded=True, request_handler=MotoRequestHandler)
    Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.port, **keys}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()
