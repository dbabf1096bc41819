# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack Swift, by OpenStack's own clients: python-swiftclient, and python-keystoneclient for versions 2 and 3."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from .base import CONTENT, Aim, Refused, as_the_nas_reads, authorities, library, needs_bucket, new_name, removed


@as_the_nas_reads
def probe(values: Mapping[str, Any], aim: Aim) -> None:
    """List the container, or the containers if none is named."""
    needs_bucket(aim)
    client = library("swiftclient.client", "python-swiftclient")
    exceptions = library("swiftclient.exceptions", "python-swiftclient")
    requests = library("requests", "requests")
    # Its log tells of every failure, with the request that led to it.
    for name in ("swiftclient", "keystoneauth", "keystoneclient"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    errors = (exceptions.ClientException, requests.exceptions.RequestException, OSError)
    trusted = authorities()
    connection = client.Connection(
        authurl=values["auth"],
        user=values["user"],
        key=values["key"],
        auth_version=_version(values),
        os_options=_options(values),
        preauthurl=values.get("storage_url") if values.get("auth_token") else None,
        preauthtoken=values.get("auth_token") or None,
        timeout=aim.timeout,
        retries=0,
        **({"cacert": trusted} if isinstance(trusted, str) else {}),
    )
    try:
        if not aim.bucket:
            connection.get_account(limit=1)
            return
        folder = f"{aim.path.strip('/')}/" if aim.path.strip("/") else None
        connection.get_container(aim.bucket, prefix=folder, limit=1)
        if aim.write:
            file = new_name(aim.path)
            with removed(lambda: connection.delete_object(aim.bucket, file), f"{aim.bucket}/{file}", errors):
                connection.put_object(aim.bucket, file, CONTENT)
    except errors as error:
        raise Refused(str(error)) from error
    finally:
        connection.close()


def _version(values: Mapping[str, Any]) -> str:
    """Return the version of the login; without one the URL says it, as it does to rclone."""
    found = re.search(r"/(?:auth/)?v([123])", values["auth"])
    chosen = values.get("auth_version") or (found and found.group(1))
    if not chosen:
        raise Refused("Can't find AuthVersion in AuthUrl - set explicitly")
    return "3" if str(chosen) == "3" else str(chosen)


def _options(values: Mapping[str, Any]) -> dict[str, str]:
    names = {
        "tenant": "tenant_name",
        "tenant_id": "tenant_id",
        "user_id": "user_id",
        "domain": "user_domain_name",
        "tenant_domain": "project_domain_name",
        "region": "region_name",
        "endpoint_type": "endpoint_type",
        "storage_url": "object_storage_url",
    }
    options = {there: values[here] for here, there in names.items() if values.get(here)}
    if values.get("application_credential_secret"):
        options |= {
            name: values[name] for name in values if name.startswith("application_credential_") and values[name]
        }
        options["auth_type"] = "v3applicationcredential"
    return options
