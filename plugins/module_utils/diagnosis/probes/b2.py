# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for Backblaze B2 with its own API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..causes import FORBIDDEN, NO_SUCH_BUCKET, NOT_WRITABLE, UNREACHABLE
from ..key_rights import KeyRights
from .base import ProbeRefused, ProbeTarget, as_the_nas_reads, needs_bucket, needs_some
from .web import send

ADDRESS = "https://api.backblazeb2.com"
API = "/b2api/v4/"


@as_the_nas_reads
def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """Log in and list the files in the bucket, or all buckets if the target has none.

    B2 reports the capabilities of a key, so the probe does not write a file to verify write access.
    """
    needs_bucket(target)
    try:
        _list(values, target)
    except (KeyError, TypeError, ValueError) as error:
        raise ProbeRefused("The server did not return a Backblaze response", UNREACHABLE) from error


def rights(values: Mapping[str, Any], bucket: str, timeout: float) -> KeyRights:
    """Return the rights of the key, which B2 reports when it logs in, so nothing else is sent."""
    try:
        allowed = _account(values, ProbeTarget(timeout=timeout))["apiInfo"]["storageApi"]["allowed"]
        capabilities = set(allowed["capabilities"])
        lists = "listBuckets" in capabilities and not allowed.get("buckets")
        return KeyRights(lists, "deleteFiles" in capabilities, "according to its capabilities")
    except (ProbeRefused, KeyError, TypeError, ValueError):
        return KeyRights(None, None, "")


def _account(values: Mapping[str, Any], target: ProbeTarget) -> Any:
    login = (values["account"].encode(), values["key"].encode())
    return send("GET", f"{ADDRESS}{API}b2_authorize_account", target, auth=login).json()


def _list(values: Mapping[str, Any], target: ProbeTarget) -> None:
    try:
        account = _account(values, target)
    except ProbeRefused as refused:
        # The same code has another meaning in later calls, so add the text of rclone.
        raise ProbeRefused(f"failed to authenticate: {refused}", refused.cause) from refused
    storage = account["apiInfo"]["storageApi"]

    def call(name: str, **asked: Any) -> Any:
        token = {"Authorization": account["authorizationToken"]}
        return send("POST", f"{storage['apiUrl']}{API}{name}", target, headers=token, json=asked).json()

    named = {"bucketName": target.bucket} if target.bucket else {}
    try:
        buckets = call("b2_list_buckets", accountId=account["accountId"], **named)["buckets"]
    except ProbeRefused as refused:
        # Without a bucket, the key might only lack access to the list of all buckets.
        raise ProbeRefused(str(refused), FORBIDDEN if target.bucket else refused.cause) from refused
    if not target.bucket:
        needs_some(buckets)
        return
    if not buckets:
        raise ProbeRefused(f"Bucket {target.bucket} does not exist", NO_SUCH_BUCKET)
    call("b2_list_file_names", bucketId=buckets[0]["bucketId"], prefix=target.prefix, maxFileCount=1)
    capabilities = storage["allowed"]["capabilities"]
    if target.write and not {"writeFiles", "deleteFiles"} <= set(capabilities):
        raise ProbeRefused(f"The key has only the capabilities {', '.join(capabilities)}", NOT_WRITABLE)
