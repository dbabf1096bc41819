# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloudsync`: tasks, and listings through a credential (truenas-api/wire.md §3, §7b; upstream plugins/cloud_sync/)."""

from __future__ import annotations

import errno
import json
import os
import re
from typing import Any, Literal

from pydantic import PositiveInt, Secret

from ..errors import CallError, ValidationError, ValidationErrors
from ..models import LongNonEmptyString, model
from ..nas import Nas
from ..query import GetInstanceArgs, query_args
from ..remotes import REMOTES
from ..store import CLOUD_SYNC
from . import credentials, tasks
from .registry import Call, method, same

Entry = dict[str, Any]

_BWLIMIT = model("CloudSyncBwlimit", time=str, bandwidth=PositiveInt | None)
_FIELDS = {
    **tasks.BASE_FIELDS,
    "bwlimit": (list[_BWLIMIT], []),  # type: ignore[valid-type]  # built at run time
    "transfers": (PositiveInt | None, None),
    "direction": Literal["PUSH", "PULL"],
    "transfer_mode": Literal["SYNC", "COPY", "MOVE"],
    "encryption": (bool, False),
    "filename_encryption": (bool, False),
    "encryption_password": (Secret[str], ""),
    "encryption_salt": (Secret[str], ""),
    "create_empty_src_dirs": (bool, False),
    "follow_symlinks": (bool, False),
}
DEFAULTS: Entry = {
    "schedule": {"minute": "00", "hour": "*", "dom": "*", "month": "*", "dow": "*"},
    "pre_script": "",
    "post_script": "",
    "snapshot": False,
    "include": [],
    "exclude": [],
    "args": "",
    "enabled": True,
    "bwlimit": [],
    "transfers": None,
    "direction": "PUSH",
    "transfer_mode": "COPY",
    "encryption": False,
    "filename_encryption": False,
    "encryption_password": "",
    "encryption_salt": "",
    "create_empty_src_dirs": False,
    "follow_symlinks": False,
}
_CREATE = model("CloudSyncCreate", **_FIELDS)
_ONE, _MANY = tasks.result_models("CloudSync", _FIELDS)
_UPDATE = tasks.partial("CloudSyncUpdate", _FIELDS)
_LIST_DIRECTORY = model(
    "CloudSyncListDirectory",
    credentials=int,
    encryption=(bool, False),
    filename_encryption=(bool, False),
    encryption_password=(Secret[str], ""),
    encryption_salt=(Secret[str], ""),
    attributes=tasks.Attributes,
    args=(str, ""),
)
_BUCKET_NAME = re.compile(r"[a-zA-Z0-9.\-_]{1,255}")
_OAUTH = "https://www.truenas.com/oauth"


@method("cloudsync.query", args=query_args, result=_MANY, role="CLOUD_SYNC_READ")
async def query(call: Call, filters: list[Any], options: dict[str, Any]) -> Any:
    """Tasks that match."""
    return call.matching(tasks.entries(call.nas, CLOUD_SYNC), filters, options)


@method("cloudsync.get_instance", args=same(GetInstanceArgs), result=_ONE, role="CLOUD_SYNC_READ")
async def get_instance(call: Call, task_id: int, _options: dict[str, Any]) -> Entry:
    """The task of an id."""
    return _entry(call.nas, task_id)


@method(
    "cloudsync.create",
    args=same(model("CloudSyncCreateArgs", cloud_sync_create=_CREATE)),
    result=_ONE,
    role="CLOUD_SYNC_WRITE",
)
async def create(call: Call, data: Entry) -> Entry:
    """Add a task."""
    await _validate(call.nas, "cloud_sync_create", data)
    return _entry(call.nas, call.nas.store.insert(CLOUD_SYNC, tasks.columns(data)))


@method(
    "cloudsync.update",
    args=same(model("CloudSyncUpdateArgs", id=int, cloud_sync_update=_UPDATE)),
    result=_ONE,
    role="CLOUD_SYNC_WRITE",
)
async def update(call: Call, task_id: int, data: Entry) -> Entry:
    """Change a task; the whole task is checked again."""
    new = tasks.merged(call.nas, CLOUD_SYNC, "CloudSync", task_id, data)
    await _validate(call.nas, "cloud_sync_update", new)
    call.nas.store.update(CLOUD_SYNC, task_id, tasks.columns(new))
    return _entry(call.nas, task_id)


@method("cloudsync.delete", args=same(model("CloudSyncDeleteArgs", id=int)), role="CLOUD_SYNC_WRITE")
async def delete(call: Call, task_id: int) -> bool:
    """Delete a task."""
    _entry(call.nas, task_id)
    call.nas.store.delete(CLOUD_SYNC, task_id)
    return True


@method("cloudsync.providers", role="CLOUD_SYNC_READ")
async def providers(_call: Call) -> list[dict[str, Any]]:
    """The providers that have a backend, by title."""
    return [
        {
            "name": name,
            "title": remote.title,
            "credentials_oauth": f"{_OAUTH}/{remote.oauth}" if remote.oauth else None,
            "buckets": remote.buckets,
            "bucket_title": remote.bucket_title,
            "task_schema": [{"property": attribute} for attribute in remote.task_attributes],
        }
        for name, remote in sorted(REMOTES.items(), key=lambda item: item[1].title.lower())
    ]


