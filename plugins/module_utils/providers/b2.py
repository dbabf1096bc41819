# SPDX-License-Identifier: GPL-3.0-or-later
"""Backblaze B2 (truenas-api/providers.md, B2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import b2
from .base import Provider, option
from .values import Text

_EXPIRED_KEY = replace(
    causes.EXPIRED_TOKEN,
    hint="Backblaze no longer accepts the authorization of this key. Check whether the key has an end, and create a new one.",
)
_TOO_NEW_KEY = replace(
    causes.NO_BACKEND,
    hint="The rclone of this NAS is too old for the keys limited to buckets that Backblaze makes since November 2025. Use the "
    "same key in an S3 credential with Backblaze's endpoint for S3, or create a key for all buckets.",
)
"""Such keys take version 4 of the call to log in (rclone issue 9031, pull request 8978)."""
_CAP_REACHED = replace(
    causes.FORBIDDEN,
    state=causes.INCONCLUSIVE,
    hint="The account has used up what its caps allow. Raise the caps at Backblaze, or wait until they start again.",
)


class B2(Provider):
    """An application key of Backblaze B2."""

    key = "b2"
    wire_type = "B2"
    title = "Backblaze B2"
    has_buckets = True
    error_patterns: ClassVar[Patterns] = (
        (r"expired_auth_token", _EXPIRED_KEY),
        (r"not currently supported on API version", _TOO_NEW_KEY),
        (r"cap_exceeded", _CAP_REACHED),
        # To a login with an ID or a key that is wrong B2 says bad_auth_token or unauthorized.
        (r"failed to authenticate: .*\b401\b|bad_auth_token", causes.WRONG_LOGIN),
        (r"must use bucket", causes.FORBIDDEN),
        (
            r"failed to list buckets: .*\b401\b|401 unauthorized\)|key restricted to bucket|\"unauthorized\"",
            causes.SCOPED_KEY,
        ),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_login": "Backblaze does not say whether account or key is wrong. account is the keyID of an application key, "
        "not the name of the key, and key is shown only once, when it is made. A key that was deleted or has expired is refused "
        "in the same way.",
        "scoped_key": "Backblaze knows the key, but the key cannot list the buckets. If it is limited to one, set verify_bucket "
        "to it. Otherwise create a key with the capabilities listBuckets, listFiles and readFiles, which rclone needs.",
        "no_such_bucket": "Check the bucket and the folder. A key without the capability listBuckets also makes rclone report "
        "that there is none.",
        "forbidden": "Backblaze knows the key, but the key cannot open this bucket or this folder. Check its bucket, its name "
        "prefix and its capabilities.",
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
