# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients for Amazon S3 and compatible services that connect as rclone on the NAS does, with botocore."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .base import authorities, library

BY_HOST = frozenset(
    {
        *("AWS", "Alibaba", "Cubbit", "DigitalOcean", "Dreamhost", "GCS", "Hetzner"),
        *("HuaweiOBS", "ImpossibleCloud", "Intercolo", "Leviia", "Linode", "LyveCloud", "Netease"),
        *("OVHcloud", "Petabox", "Rabata", "RackCorp", "Scaleway", "Selectel", "Servercore"),
        *("Storj", "Synology", "TencentCOS", "Wasabi", "Zata"),
    }
)
"""Services for which rclone puts the bucket into the host even with force_path_style (tried with rclone 1.75)."""


def client(values: Mapping[str, Any], timeout: float, service: str = "s3") -> Any:
    """Return a client for the API values of a credential. `timeout` is in seconds and applies to each network operation.

    `service` can also be `iam`, which other services than Amazon have at the same address.
    """
    # Choose the region as the tasks of the NAS do (truenas-api/providers.md, S3). Storj does not have these fields.
    skipped = values.get("skip_region")
    by_path = values.get("force_path_style", True) and values.get("provider") not in BY_HOST
    config = library("botocore.config", "boto3").Config(
        signature_version="s3" if skipped and values.get("signatures_v2") else "s3v4",
        s3={"addressing_style": "path" if by_path else "virtual"},
        connect_timeout=timeout,
        read_timeout=timeout,
        retries={"total_max_attempts": 1},
        # Only Amazon supports these, and never requires them.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # botocore also reads these from the environment, and not through the session.
        ignore_configured_endpoint_urls=True,
    )
    made = _session().create_client(
        service,
        region_name=region(values),
        endpoint_url=values.get("endpoint") or None,
        aws_access_key_id=values["access_key_id"],
        aws_secret_access_key=values["secret_access_key"],
        verify=authorities(),
        config=config,
    )
    made.meta.events.register("before-sign.s3", _sign_as_sent)
    if values.get("sign_accept_encoding", True):
        made.meta.events.register("before-sign.s3", _sign_accept_encoding)
    return made


def region(values: Mapping[str, Any]) -> str:
    """Return the region that signs the requests of a credential with these API values."""
    return (not values.get("skip_region") and str(values.get("region") or "").strip()) or "us-east-1"


def _session() -> Any:
    """Return a botocore session that ignores the environment and the files in ~/.aws.

    Those of the user who runs the task do not concern this credential, and rclone on the NAS does not read them (tried with
    rclone 1.75, which reads them only with env_auth). Each setting has botocore's default; one without a default is unset.
    """
    session = library("botocore.session", "boto3").Session()
    config = library("botocore.configprovider", "boto3")
    loader = library("botocore.loaders", "boto3").Loader
    defaults = {name: default for name, (*_names, default, _conversion) in session.SESSION_VARIABLES.items()}
    defaults |= dict.fromkeys(("config_file", "credentials_file"), os.devnull)
    settings = {name: config.ConstantProvider(default) for name, default in defaults.items()}
    session.register_component("config_store", config.ConfigValueStore(settings))
    session.register_component("data_loader", loader([loader.BUILTIN_DATA_PATH], include_default_search_paths=False))
    return session


def _sign_as_sent(request: Any, **_: Any) -> None:
    """Sign the path that is sent, with signature version 2, as rclone does (tried with rclone 1.75).

    botocore signs "/bucket/" but sends "/bucket". With the bucket in the host, botocore signs the bucket in front of the
    path. The protocol requires that, but the NAS does not do it.
    """
    request.auth_path = None


def _sign_accept_encoding(request: Any, **_: Any) -> None:
    """Add the header to the request before it is signed, as rclone does by default; the header is sent anyway."""
    request.headers["Accept-Encoding"] = "identity"
