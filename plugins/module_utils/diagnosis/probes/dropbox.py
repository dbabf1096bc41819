# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for Dropbox with its own API. It uses the stored access token and never refreshes it, so no token is used up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..causes import EXPIRED_TOKEN, INCONCLUSIVE, NO_REFRESH_TOKEN, NO_SUCH_BUCKET, NOT_WRITABLE
from .base import ProbeRefused, ProbeTarget, as_the_nas_reads, require_json_object
from .web import only_json, send

ADDRESS = "https://api.dropboxapi.com/2/files/list_folder"


@as_the_nas_reads
def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """List the folder. If the access token has expired but a refresh token exists, the result is inconclusive."""
    token = require_json_object(values["token"], NO_REFRESH_TOKEN)
    if target.write:
        raise ProbeRefused(
            "The probe cannot verify write access to Dropbox", replace(NOT_WRITABLE, state=INCONCLUSIVE, hint="")
        )
    if not token.get("access_token"):
        raise ProbeRefused("The token has no access_token", NO_REFRESH_TOKEN)
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    folder = f"/{target.path.strip('/')}" if target.path.strip("/") else ""
    answer = send("POST", ADDRESS, target, headers=headers, json={"path": folder, "limit": 1}, accept=True)
    message = f"{answer.status_code} {answer.reason} {answer.text}"
    if answer.status_code == 401 and token.get("refresh_token"):
        hint = "Set verify_by: nas; the NAS can refresh the token."
        raise ProbeRefused(message, replace(EXPIRED_TOKEN, state=INCONCLUSIVE, hint=hint))
    if answer.status_code == 401:
        raise ProbeRefused(message, EXPIRED_TOKEN)
    if answer.status_code == 409:
        raise ProbeRefused(message, NO_SUCH_BUCKET)
    if answer.status_code >= 400:
        raise ProbeRefused(message)
    only_json(answer)
