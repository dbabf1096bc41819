# SPDX-License-Identifier: GPL-3.0-or-later
"""Backblaze B2 (truenas-api/providers.md, B2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..verification import causes
from ..verification.causes import Complaints
from ..verification.probes import b2
from .base import Provider, option
from .values import Text


class B2(Provider):
    """An application key of Backblaze B2."""

    key = "b2"
    wire_type = "B2"
    title = "Backblaze B2"
    has_buckets = True
    complaints: ClassVar[Complaints] = (
        (r"failed to authenticate: .*\b401\b|bad_auth_token", causes.WRONG_LOGIN),
        (r"failed to list buckets: .*\b401\b|key restricted to bucket|\"unauthorized\"", causes.SCOPED_KEY),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_login": "Backblaze does not say whether account or key is wrong. account is the keyID of an application key, "
        "not the name of the key, and key is shown only once, when it is made.",
    }
    probe = b2.probe
    rclone_type = "b2"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "endpoint": "Make it an S3 remote: Backblaze has an endpoint for that, too.",
        **dict.fromkeys(
            ("sse_customer_key", "sse_customer_key_base64"), "The NAS can encrypt by itself: see its cloud sync tasks."
        ),
    }

    account: Text = option("ID of the application key.", required=True, aliases=("key_id",), min_length=1)
    key_: Text = option(
        "The application key.", wire="key", required=True, secret=True, aliases=("application_key",), min_length=1
    )
