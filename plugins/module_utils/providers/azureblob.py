# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Azure Blob Storage (truenas-api/providers.md, AZUREBLOB)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..verification import causes
from ..verification.causes import Complaints
from ..verification.probes import azure
from .base import Provider, option
from .values import Text, UrlOrEmpty


class AzureBlob(Provider):
    """An account of Azure Blob Storage."""

    key = "azureblob"
    wire_type = "AZUREBLOB"
    title = "Microsoft Azure Blob Storage"
    has_buckets = True
    complaints: ClassVar[Complaints] = (
        (r"base64|incorrect padding|AuthenticationFailed|failed to authenticate the request", causes.WRONG_SECRET),
        (r"ContainerNotFound|InvalidResourceName|ResourceNotFound", causes.NO_SUCH_BUCKET),
        (r"AuthorizationFailure|AuthorizationPermissionMismatch|KeyBasedAuthenticationNotPermitted", causes.FORBIDDEN),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_secret": "Azure refuses this key for the account. Check key for missing signs; it may also have been rotated.",
        "unknown_host": "The address of the account does not exist. Check account and endpoint: the account is part of the host.",
        "forbidden": "Azure refuses the request although it is signed. Check the account's firewall, and that access by key is "
        "allowed.",
    }
    probe = azure.probe
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
