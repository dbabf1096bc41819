# SPDX-License-Identifier: GPL-3.0-or-later
"""Yandex Disk (truenas-api/providers.md, YANDEX)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..fields.kinds import WireValue
from .base import words
from .oauth import OAuthClient, OAuthProvider


class Yandex(OAuthProvider):
    """A Yandex Disk."""

    key = "yandex"
    wire_type = "YANDEX"
    title = "Yandex Disk"
    error_patterns: ClassVar[Patterns] = (
        (r"unable to get RefreshToken", causes.NO_REFRESH_TOKEN),
        *OAuthProvider.error_patterns,
    )
    rclone_type = "yandex"
    rclone_harmless = words(
        """
        description encoding hard_delete spoof_ua upload_wait
        """
    )
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"fast_list": False}
    oauth = OAuthClient(
        "https://oauth.yandex.com/authorize",
        "https://oauth.yandex.com/token",
        device_url="https://oauth.yandex.com/device/code",
        device_grant="device_code",
        token_type="OAuth",  # noqa: S106 - the kind of a token is not a secret
    )
    rotates_token = True
