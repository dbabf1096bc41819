# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for Google Cloud Storage with its JSON API and a token from google-auth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..causes import NOT_WRITABLE, UNREACHABLE, WRONG_SECRET
from .base import (
    CONTENT,
    ProbeRefused,
    ProbeTarget,
    as_the_nas_reads,
    authorities,
    library,
    needs_bucket,
    needs_some,
    new_name,
    removed,
    require_json_object,
)
from .web import send

ADDRESS = "https://storage.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"


@as_the_nas_reads
def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """List the bucket, or all buckets of the key's project if the target has none."""
    needs_bucket(target)
    account = require_json_object(values["service_account_credentials"], WRONG_SECRET)
    if account.get("type") != "service_account":
        raise ProbeRefused("The key is not a service account key", WRONG_SECRET)
    headers = {"Authorization": f"Bearer {_token(account, target)}"}
    buckets = f"{ADDRESS}/storage/v1/b"
    if not target.bucket:
        project = {"project": account["project_id"], "maxResults": 1}
        needs_some(
            require_json_object(send("GET", buckets, target, headers=headers, params=project).text, UNREACHABLE).get(
                "items"
            )
        )
        return
    objects = f"{buckets}/{quote(target.bucket, safe='')}/o"
    send("GET", objects, target, headers=headers, params={"prefix": target.prefix, "maxResults": 1})
    if target.write:
        name = target.prefix + new_name()
        file = f"{objects}/{quote(name, safe='')}"
        with removed(lambda: send("DELETE", file, target, headers=headers), f"{target.bucket}/{name}", (ProbeRefused,)):
            upload = objects.replace("/storage/", "/upload/storage/")
            to = {"uploadType": "media", "name": name}
            answer = send("POST", upload, target, headers=headers, params=to, data=CONTENT, accept=True)
            if answer.status_code >= 400:
                raise ProbeRefused(f"{answer.status_code} {answer.reason}", NOT_WRITABLE)


def _token(account: Mapping[str, Any], target: ProbeTarget) -> str:
    service_account = library("google.oauth2.service_account", "google-auth")
    exceptions = library("google.auth.exceptions", "google-auth")
    transport = library("google.auth.transport.requests", "google-auth requests")
    sender = transport.Request()

    def within(*arguments: Any, **more: Any) -> Any:
        return sender(*arguments, **{**more, "timeout": target.timeout, "verify": authorities()})

    try:
        credentials = service_account.Credentials.from_service_account_info(account, scopes=[SCOPE])
    except ValueError as error:
        raise ProbeRefused(f"The service account key is not usable: {error}", WRONG_SECRET) from error
    try:
        credentials.refresh(within)
    except exceptions.GoogleAuthError as error:
        raise ProbeRefused(str(error.args[0] if error.args else error)) from error
    return str(credentials.token)
