# SPDX-License-Identifier: GPL-3.0-or-later
"""The least every provider has to be sent, and what the server stores for it on 27.0."""

from __future__ import annotations

from typing import Any

_OAUTH_STORED = {"client_id": "", "client_secret": ""}

MINIMAL: dict[str, dict[str, Any]] = {
    "AZUREBLOB": {"account": "acc-1", "key": "k"},
    "B2": {"account": "a", "key": "k"},
    "BOX": {"token": "{}"},
    "DROPBOX": {"token": "{}"},
    "FTP": {"host": "h", "user": "u", "pass": ""},
    "GOOGLE_CLOUD_STORAGE": {"service_account_credentials": "no json"},
    "GOOGLE_DRIVE": {"token": "{}"},
    "GOOGLE_PHOTOS": {"token": "{}"},
    "HTTP": {"url": "http://h"},
    "HUBIC": {"token": "{}"},
    "MEGA": {"user": "u", "pass": "p"},
    "ONEDRIVE": {"token": "{}", "drive_type": "BUSINESS", "drive_id": ""},
    "OPENSTACK_SWIFT": {"user": "u", "key": "k", "auth": "a", "auth_version": None, "endpoint_type": None},
    "PCLOUD": {"token": "{}"},
    "S3": {"access_key_id": "a", "secret_access_key": "s"},
    "SFTP": {"host": "h", "user": "u"},
    "STORJ_IX": {"access_key_id": "a", "secret_access_key": "s"},
    "WEBDAV": {"url": "https://h/dav", "vendor": "OTHER", "user": "", "pass": ""},
    "YANDEX": {"token": "{}"},
}

ADDED: dict[str, dict[str, Any]] = {
    "AZUREBLOB": {"endpoint": ""},
    "BOX": _OAUTH_STORED,
    "DROPBOX": _OAUTH_STORED,
    "FTP": {"port": 21},
    "GOOGLE_DRIVE": {**_OAUTH_STORED, "team_drive": ""},
    "GOOGLE_PHOTOS": _OAUTH_STORED,
    "HTTP": {"url": "http://h/"},
    "ONEDRIVE": _OAUTH_STORED,
    "OPENSTACK_SWIFT": dict.fromkeys(
        (
            "user_id",
            "domain",
            "tenant",
            "tenant_id",
            "tenant_domain",
            "region",
            "storage_url",
            "auth_token",
            "application_credential_id",
            "application_credential_name",
            "application_credential_secret",
        ),
        "",
    ),
    "PCLOUD": {**_OAUTH_STORED, "hostname": ""},
    "S3": {
        "endpoint": "",
        "region": "",
        "skip_region": False,
        "signatures_v2": False,
        "max_upload_parts": 10000,
        "provider": "Other",
        "force_path_style": True,
        "sign_accept_encoding": True,
    },
    "SFTP": {"port": 22, "pass": None, "private_key": None},
    "STORJ_IX": {"endpoint": "https://gateway.storjshare.io/"},
    "YANDEX": _OAUTH_STORED,
}

# Per version: provider types and keys that a newer version brought.
NEWER_TYPES = {"v25.04.0": {"MEGA"}, "v25.04.2": {"MEGA"}}
NEWER_KEYS: dict[str, dict[str, set[str]]] = {
    version: {
        "S3": {"provider", "force_path_style", "sign_accept_encoding"} if version < "v26" else set(),
        "STORJ_IX": {"endpoint"} if version == "v25.04.0" else set(),
    }
    for version in ("v25.04.0", "v25.04.2", "v25.10.0", "v26.0.0", "v27.0.0")
}


def sent(kind: str) -> dict[str, Any]:
    """Return the least to send."""
    return {"type": kind, **MINIMAL[kind]}


def stored(kind: str, version: str = "v27.0.0") -> dict[str, Any]:
    """What a version's reader gets back."""
    hidden = NEWER_KEYS[version].get(kind, set())
    return {key: value for key, value in {**sent(kind), **ADDED.get(kind, {})}.items() if key not in hidden}
