# SPDX-License-Identifier: GPL-3.0-or-later
"""A NAS with pools and credentials that the tests of tasks share, and the least that a task is created from."""

from __future__ import annotations

from typing import Any

from .samples import sent

REGION = {"region": "eu-1"}
CREDENTIALS = {
    "s3": 1,
    "aws": 2,
    "storj": 3,
    "b2": 4,
    "dropbox": 5,
    "ftp": 6,
    "http": 7,
    "photos": 8,
    "mega": 9,
    "unlocated": 10,
}
_PROVIDERS: dict[str, dict[str, Any]] = {
    "s3": {**sent("S3"), **REGION},
    "aws": sent("S3"),
    "storj": sent("STORJ_IX"),
    "b2": sent("B2"),
    "dropbox": sent("DROPBOX"),
    "ftp": sent("FTP"),
    "http": sent("HTTP"),
    "photos": sent("GOOGLE_PHOTOS"),
    "mega": sent("MEGA"),
    "unlocated": {**sent("S3"), "skip_region": True},
}
SEED: dict[str, Any] = {
    "pools": ["tank", "other"],
    "datasets": [
        {"name": "tank/nested"},
        {"name": "tank/nested/child"},
        {"name": "tank/volumes"},
        {"name": "tank/volumes/disk", "type": "VOLUME", "vm": True},
        {"name": "tank/volumes/idle", "type": "VOLUME"},
        {"name": "tank/volumes/own", "type": "VOLUME", "internal": True},
        {"name": "tank/secret", "locked": True},
        {"name": "tank/fixed", "readonly": True},
    ],
    "directories": ["/mnt/tank/data/inner", "/mnt/tank/cache"],
    "files": {"/mnt/tank/data/a.txt": "a", "/mnt/tank/file": "no directory"},
    "buckets": {"bucket": "eu-central-1", "plain": None},
    "objects": {"bucket": ["docs/a.txt", "docs/deep/b.txt"]},
    "repositories": {"s3:s3.eu-1.amazonaws.com/bucket/taken": "its password"},
    "credentials": [{"id": number, "name": name, "provider": _PROVIDERS[name]} for name, number in CREDENTIALS.items()],
}


def bucket(folder: str = "", **more: Any) -> dict[str, Any]:
    """Attributes of a provider with buckets."""
    return {"bucket": "bucket", "folder": folder, **more}


def sync(credential: str = "ftp", **more: Any) -> dict[str, Any]:
    """What a cloud sync task is created from."""
    return {
        "path": "/mnt/tank/data",
        "credentials": CREDENTIALS[credential],
        "direction": "PUSH",
        "transfer_mode": "COPY",
        "attributes": {"folder": ""},
        **more,
    }


def backup(credential: str = "s3", **more: Any) -> dict[str, Any]:
    """What a cloud backup task is created from."""
    return {
        "path": "/mnt/tank/data",
        "credentials": CREDENTIALS[credential],
        "attributes": bucket("new"),
        "password": "password",
        "keep_last": 2,
        **more,
    }
