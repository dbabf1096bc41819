# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the NAS to verifications, and the credentials that they verify."""

from __future__ import annotations

from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_info import TASK as INFO
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults

SECRET = "hush-canary-0001"
VERIFY, LOOK = "cloudsync.credentials.verify", "cloudsync.list_directory"
LIST = "cloudsync.list_buckets"
DENIED = "operation error S3: ListBuckets, api error AccessDenied: Access Denied"
SCOPED = {"valid": False, "error": f"ERROR : error listing: {DENIED}\n", "excerpt": f"ERROR : error listing: {DENIED}"}
WRONG = {"valid": False, "error": "api error SignatureDoesNotMatch", "excerpt": "api error SignatureDoesNotMatch"}
REFUSED, UNLISTED = (
    errors.ServerFault(f"The NAS failed ({LIST}): {said}", -32001, 14, said)
    for said in ("api error SignatureDoesNotMatch", DENIED)
)
MISSING = errors.ServerFault(f"The NAS failed ({LOOK}): directory not found", -32001, 14)
B2_OPTIONS = {"account": "a", "key": SECRET}
B2 = {"type": "B2", **B2_OPTIONS}
STORED = {"id": 4, "name": "offsite", "provider": B2}
S3 = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET}


def info(nas: FakeNas, **options: Any) -> list[dict[str, Any]]:
    """Return what an audit of the stored credentials finds."""
    found: list[dict[str, Any]] = INFO.read({**defaults(INFO.arguments), **options}, True)(Nas(nas))["credentials"]
    return found


VALID = {"valid": True, "error": None, "excerpt": None}
NEW = f"{SECRET}-new"


def turns(*answers: Any) -> Any:
    """Return what answers a call with each of these in turn, and with the last one from then on."""
    left = [*answers]
    return lambda *params: left.pop(0) if len(left) > 1 else left[0]


def stored_s3() -> dict[str, Any]:
    """Return an S3 provider as a NAS stores it."""
    return {"type": "S3", **PROVIDERS["s3"].defaults((26, 0, 0)), **S3}


PAIR = {"id": 7, "name": "far", "type": "SSH_KEY_PAIR"}


def sftp(**options: Any) -> dict[str, Any]:
    """Return a stored SFTP credential that logs in with the keypair 7."""
    return {
        "id": 5,
        "name": "files",
        "provider": {"type": "SFTP", "host": "h", "port": 22, "user": "u", "pass": None, "private_key": 7, **options},
    }
