# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for Azure Blob Storage with Microsoft's library."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ..causes import WRONG_SECRET
from .base import (
    CONTENT,
    ProbeRefused,
    ProbeTarget,
    as_the_nas_reads,
    authorities,
    library,
    needs_bucket,
    needs_some,
    new_name,
    removed,
)


@as_the_nas_reads
def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """List the container, or all containers if the target has none."""
    needs_bucket(target)
    blob = library("azure.storage.blob", "azure-storage-blob")
    core = library("azure.core.exceptions", "azure-storage-blob")
    # The library logs requests with their headers.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    account = values["account"]
    try:
        with blob.BlobServiceClient(
            values.get("endpoint") or f"https://{account}.blob.core.windows.net",
            credential={"account_name": account, "account_key": values["key"]},
            connection_timeout=target.timeout,
            read_timeout=target.timeout,
            connection_verify=authorities(),
            retry_total=0,
        ) as service:
            _list_and_write(service, target, core.AzureError)
    except core.AzureError as error:
        code = getattr(error, "error_code", None)
        code = getattr(code, "value", code)
        # The rest of the text repeats the signed string.
        raise ProbeRefused(f"{code}: {error.reason}" if code else error.message) from error
    except ValueError as error:
        raise ProbeRefused(f"The key is not usable: {error}", WRONG_SECRET) from error


def _list_and_write(service: Any, target: ProbeTarget, error: type[Exception]) -> None:
    if not target.bucket:
        # A page can be empty even if another page follows.
        needs_some(next(service.list_containers(results_per_page=1), None))
        return
    container = service.get_container_client(target.bucket)
    next(container.list_blobs(name_starts_with=target.prefix, results_per_page=1).by_page(), None)
    if target.write:
        name = target.prefix + new_name()
        with removed(lambda: container.delete_blob(name), f"{target.bucket}/{name}", (error,)):
            container.upload_blob(name, CONTENT)
