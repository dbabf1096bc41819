# SPDX-License-Identifier: GPL-3.0-or-later
"""Backblaze B2 (truenas-api/providers.md, B2)."""

from __future__ import annotations

from .base import Provider, option
from .values import Text


class B2(Provider):
    """An application key of Backblaze B2."""

    key = "b2"
    wire_type = "B2"
    title = "Backblaze B2"

    account: Text = option("ID of the application key.", required=True, aliases=("key_id",), min_length=1)
    key_: Text = option(
        "The application key.", wire="key", required=True, secret=True, aliases=("application_key",), min_length=1
    )
