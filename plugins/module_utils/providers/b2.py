# SPDX-License-Identifier: GPL-3.0-or-later
"""Backblaze B2 (truenas-api/providers.md, B2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import b2
from ..fields.field import option
from ..fields.kinds import Text, WireValue
from ..versions import Version
from .base import Provider, words

_EXPIRED_KEY = replace(
    causes.EXPIRED_TOKEN,
    hint="Backblaze no longer accepts the authorization of this key. Check whether the key expires, and create a new one.",
)
_TOO_NEW_KEY = replace(
    causes.NO_BACKEND,
    hint="The rclone of this NAS is too old for keys that are limited to buckets and created since November 2025. Use the "
    "same key in an S3 credential with the S3 endpoint of Backblaze, or create a key for all buckets.",
)
"""Such keys require version 4 of the login call (rclone issue 9031, pull request 8978)."""
_CAP_REACHED = replace(
    causes.FORBIDDEN,
    state=causes.INCONCLUSIVE,
    hint="The account has reached its caps. Raise the caps at Backblaze, or wait until they reset.",
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
        # B2 returns bad_auth_token or unauthorized if the ID or the key is wrong.
        (r"failed to authenticate: .*\b401\b|bad_auth_token", causes.WRONG_LOGIN),
        (r"must use bucket", causes.FORBIDDEN),
        (
            r"failed to list buckets: .*\b401\b|401 unauthorized\)|key restricted to bucket|\"unauthorized\"",
            causes.SCOPED_KEY,
        ),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_login": "Backblaze does not report whether account or key is wrong. account is the keyID of an application key, "
        "not its name. Backblaze shows key only once, when the key is created. Deleted and expired keys fail with the same "
        "error.",
        "scoped_key": "The key is valid, but cannot list the buckets. If the key is limited to one bucket, set verify_bucket to "
        "it. Otherwise create a key with the capabilities listBuckets, listFiles, and readFiles, which rclone needs.",
        "no_such_bucket": "Check the bucket and the folder. rclone also reports a missing bucket if the key lacks the capability "
        "listBuckets.",
        "forbidden": "The key is valid, but cannot open this bucket or folder. Check the bucket, the name prefix, and the "
        "capabilities of the key.",
    }
    probe = b2.probe
    key_rights = "capabilities"
    rights_of_key = b2.rights
    hard_delete_flag = "--b2-hard-delete"
    rclone_type = "b2"
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"fast_list": False, "chunk_size": 96}
    # The NAS sets no upper limit, but one release does (truenas-api/tasks.md §4).
    chunk_sizes = (5, 2**63 - 1)
    chunk_sizes_in: ClassVar[Mapping[Version, tuple[int, int]]] = {(25, 10, 0): (5, 149)}
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "endpoint": "Use an S3 remote with the S3 endpoint of Backblaze.",
        **dict.fromkeys(
            ("sse_customer_key", "sse_customer_key_base64"), "Use the encryption of the cloud sync tasks on the NAS."
        ),
    }
    rclone_harmless = words(
        """
        chunk_size copy_cutoff description disable_checksum download_auth_duration download_url encoding
        hard_delete lifecycle memory_pool_flush_time memory_pool_use_mmap sse_customer_algorithm
        sse_customer_key_md5 test_mode upload_concurrency upload_cutoff version_at versions
        """
    )

    account: Text = option("ID of the application key.", required=True, aliases=("key_id",), min_length=1)
    key_: Text = option(
        "The application key.", wire="key", required=True, secret=True, aliases=("application_key",), min_length=1
    )
