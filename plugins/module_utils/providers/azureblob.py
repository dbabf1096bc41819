# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Azure Blob Storage (truenas-api/providers.md, AZUREBLOB)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .base import Provider, option
from .values import Text, UrlOrEmpty


class AzureBlob(Provider):
    """An account of Azure Blob Storage."""

    key = "azureblob"
    wire_type = "AZUREBLOB"
    title = "Microsoft Azure Blob Storage"
    rclone_type = "azureblob"
    rclone_refused: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (
            "client_certificate_path",
            "client_id",
            "client_secret",
            "connection_string",
            "env_auth",
            "password",
            "sas_url",
            "service_principal_file",
            "tenant",
            "use_az",
            "use_emulator",
            "use_msi",
            "username",
        ),
        "Give a key of the storage account.",
    )

    account: Text = option(
        "Name of the storage account: letters, digits, V(-) and V(.).",
        required=True,
        aliases=("account_name",),
        min_length=1,
        pattern=r"^[A-Za-z0-9\-.]+$",
    )
    key_: Text = option(
        "Access key of the storage account.",
        wire="key",
        required=True,
        secret=True,
        aliases=("account_key",),
        min_length=1,
    )
    endpoint: UrlOrEmpty = option(
        "URL of the service, for an emulator or a private cloud. The form's own example is a bare host, which the NAS "
        "refuses. Empty for Azure itself.",
        default="",
    )
