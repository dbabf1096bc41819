# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Azure Blob Storage (truenas-api/providers.md, AZUREBLOB)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from .._pydantic import BeforeValidator, Field
from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import azure
from .base import Provider, option
from .values import Base64, Kind, Refused, Text, WireValue, url_or_empty

_CLOUD = re.compile(
    r"(?i)(?P<scheme>[a-z]+://)?(?P<account>[a-z0-9\-]+\.)?(?P<cloud>blob\.core\.[a-z0-9.\-]+)(?P<rest>[:/?#].*)?"
)
"""A host of Azure itself; the account's name comes before the part that all accounts share."""


def endpoint(value: Any) -> Any:
    """Read the URL of the service, or nothing.

    rclone puts the account nowhere but into the signature, so the URL has to hold it (tried with rclone 1.75 and Azurite): in
    the host at Azure, in the path of an emulator. A host of one's own may stand for one account.
    """
    cloud = _CLOUD.fullmatch(value) if isinstance(value, str) else None
    if cloud and not cloud["account"]:
        raise Refused("has no account in its host", f"Write it as https://ACCOUNT.{cloud['cloud']}")
    return url_or_empty(value)


Endpoint = Annotated[str, BeforeValidator(endpoint), Field(max_length=2083), Kind()]


class AzureBlob(Provider):
    """An account of Azure Blob Storage."""

    key = "azureblob"
    wire_type = "AZUREBLOB"
    title = "Microsoft Azure Blob Storage"
    has_buckets = True
    error_patterns: ClassVar[Patterns] = (
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
    key_: Base64 = option(
        "Access key of the storage account.",
        wire="key",
        required=True,
        secret=True,
        aliases=("account_key",),
        min_length=1,
    )
    endpoint: Endpoint = option(
        "URL of the service with the account in it, for another cloud than the public one or an emulator. The form's own "
        "example is a bare host, which the NAS refuses. Empty for Azure itself.",
        default="",
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Warn of an emulator's URL without the account, which an emulator reads from the path."""
        yield from super().warn(values)
        url, account = urlsplit(str(values.get("endpoint") or "")), values.get("account")
        if _is_of_an_emulator(url.hostname or "") and url.path.strip("/").split("/")[0] != account:
            yield (
                "azureblob.endpoint has an address as its host, where an emulator reads the account from the path: it would be "
                f"{url.scheme}://{url.netloc.rpartition('@')[2]}/{account}."
            )


def _is_of_an_emulator(host: str) -> bool:
    try:
        return host == "localhost" or bool(ipaddress.ip_address(host))
    except ValueError:
        return False
