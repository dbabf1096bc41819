# SPDX-License-Identifier: GPL-3.0-or-later
"""A credential for each provider, and one field to change in it."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.running import BASE64_CANARY, CANARY, secret


def token(number: int) -> dict[str, Any]:
    """Return an OAuth token in rclone's form."""
    return {
        "access_token": secret(number),
        "token_type": "Bearer",
        "refresh_token": secret(number, "-refresh"),
        "expiry": "2030-01-01T00:00:00Z",
    }


OPTIONS: dict[str, dict[str, Any]] = {
    "azureblob": {"account": "backups", "key": f"{BASE64_CANARY}1", "endpoint": "https://Azure.example.net"},
    "b2": {"account": "0012345", "key": secret(2)},
    "box": {"client_id": "client", "client_secret": secret(3), "token": token(4)},
    "dropbox": {"token": json.dumps(token(5), indent=2)},
    "ftp": {"host": "ftp.example.net", "username": "backup", "password": secret(6), "port": 2121},
    "google_cloud_storage": {
        "service_account_credentials": {
            "type": "service_account",
            "project_id": "p",
            "client_email": "b@p",
            "private_key": secret(7),
        }
    },
    "google_drive": {"token": token(8), "team_drive": ""},
    "google_photos": {"token": token(9), "client_id": "client", "client_secret": secret(10)},
    "http": {"url": f"http://user:{CANARY}-0011@Web.example.net:80/files"},
    "hubic": {"token": token(12)},
    "mega": {"user": "u@example.net", "pass": secret(13)},
    "onedrive": {"token": token(14), "drive_type": "BUSINESS", "drive_id": "b!abc"},
    "openstack_swift": {
        "user": "u",
        "key": secret(15),
        "auth": "https://keystone.example.net/v3",
        "auth_version": 3,
        "tenant": "t",
    },
    "pcloud": {"token": token(16), "hostname": "eapi.pcloud.example"},
    "s3": {"access_key_id": "AKIAEXAMPLE", "secret_access_key": secret(17), "endpoint": "https://S3.example.net:443"},
    "sftp": {"host": "sftp.example.net", "user": "backup", "pass": secret(18)},
    "storj_ix": {"access_key_id": "jexample", "secret_access_key": secret(19), "endpoint": ""},
    "webdav": {"url": "https://dav.example.net/remote", "vendor": "NEXTCLOUD", "user": "u", "pass": secret(20)},
    "yandex": {"token": token(21)},
}

CHANGES: dict[str, dict[str, Any]] = {
    "azureblob": {"endpoint": ""},
    "b2": {"key": secret(102)},
    "box": {"client_id": "other"},
    "dropbox": {"token": token(105)},
    "ftp": {"port": 21},
    "google_cloud_storage": {
        "service_account_credentials": {
            "type": "service_account",
            "project_id": "p",
            "client_email": "b@p",
            "private_key": secret(107),
        }
    },
    "google_drive": {"team_drive": "0AB"},
    "google_photos": {"client_secret": secret(110)},
    "http": {"url": "https://web.example.net/other"},
    "hubic": {"token": token(112)},
    "mega": {"pass": secret(113)},
    "onedrive": {"drive_id": ""},
    "openstack_swift": {"endpoint_type": "internal"},
    "pcloud": {"hostname": ""},
    "s3": {"region": "eu-central-1"},
    "sftp": {"port": 2222},
    "storj_ix": {"secret_access_key": secret(119)},
    "webdav": {"vendor": "OTHER"},
    "yandex": {"client_id": "mine"},
}
