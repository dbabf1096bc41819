# SPDX-License-Identifier: GPL-3.0-or-later
"""Backblaze B2, by its own API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..causes import FORBIDDEN, NO_SUCH_BUCKET, NOT_WRITABLE, UNREACHABLE
from .base import Aim, Refused, as_the_nas_reads, needs_bucket, needs_some
from .web import send

ADDRESS = "https://api.backblazeb2.com"
API = "/b2api/v4/"


@as_the_nas_reads
def probe(values: Mapping[str, Any], aim: Aim) -> None:
    """Log in and list the names in the bucket, or the buckets if none is named.

    B2 says what a key may do, so nothing is written to find out whether it may write.
    """
    needs_bucket(aim)
    try:
        _look(values, aim)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("The server did not return an answer of Backblaze's API", UNREACHABLE) from error


def _look(values: Mapping[str, Any], aim: Aim) -> None:
    login = (values["account"].encode(), values["key"].encode())
    try:
        account = send("GET", f"{ADDRESS}{API}b2_authorize_account", aim, auth=login).json()
    except Refused as refused:
        # The same code means another thing to later calls, so this is said as rclone says it.
        raise Refused(f"failed to authenticate: {refused}", refused.cause) from refused
    storage = account["apiInfo"]["storageApi"]

    def call(name: str, **asked: Any) -> Any:
        token = {"Authorization": account["authorizationToken"]}
        return send("POST", f"{storage['apiUrl']}{API}{name}", aim, headers=token, json=asked).json()

    named = {"bucketName": aim.bucket} if aim.bucket else {}
    try:
        buckets = call("b2_list_buckets", accountId=account["accountId"], **named)["buckets"]
    except Refused as refused:
        # Without a name it is only the list of all buckets that the key may not see.
        raise Refused(str(refused), FORBIDDEN if aim.bucket else refused.cause) from refused
    if not aim.bucket:
        needs_some(buckets)
        return
    if not buckets:
        raise Refused(f"There is no bucket {aim.bucket}", NO_SUCH_BUCKET)
    folder = f"{aim.path.strip('/')}/" if aim.path.strip("/") else ""
    call("b2_list_file_names", bucketId=buckets[0]["bucketId"], prefix=folder, maxFileCount=1)
    may = storage["allowed"]["capabilities"]
    if aim.write and not {"writeFiles", "deleteFiles"} <= set(may):
        raise Refused(f"The key may only {', '.join(may)}", NOT_WRITABLE)
