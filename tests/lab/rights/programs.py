# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone and restic in a world of their own, and the places that they work in."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]  # the library has no types
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # the library has no types

from ..b2_store import BUCKET, B2Store
from ..install import restic
from ..s3 import REGION, S3, Key

RCLONE = Path(sys.executable).parent / "rclone"
PATIENCE = 400
PASSWORD = secrets.token_hex(8)

Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Place:
    """Where a run works: a folder of its own on this host, and a bucket. `remote` has the settings of rclone for the key."""

    local: Path
    bucket: str
    remote: Mapping[str, str]
    url: str = ""
    key: Key | None = None

    def rclone(self, *arguments: str) -> Done:
        """Run rclone, whose remote is called `remote`, and whose encrypted one is called `crypt`."""
        env = {f"RCLONE_CONFIG_REMOTE_{name.upper()}": value for name, value in self.remote.items()}
        own = {"RCLONE_CONFIG": os.devnull, "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"}
        return self._run([str(RCLONE), *arguments], {**env, **own})

    def crypt(self, folder: str) -> list[str]:
        """Return the arguments for an encrypted remote at a folder of the bucket, with encrypted names, as the NAS makes it."""
        password = self._run([str(RCLONE), "obscure", PASSWORD], {}).stdout.strip()
        return [f":crypt,remote='remote:{self.bucket}/{folder}',password='{password}',filename_encryption=standard:"]

    def restic(self, folder: str, *arguments: str) -> Done:
        """Run restic with the repository in a folder of the bucket."""
        assert self.key
        env = {
            "AWS_ACCESS_KEY_ID": self.key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.key.secret_access_key,
            "RESTIC_PASSWORD": PASSWORD,
            "RESTIC_CACHE_DIR": str(self.local / "cache"),
        }
        repository = f"s3:{self.url}/{self.bucket}/{folder}"
        return self._run([str(restic()), "--repo", repository, *arguments], env)

    def write(self, **texts: str) -> None:
        """Write files to the folder `data` of this host."""
        for name, text in texts.items():
            file = self.data / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    @property
    def data(self) -> Path:
        """The folder that the task moves files from or to."""
        folder = self.local / "data"
        folder.mkdir(exist_ok=True)
        return folder

    def _run(self, command: list[str], env: Mapping[str, str]) -> Done:
        world = {"PATH": os.defpath, "HOME": str(self.local), **env}
        return subprocess.run(command, env=world, capture_output=True, text=True, timeout=PATIENCE, check=False)


def client(service: str, server: S3, key: Key) -> Any:
    """Return a client of boto3 for a key at the server."""
    return _client(service, server.url, key)


def _client(service: str, url: str, key: Key) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )


def key_with(server: S3, policy: Mapping[str, Any]) -> Key:
    """Return a key of a new user with exactly this policy."""
    iam = client("iam", server, server.admin_key)
    name = f"user-{secrets.token_hex(6)}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="least", PolicyDocument=json.dumps(policy))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Key(made["AccessKeyId"], made["SecretAccessKey"])


def s3_place(server: S3, key: Key, local: Path, bucket: str) -> Place:
    """Return a place for a key at the server with policies."""
    remote = {
        "type": "s3",
        "provider": "Other",
        "endpoint": server.url,
        "region": server.region,
        "access_key_id": key.access_key_id,
        "secret_access_key": key.secret_access_key,
    }
    return Place(local, bucket, remote, server.url, key)


def b2_place(server: B2Store, capabilities: list[str], local: Path) -> Place:
    """Return a place for a new key with these capabilities at the server of our own."""
    account, secret = server.add_key(capabilities)
    return Place(local, BUCKET, {"type": "b2", "account": account, "key": secret, "endpoint": server.url})


def located(place: Place) -> Done:
    """Ask for the region of the bucket, as the NAS does with boto3, and return that as a command."""
    assert place.key
    s3 = _client("s3", place.url, place.key)
    try:
        answer = s3.get_bucket_location(Bucket=place.bucket)
    except ClientError as error:
        return Done(["GetBucketLocation"], 1, "", str(error))
    return Done(["GetBucketLocation"], 0, str(answer["LocationConstraint"]), "")
