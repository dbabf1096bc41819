# SPDX-License-Identifier: GPL-3.0-or-later
"""Dropbox, by its own API, with the access token as it is: nothing is refreshed, so nothing is used up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..causes import EXPIRED_TOKEN, INCONCLUSIVE, NO_REFRESH_TOKEN, NO_SUCH_BUCKET, NOT_WRITABLE
from .base import Aim, Refused, as_the_nas_reads, json_object
from .web import only_json, send

ADDRESS = "https://api.dropboxapi.com/2/files/list_folder"


@as_the_nas_reads
def probe(values: Mapping[str, Any], aim: Aim) -> None:
    """List the folder. An access token that has expired says nothing while there is a refresh token."""
    token = json_object(values["token"], NO_REFRESH_TOKEN)
    if aim.write:
        raise Refused("Nothing is written to Dropbox to verify", replace(NOT_WRITABLE, state=INCONCLUSIVE, hint=""))
    if not token.get("access_token"):
        raise Refused("The token has no access_token", NO_REFRESH_TOKEN)
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    folder = f"/{aim.path.strip('/')}" if aim.path.strip("/") else ""
    answer = send("POST", ADDRESS, aim, headers=headers, json={"path": folder, "limit": 1}, accept=True)
    said = f"{answer.status_code} {answer.reason} {answer.text}"
    if answer.status_code == 401 and token.get("refresh_token"):
        hint = "The NAS can renew it: verify from the NAS."
        raise Refused(said, replace(EXPIRED_TOKEN, state=INCONCLUSIVE, hint=hint))
    if answer.status_code == 401:
        raise Refused(said, EXPIRED_TOKEN)
    if answer.status_code == 409:
        raise Refused(said, NO_SUCH_BUCKET)
    if answer.status_code >= 400:
        raise Refused(said)
    only_json(answer)
