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
from ..fields.field import option
from ..fields.kinds import Kind, Refused, WireValue, base64_text, text, url_or_empty
from .base import Provider, words

_CLOUD = re.compile(
    r"(?i)(?P<scheme>[a-z]+://)?(?P<account>[a-z0-9\-]+\.)?(?P<cloud>blob\.core\.[a-z0-9.\-]+)(?P<rest>[:/?#].*)?"
)
"""A host of Azure itself; the name of the account precedes the part that all accounts share."""


def endpoint(value: Any) -> Any:
    """Return the URL of the service, or an empty text. Raises Refused for a host of Azure without the account.

    rclone adds the account only to the signature, so the URL must contain it (tried with rclone 1.75 and Azurite): for Azure
    in the host, for an emulator in the path. A custom host can stand for one account.
    """
    cloud = _CLOUD.fullmatch(value) if isinstance(value, str) else None
    if cloud and not cloud["account"]:
        raise Refused("must contain the account in its host", f"Use https://ACCOUNT.{cloud['cloud']}")
    return url_or_empty(value)


def account(value: Any) -> Any:
    """Return the name of the account. Raises Refused for its host, because rclone adds the rest of the host to the name."""
    cloud = _CLOUD.fullmatch(value) if isinstance(value, str) else None
    if cloud and cloud["account"]:
        raise Refused("must be the name alone, but is a host or a URL", "Use the part before the first dot.")
    return text(value)


def access_key(value: Any) -> Any:
    """Return the access key. Raises Refused for the other secrets that Azure shows next to it."""
    if isinstance(value, str) and "accountkey=" in value.lower():
        reason = "must be the key alone, but is a connection string"
        raise Refused(reason, "Use only the part between AccountKey= and the next semicolon.")
    if isinstance(value, str) and re.search(r"(?:^|[?&])sig=", value):
        reason = "must be an access key, but is a shared access signature, which the NAS does not support"
        raise Refused(reason, "Use an access key of the storage account.")
    return base64_text(value)


Account = Annotated[str, BeforeValidator(account), Field(max_length=1024), Kind()]
AccessKey = Annotated[str, BeforeValidator(access_key), Field(max_length=1024), Kind()]
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
        "wrong_secret": "Azure rejects this key for the account. Check that key is complete and that it has not been rotated.",
        "unknown_host": "The host of the account does not exist. Check account and endpoint; the account is part of the host.",
        "forbidden": "Azure rejects the request although its signature is valid. Check the firewall of the account, and that "
        "the account allows access with a key.",
    }
    probe = azure.probe
    rclone_type = "azureblob"
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"fast_list": False}
    directory_markers = "--azureblob-directory-markers"
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
        "Use an access key of the storage account.",
    )
    rclone_harmless = words(
        """
        access_tier archive_tier_delete chunk_size client_certificate_password client_send_certificate_chain
        copy_concurrency copy_cutoff copy_total_concurrency decompress delete_snapshots description
        directory_markers disable_checksum disable_instance_discovery encoding list_chunk list_parallelism
        memory_pool_flush_time memory_pool_use_mmap msi_client_id msi_mi_res_id msi_object_id no_check_container
        no_head_object public_access upload_concurrency upload_cutoff use_arrow_list use_copy_blob
        """
    )

    account: Account = option(
        "Name of the storage account: letters, digits, V(-) and V(.).",
        required=True,
        aliases=("account_name",),
        min_length=1,
        pattern=r"^[A-Za-z0-9\-.]+$",
    )
    key_: AccessKey = option(
        "Access key of the storage account.",
        wire="key",
        required=True,
        secret=True,
        aliases=("account_key",),
        min_length=1,
    )
    endpoint: Endpoint = option(
        "URL of the service, including the account, for an emulator or a cloud other than the public one. The NAS rejects a "
        "host without a scheme, although its web form shows one as an example. Empty for Azure itself.",
        default="",
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield a warning for a URL of another account, which an emulator reads from the path."""
        yield from super().warn(values)
        url, account = urlsplit(str(values.get("endpoint") or "")), values.get("account")
        cloud = _CLOUD.fullmatch(url.geturl())
        # A secondary endpoint belongs to the same account.
        own = f"{account}.".lower(), f"{account}-secondary.".lower()
        if account and cloud and cloud["account"] and cloud["account"].lower() not in own:
            yield f"azureblob.endpoint belongs to another account than {account}. Set the account, or change the endpoint."
        if _is_of_an_emulator(url.hostname or "") and url.path.strip("/").split("/")[0] != account:
            yield (
                "azureblob.endpoint has an IP address as its host. An emulator reads the account from the path, so use "
                f"{url.scheme}://{url.netloc.rpartition('@')[2]}/{account}."
            )


def _is_of_an_emulator(host: str) -> bool:
    try:
        return host == "localhost" or bool(ipaddress.ip_address(host))
    except ValueError:
        return False
