# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of examples, as the NAS stores them and as tasks declare them."""

from __future__ import annotations

from typing import Any

from tests.unit.fake_nas import FakeNas

SECRET = "hush-canary-0001"
OTHER = "hush-canary-0002"
S3 = {
    "type": "S3",
    "access_key_id": "AKIAEXAMPLE",
    "secret_access_key": SECRET,
    "endpoint": "https://s3.example.net/",
    "region": "",
    "skip_region": False,
    "signatures_v2": False,
    "max_upload_parts": 10000,
    "provider": "Other",
    "force_path_style": True,
    "sign_accept_encoding": True,
}
OLD_S3 = {
    name: value for name, value in S3.items() if name not in ("provider", "force_path_style", "sign_accept_encoding")
}
STORED = {"id": 3, "name": "offsite", "provider": S3}
DECLARED = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET, "endpoint": "https://S3.example.net"}


def keypair(number: int, name: str) -> dict[str, Any]:
    """Return an entry of the keychain as it is listed."""
    return {"id": number, "name": name, "type": "SSH_KEY_PAIR"}


SERVICE_TASKS = {
    "cloudsync.query": [{"id": 5, "description": "nightly", "credentials": {"id": 3}}],
    "cloud_backup.query": [{"id": 2, "description": "", "credentials": {"id": 3}}],
}


def foretold(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without the changes for later tasks, which only check mode returns."""
    return {**result, "pending_credentials": []}


def only(nas: FakeNas, methods: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Return the calls of these methods with their parameters."""
    return [(method, params) for method, params in nas.params if method in methods]