@method(
    "cloudsync.list_directory",
    args=same(model("CloudSyncListDirectoryArgs", cloud_sync_ls=_LIST_DIRECTORY)),
    role="CLOUD_SYNC_WRITE",
)
async def list_directory(call: Call, data: Entry) -> list[dict[str, Any]]:
    """What lies in a directory of the remote."""
    return await _list_directory(call.nas, data)


@method(
    "cloudsync.list_buckets",
    args=same(model("CloudSyncListBucketsArgs", credentials_id=int)),
    role="CLOUD_SYNC_WRITE",
)
async def list_buckets(call: Call, credentials_id: int) -> list[dict[str, Any]]:
    """The buckets of a credential."""
    provider = _provider(call.nas, credentials_id)
    if not REMOTES[provider["type"]].buckets:
        raise CallError("This provider does not use buckets")
    return await call.nas.rclone.ls(provider, "")


@method(
    "cloudsync.create_bucket",
    args=same(model("CloudSyncCreateBucketArgs", credentials_id=int, name=str)),
    role="CLOUD_SYNC_WRITE",
)
async def create_bucket(call: Call, credentials_id: int, name: str) -> None:
    """Create a bucket where the provider lets the server do that."""
    provider = _provider(call.nas, credentials_id)
    if not REMOTES[provider["type"]].can_create_bucket:
        raise CallError("This provider can't create buckets")
    if not _BUCKET_NAME.fullmatch(name):
        raise ValidationError(
            "cloudsync.create_bucket", "The bucket name can only contain lowercase letters, numbers, and hyphens."
        )
    output = await call.nas.rclone.make_bucket(provider, name)
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
    """The drives behind a token: always the same two, since Microsoft is out of reach here."""
    call.nas.rclone.ask()
    json.loads(data["token"])["access_token"]
    return [
        {"drive_type": "PERSONAL", "drive_id": "b!personal", "name": "OneDrive", "description": ""},
        {"drive_type": "DOCUMENT_LIBRARY", "drive_id": "b!library", "name": "Documents", "description": "Team site"},
    ]


def _entry(nas: Nas, task_id: int) -> Entry:
    return tasks.entry(nas, CLOUD_SYNC, "CloudSync", task_id)


def _provider(nas: Nas, credentials_id: int) -> Entry:
    found = next((entry for entry in credentials.entries(nas) if entry["id"] == credentials_id), None)
    if found is None:
        raise CallError("Invalid credentials")
    return found["provider"]  # type: ignore[no-any-return]  # a row holds any JSON


async def _list_directory(nas: Nas, data: Entry) -> list[dict[str, Any]]:
    errors = ValidationErrors()
    credential = _basic_validate(nas, errors, "cloud_sync", data)
    errors.check()
    assert credential is not None, "nothing was wrong"
    provider = credential["provider"]
    return await nas.rclone.ls(provider, REMOTES[provider["type"]].path(data["attributes"]), data["attributes"])


def _basic_validate(nas: Nas, errors: ValidationErrors, name: str, data: Entry) -> Entry | None:
    if data["encryption"] and not data["encryption_password"]:
        errors.add(f"{name}.encryption_password", "This field is required when encryption is enabled")
    return tasks.validate(nas, errors, name, data)


async def _validate(nas: Nas, name: str, task: Entry) -> None:
    errors = ValidationErrors()
    credential = _basic_validate(nas, errors, name, task)
    for number, (one, two) in enumerate(zip(task["bwlimit"], task["bwlimit"][1:], strict=False), start=1):
        if one["time"] >= two["time"]:
            errors.add(f"{name}.bwlimit.{number}.time", f"Invalid time order: {one['time']}, {two['time']}")
    if task["snapshot"] and task["direction"] != "PUSH":
        errors.add(f"{name}.snapshot", "This option can only be enabled for PUSH tasks")
    if task["snapshot"] and task["transfer_mode"] == "MOVE":
        errors.add(f"{name}.snapshot", "This option can not be used for MOVE transfer mode")
    errors.check()
    assert credential is not None, "nothing was wrong"
    if task["direction"] == "PUSH" and REMOTES[credential["provider"]["type"]].readonly:
        errors.add(f"{name}.direction", "This remote is read-only")
    if task["direction"] == "PULL" and credential["provider"]["type"] == "GOOGLE_PHOTOS":
        folder = os.path.normpath(task["attributes"]["folder"].strip("/"))
        if folder in (".", "media", "media/by-day"):
            where = "root" if folder == "." else folder
            # As with a chunk size, without the path before it.
            errors.add(
                "attributes.folder",
                f"Pulling from the {where} directory is not allowed. Please, select a specific directory.",
            )
            errors.check()
    if task["direction"] == "PULL":
        await _validate_folder(nas, errors, name, task)
    errors.check()


async def _validate_folder(nas: Nas, errors: ValidationErrors, name: str, task: Entry) -> None:
    folder = task["attributes"]["folder"].rstrip("/")
    if not folder:
        return
    parent = os.path.normpath(os.path.join(folder, ".."))
    attributes = {**task["attributes"], "folder": "" if parent == "." else parent}
    found = await _list_directory(nas, {**task, "attributes": attributes})
    item = next((item for item in found if item["Name"] == os.path.basename(folder)), None)
    if item is None:
        errors.add(f"{name}.attributes.folder", "Directory does not exist")
    elif not item["IsDir"]:
        errors.add(f"{name}.attributes.folder", "This is not a directory")
