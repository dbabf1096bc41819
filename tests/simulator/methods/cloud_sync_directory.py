# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloudsync`: providers, and listings through a credential (truenas-api/wire.md §3, §7b; upstream
plugins/cloud_sync/directory.py)."""

from __future__ import annotations

import errno
import json
import re
from functools import cache
from typing import Any

from pydantic import Secret

from .. import old_task_schemas, task_models, versions
from ..errors import CallError, ValidationError
from ..models import LongNonEmptyString, Model, model
from ..nas import Nas
from ..remotes import REMOTES
from . import cloud_sync_checks, credentials
from .registry import Call, method, same

Entry = dict[str, Any]

_BUCKET_NAME = re.compile(r"[a-zA-Z0-9.\-_]{1,255}")
_OAUTH = "https://www.truenas.com/oauth"


@cache
def _list_directory_args(version: str) -> type[Model]:
    listing = model(
        "CloudSyncListDirectory",
        credentials=int,
        encryption=(bool, False),
        filename_encryption=(bool, False),
        encryption_password=(Secret[str], ""),
        encryption_salt=(Secret[str], ""),
        attributes=task_models.attributes(version) if versions.at_least(version, "v26.0.0") else dict[str, Any],
        args=(str, ""),
    )
    return model("CloudSyncListDirectoryArgs", cloud_sync_ls=listing)


@method("cloudsync.providers", role="CLOUD_SYNC_READ", path_since=task_models.STRICT)
async def providers(call: Call) -> list[dict[str, Any]]:
    """Return the providers that have a backend, by title."""
    return [
        {
            "name": name,
            "title": remote.title,
            "credentials_oauth": f"{_OAUTH}/{remote.oauth}" if remote.oauth else None,
            "buckets": remote.buckets,
            "bucket_title": remote.bucket_title,
            "task_schema": task_schema(name, call.nas.version),
        }
        for name, remote in sorted(REMOTES.items(), key=lambda item: item[1].title.lower())
    ]


@method(
    "cloudsync.list_directory",
    args=_list_directory_args,
    role="CLOUD_SYNC_WRITE",
    path_since=task_models.STRICT,
)
async def list_directory(call: Call, data: Entry) -> list[dict[str, Any]]:
    """Return the entries of a directory of the remote."""
    return await cloud_sync_checks.list_directory(call.nas, data)


@method(
    "cloudsync.list_buckets",
    args=same(model("CloudSyncListBucketsArgs", credentials_id=int)),
    role="CLOUD_SYNC_WRITE",
    path_since=task_models.STRICT,
)
async def list_buckets(call: Call, credentials_id: int) -> list[dict[str, Any]]:
    """Return the buckets of a credential."""
    return await buckets(call.nas, credentials_id)


@method(
    "cloudsync.create_bucket",
    args=same(model("CloudSyncCreateBucketArgs", credentials_id=int, name=str)),
    role="CLOUD_SYNC_WRITE",
    path_since=task_models.STRICT,
)
async def create_bucket(call: Call, credentials_id: int, name: str) -> None:
    """Create a bucket where the provider lets the server do that."""
    await make_bucket(call.nas, credentials_id, name)


@method(
    "cloudsync.onedrive_list_drives",
    args=same(
        model(
            "CloudSyncOneDriveListDrivesArgs",
            onedrive_list_drives=model(
                "CloudSyncOneDriveListDrives",
                client_id=(Secret[str], ""),
                client_secret=(Secret[str], ""),
                token=Secret[LongNonEmptyString],
            ),
        )
    ),
    role="CLOUD_SYNC_WRITE",
)
async def onedrive_list_drives(call: Call, data: dict[str, str]) -> list[dict[str, str]]:
    """Return the drives behind a token: always the same two, since Microsoft is out of reach here."""
    call.nas.rclone.ask()
    json.loads(data["token"])["access_token"]
    return [
        {"drive_type": "PERSONAL", "drive_id": "b!personal", "name": "OneDrive", "description": ""},
        {"drive_type": "DOCUMENT_LIBRARY", "drive_id": "b!library", "name": "Documents", "description": "Team site"},
    ]


async def buckets(nas: Nas, credentials_id: int) -> list[dict[str, Any]]:
    """Return the buckets of a credential. Raises CallError."""
    provider = _provider(nas, credentials_id)
    if not REMOTES[provider["type"]].buckets:
        raise CallError("This provider does not use buckets")
    return await nas.rclone.ls(provider, "")


async def make_bucket(nas: Nas, credentials_id: int, name: str) -> None:
    """Create a bucket. Raises CallError, ValidationError for a name that will not do, RuntimeError for any other refusal."""
    provider = _provider(nas, credentials_id)
    if not REMOTES[provider["type"]].can_create_bucket:
        raise CallError("This provider can't create buckets")
    if not _BUCKET_NAME.fullmatch(name):
        raise ValidationError(
            "cloudsync.create_bucket", "The bucket name can only contain lowercase letters, numbers, and hyphens."
        )
    output = await nas.rclone.make_bucket(provider, name)
    if "InvalidBucketName" in output.stderr:
        raise ValidationError(
            "cloudsync.create_bucket",
            "The bucket name must be between 3-63 characters in length and cannot contain uppercase.",
        )
    if "BucketAlreadyExists" in output.stderr:
        raise CallError(output.stderr.strip(), errno.EEXIST)
    if output.status != 0:
        # The server passes its S3 library's own exception on, so this is no CallError.
        raise RuntimeError(output.stderr.strip())


def task_schema(provider: str, version: str) -> list[Entry]:
    """Return the attributes of a task on a provider: their names, before 25.10 with a schema each."""
    if versions.at_least(version, task_models.STRICT):
        return [{"property": attribute} for attribute in REMOTES[provider].schema_attributes]
    fields = old_task_schemas.provider_attributes(provider, version).fields
    named = [name for name in REMOTES[provider].task_attributes if name in fields]
    return [{"property": name, "schema": fields[name].schema()} for name in named]


def _provider(nas: Nas, credentials_id: int) -> Entry:
    found = next((entry for entry in credentials.entries(nas) if entry["id"] == credentials_id), None)
    if found is None:
        raise CallError("Invalid credentials")
    return found["provider"]  # type: ignore[no-any-return]  # a row holds any JSON
