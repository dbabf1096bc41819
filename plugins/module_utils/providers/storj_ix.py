# SPDX-License-Identifier: GPL-3.0-or-later
"""Storj iX (truenas-api/providers.md, STORJ_IX)."""

from __future__ import annotations

from typing import Annotated, Any

from .._pydantic import BeforeValidator, Field
from .base import Provider, option
from .values import Kind, Text, https_url

DEFAULT_ENDPOINT = "https://gateway.storjshare.io/"


def _endpoint(value: Any) -> Any:
    """Read an empty endpoint as the form does, as the default; the NAS refuses the empty text itself.

    One validator for both, because pydantic before 2.12 forgets the first of two.
    """
    return https_url(DEFAULT_ENDPOINT if value == "" else value)


class StorjIx(Provider):
    """Storj through its S3 gateway."""

    key = "storj_ix"
    wire_type = "STORJ_IX"
    title = "Storj iX"

    access_key_id: Text = option("ID of the access key.", required=True, min_length=1)
    secret_access_key: Text = option("Secret of the access key.", required=True, secret=True, min_length=1)
    endpoint: Annotated[str, BeforeValidator(_endpoint), Field(max_length=2083), Kind()] = option(
        "URL of the gateway, https only. Empty for Storj's own.",
        default=DEFAULT_ENDPOINT,
        since="25.04.2",
        redacted_by_server=False,
    )
