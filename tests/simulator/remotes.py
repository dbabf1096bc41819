# SPDX-License-Identifier: GPL-3.0-or-later
"""The traits of each provider in addition to its fields: its rclone backend and how credentials and tasks map to
rclone options (truenas-api/providers.md; upstream plugins/cloud/rclone/remote/). MEGA has none, as upstream."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Attributes = dict[str, Any]


def _nothing(_provider: Attributes) -> Attributes:
    return {}


def _no_task_options(_task: Attributes, _provider: Attributes) -> Attributes:
    return {}


@dataclass(frozen=True)
class Remote:
    """Traits of a provider. `credential_options` and `task_options` return rclone options that override fields."""

    title: str
    rclone_type: str
    buckets: bool = False
    bucket_title: str = "Bucket"
    can_create_bucket: bool = False
    readonly: bool = False
    fast_list: bool = False
    oauth: str | None = None
    own_task_attributes: tuple[str, ...] = ()
    credential_options: Callable[[Attributes], Attributes] = _nothing
    task_options: Callable[[Attributes, Attributes], Attributes] = _no_task_options
    chunk_sizes: range | None = None
    restic: bool = False
    renews_token: bool = False

    @property
    def task_attributes(self) -> list[str]:
        """Attributes a task on this provider takes."""
        names = ["bucket"] if self.buckets else []
        names.append("folder")
        names += ["fast_list"] if self.fast_list else []
        return [*names, *self.own_task_attributes]

    @property
    def schema_attributes(self) -> list[str]:
        """The same by the names of the task's schema, which has one chunk size for each provider."""
        own = {"chunk_size": f"{self.rclone_type}_chunk_size"}
        return [own.get(name, name) for name in self.task_attributes]

    def task_arguments(self, task: Attributes) -> list[str]:
        """Return the arguments of rclone that a task's attributes ask for."""
        size = task.get("chunk_size", 0)
        return [f"--multi-thread-cutoff={size * 2 + 1}M"] if self.rclone_type == "b2" and size > 128 else []

    def path(self, task: Attributes) -> str:
        """Return where a task's bucket and folder lie on the remote (upstream plugins/cloud/path.py)."""
        folder = task["folder"].rstrip("/") or "/"
        return f"{task['bucket']}/{folder.lstrip('/')}" if self.buckets else folder

    def chunk_size_problem(self, task: Attributes) -> str | None:
        """Return the error in a task's chunk size, in the server's words and with its mistake."""
        size = task.get("chunk_size")
        if self.chunk_sizes is None or size is None or size in self.chunk_sizes:
            return None
        return f"Must be {'greater than or equal to' if size < self.chunk_sizes.start else 'less than'} 5"


def _s3_credential(provider: Attributes) -> Attributes:
    options: Attributes = {"provider": provider.get("provider") or "Other"}
    if provider["endpoint"].rstrip("/").endswith(".scw.cloud") and provider["max_upload_parts"] == 10000:
        options["max_upload_parts"] = 1000
    return options


def _s3_task(task: Attributes, provider: Attributes) -> Attributes:
    options: Attributes = {
        "encryption": None,
        "server_side_encryption": task.get("encryption") or "",
        "skip_region": None,
        "signatures_v2": None,
    }
    if provider["skip_region"]:
        options["region"] = "other-v2-signature" if provider["signatures_v2"] else ""
    elif not provider["region"].strip():
        options["region"] = task.get("region") or "us-east-1"
    elif not (task.get("region") or "").strip():
        options["region"] = provider["region"]
    return options


def _b2_task(task: Attributes, _provider: Attributes) -> Attributes:
    size = task.get("chunk_size", 96)
    return {"chunk_size": f"{size}M", **({"upload_cutoff": f"{size}M"} if size > 200 else {})}


def _google_cloud_storage(provider: Attributes) -> Attributes:
    return {"project_number": json.loads(provider["service_account_credentials"])["project_id"]}


def _google_drive(provider: Attributes) -> Attributes:
    return {} if provider["team_drive"] else {"root_folder_id": "root"}


_ONEDRIVE_TYPES = {"PERSONAL": "personal", "BUSINESS": "business", "DOCUMENT_LIBRARY": "documentLibrary"}

REMOTES: dict[str, Remote] = {
    "AZUREBLOB": Remote(
        "Microsoft Azure Blob Storage",
        "azureblob",
        buckets=True,
        bucket_title="Container",
        fast_list=True,
        task_options=lambda _task, _provider: {"chunk_size": "100Mi"},
    ),
    "B2": Remote(
        "Backblaze B2",
        "b2",
        buckets=True,
        fast_list=True,
        own_task_attributes=("chunk_size",),
        task_options=_b2_task,
        chunk_sizes=range(5, 2**63),
    ),
    "BOX": Remote("Box", "box", oauth="box", renews_token=True),
    "DROPBOX": Remote(
        "Dropbox",
        "dropbox",
        oauth="dropbox",
        own_task_attributes=("chunk_size",),
        task_options=lambda task, _provider: {"chunk_size": f"{task.get('chunk_size', 48)}M"},
        chunk_sizes=range(5, 150),
    ),
    "FTP": Remote("FTP", "ftp"),
    "GOOGLE_CLOUD_STORAGE": Remote(
        "Google Cloud Storage",
        "google cloud storage",
        buckets=True,
        fast_list=True,
        own_task_attributes=("bucket_policy_only",),
        credential_options=_google_cloud_storage,
    ),
    "GOOGLE_DRIVE": Remote(
        "Google Drive",
        "drive",
        fast_list=True,
        oauth="google_drive",
        renews_token=True,
        own_task_attributes=("acknowledge_abuse",),
        credential_options=_google_drive,
    ),
    "GOOGLE_PHOTOS": Remote("Google Photos", "googlephotos", renews_token=True),
    "HTTP": Remote("HTTP", "http", readonly=True),
    "HUBIC": Remote("Hubic", "hubic", buckets=True, bucket_title="Container", fast_list=True),
    "ONEDRIVE": Remote(
        "Microsoft OneDrive",
        "onedrive",
        oauth="onedrive",
        renews_token=True,
        task_options=lambda _task, provider: {
            "drive_type": _ONEDRIVE_TYPES.get(provider["drive_type"], ""),
            "checkers": "1",
            "tpslimit": "10",
        },
    ),
    "OPENSTACK_SWIFT": Remote("OpenStack Swift", "swift", buckets=True, bucket_title="Container", fast_list=True),
    "PCLOUD": Remote("pCloud", "pcloud", oauth="pcloud2", renews_token=True),
    "S3": Remote(
        "Amazon S3",
        "s3",
        buckets=True,
        fast_list=True,
        own_task_attributes=("region", "encryption", "storage_class"),
        credential_options=_s3_credential,
        task_options=_s3_task,
        restic=True,
    ),
    "SFTP": Remote("SFTP", "sftp"),
    "STORJ_IX": Remote(
        "Storj",
        "s3",
        buckets=True,
        can_create_bucket=True,
        fast_list=True,
        restic=True,
        credential_options=lambda provider: {
            "endpoint": provider.get("endpoint", "https://gateway.storjshare.io/"),
            "provider": "Other",
        },
        task_options=lambda _task, _provider: {
            "chunk_size": "64M",
            "disable_http2": "true",
            "upload_cutoff": "64M",
        },
    ),
    "WEBDAV": Remote("WebDAV", "webdav", task_options=lambda _task, provider: {"vendor": provider["vendor"].lower()}),
    "YANDEX": Remote("Yandex", "yandex", fast_list=True, oauth="yandex", renews_token=True),
}
