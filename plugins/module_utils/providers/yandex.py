# SPDX-License-Identifier: GPL-3.0-or-later
"""Yandex Disk (truenas-api/providers.md, YANDEX)."""

from __future__ import annotations

from .oauth import OAuthProvider


class Yandex(OAuthProvider):
    """A Yandex Disk."""

    key = "yandex"
    wire_type = "YANDEX"
    title = "Yandex Disk"
    rclone_type = "yandex"
    rotates_token = True
