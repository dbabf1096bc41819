# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for Amazon S3, compatible services, and the gateway of Storj, with botocore."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..causes import UNREACHABLE
from .base import (
    CONTENT,
    Aim,
    ProbeRefused,
    as_the_nas_reads,
    authorities,
    library,
    needs_bucket,
    needs_some,
    new_name,
    removed,
)

BY_HOST = frozenset(
    {
        *("AWS", "Alibaba", "Cubbit", "DigitalOcean", "Dreamhost", "GCS", "Hetzner"),
        *("HuaweiOBS", "ImpossibleCloud", "Intercolo", "Leviia", "Linode", "LyveCloud", "Netease"),
        *("OVHcloud", "Petabox", "Rabata", "RackCorp", "Scaleway", "Selectel", "Servercore"),
        *("Storj", "Synology", "TencentCOS", "Wasabi", "Zata"),
    }
)
"""Services for which rclone puts the bucket into the host even with force_path_style (tried with rclone 1.75)."""


@as_the_nas_reads
def probe(values: Mapping[str, Any], aim: Aim) -> None:
    """List the bucket, as rclone on the NAS does, or all buckets if the aim has none.

    In a bucket with versioning, the written version remains behind its deletion marker.
    """
    needs_bucket(aim)
    exceptions = library("botocore.exceptions", "boto3")
    errors = (exceptions.BotoCoreError, exceptions.ClientError)
    try:
        client = _client(values, aim)
        if not aim.bucket:
            answer = client.list_buckets()
            _has("Buckets", "Owner", answer=answer)
            needs_some(answer.get("Buckets"))
            return
        _has("Name", "Contents", answer=client.list_objects(Bucket=aim.bucket, Prefix=_folder(aim.path), MaxKeys=1))
        if aim.write:
            name = new_name(aim.path)
            with removed(lambda: client.delete_object(Bucket=aim.bucket, Key=name), f"{aim.bucket}/{name}", errors):
                client.put_object(Bucket=aim.bucket, Key=name, Body=CONTENT)
    except (*errors, ValueError) as error:
        raise ProbeRefused(str(error)) from error


def _has(*names: str, answer: Mapping[str, Any]) -> None:
    # botocore accepts any XML, such as the login page of a network, as a response without fields.
    if not answer.keys() & set(names):
        raise ProbeRefused("The server did not return an S3 response", UNREACHABLE)


def _client(values: Mapping[str, Any], aim: Aim) -> Any:
    # Choose the region as the tasks of the NAS do (truenas-api/providers.md, S3). Storj does not have these fields.
    skipped = values.get("skip_region")
    by_path = values.get("force_path_style", True) and values.get("provider") not in BY_HOST
    config = library("botocore.config", "boto3").Config(
        signature_version="s3" if skipped and values.get("signatures_v2") else "s3v4",
        s3={"addressing_style": "path" if by_path else "virtual"},
        connect_timeout=aim.timeout,
        read_timeout=aim.timeout,
        retries={"total_max_attempts": 1},
        # Only Amazon supports these, and never requires them.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # botocore also reads these from the environment, and not through the session.
        ignore_configured_endpoint_urls=True,
    )
    client = _session().create_client(
        "s3",
        region_name=(not skipped and values.get("region", "").strip()) or "us-east-1",
        endpoint_url=values.get("endpoint") or None,
        aws_access_key_id=values["access_key_id"],
        aws_secret_access_key=values["secret_access_key"],
        verify=authorities(),
        config=config,
    )
    client.meta.events.register("before-sign.s3", _sign_as_sent)
    if values.get("sign_accept_encoding", True):
        client.meta.events.register("before-sign.s3", _sign_accept_encoding)
    return client


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


def _folder(path: str) -> str:
    return f"{path.strip('/')}/" if path.strip("/") else ""
