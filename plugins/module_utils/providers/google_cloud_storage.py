# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Cloud Storage (truenas-api/providers.md, GOOGLE_CLOUD_STORAGE)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .base import Provider, option
from .values import ServiceAccount


class GoogleCloudStorage(Provider):
    """A service account of Google Cloud."""

    key = "google_cloud_storage"
    wire_type = "GOOGLE_CLOUD_STORAGE"
    title = "Google Cloud Storage"
    from_file: ClassVar[Mapping[str, str]] = {"service_account_file": "service_account_credentials"}

    service_account_credentials: ServiceAccount = option(
        "Key of a service account, as a mapping or as JSON text.",
        required=True,
        secret=True,
        aliases=("service_account_key",),
        min_length=1,
    )
