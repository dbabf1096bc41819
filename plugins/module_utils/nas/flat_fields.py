# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from docs/reference/truenas-api/older.json by tools/generate: change the facts, then run `make generate`.
"""The providers and their fields before TrueNAS 25.04."""

from __future__ import annotations

from typing import Any

FIELDS: dict[str, tuple[str, ...]] = {
    "AZUREBLOB": ("account", "endpoint", "key"),
    "B2": ("account", "key"),
    "BOX": ("client_id", "client_secret", "token"),
    "DROPBOX": ("client_id", "client_secret", "token"),
    "FTP": ("host", "pass", "port", "user"),
    "GOOGLE_CLOUD_STORAGE": ("service_account_credentials",),
    "GOOGLE_DRIVE": ("client_id", "client_secret", "team_drive", "token"),
    "GOOGLE_PHOTOS": ("client_id", "client_secret", "token"),
    "HTTP": ("url",),
    "HUBIC": ("token",),
    "MEGA": ("pass", "user"),
    "ONEDRIVE": ("client_id", "client_secret", "drive_id", "drive_type", "token"),
    "OPENSTACK_SWIFT": (
        "application_credential_id",
        "application_credential_name",
        "application_credential_secret",
        "auth",
        "auth_token",
        "auth_version",
        "domain",
        "endpoint_type",
        "key",
        "region",
        "storage_url",
        "tenant",
        "tenant_domain",
        "tenant_id",
        "user",
        "user_id",
    ),
    "PCLOUD": ("client_id", "client_secret", "hostname", "token"),
    "S3": (
        "access_key_id",
        "endpoint",
        "max_upload_parts",
        "region",
        "secret_access_key",
        "signatures_v2",
        "skip_region",
    ),
    "SFTP": ("host", "pass", "port", "private_key", "user"),
    "STORJ_IX": ("access_key_id", "secret_access_key"),
    "WEBDAV": ("pass", "url", "user", "vendor"),
    "YANDEX": ("client_id", "client_secret", "token"),
}
"""The attributes of each provider, which are the same on all systems that have it."""

CORE_PROVIDERS: frozenset[str] = frozenset(
    [
        "AZUREBLOB",
        "B2",
        "BOX",
        "DROPBOX",
        "FTP",
        "GOOGLE_CLOUD_STORAGE",
        "GOOGLE_DRIVE",
        "HTTP",
        "HUBIC",
        "MEGA",
        "ONEDRIVE",
        "OPENSTACK_SWIFT",
        "PCLOUD",
        "S3",
        "SFTP",
        "STORJ_IX",
        "WEBDAV",
        "YANDEX",
    ]
)
SCALE_PROVIDERS: frozenset[str] = frozenset(
    [
        "AZUREBLOB",
        "B2",
        "BOX",
        "DROPBOX",
        "FTP",
        "GOOGLE_CLOUD_STORAGE",
        "GOOGLE_DRIVE",
        "GOOGLE_PHOTOS",
        "HTTP",
        "HUBIC",
        "MEGA",
        "OPENSTACK_SWIFT",
        "PCLOUD",
        "S3",
        "SFTP",
        "STORJ_IX",
        "WEBDAV",
        "YANDEX",
    ]
)
"""The providers of TrueNAS CORE 13, and of TrueNAS 24.04 and 24.10."""

ABSENT: dict[str, dict[str, Any]] = {
    "FTP": {"port": 21},
    "GOOGLE_DRIVE": {"team_drive": ""},
    "OPENSTACK_SWIFT": {"auth_version": None, "endpoint_type": None},
    "PCLOUD": {"hostname": ""},
    "SFTP": {"pass": None, "port": 22, "private_key": None},
}
"""The attributes that stay absent if they are not sent, each with the value that 25.04 has for it."""
