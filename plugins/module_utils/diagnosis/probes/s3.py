# SPDX-License-Identifier: GPL-3.0-or-later
"""S3, by botocore: for Amazon, for what speaks its protocol, and for Storj's gateway."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..causes import UNREACHABLE
from .base import (
    CONTENT,
    Aim,
    Refused,
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
"""The services whose buckets rclone puts into the host though force_path_style is set (tried with rclone 1.75)."""


@as_the_nas_reads
def probe(values: Mapping[str, Any], aim: Aim) -> None:
    """List the bucket, as rclone lists one for the NAS, or the buckets if none is named.

    In a bucket that keeps versions, the one that is written stays behind its deletion marker.
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
        raise Refused(str(error)) from error


def _has(*names: str, answer: Mapping[str, Any]) -> None:
    # botocore reads any XML, such as the page that asks for a login to the network, as an answer in which all is left out.
    if not answer.keys() & set(names):
        raise Refused("What answers is not S3", UNREACHABLE)


def _client(values: Mapping[str, Any], aim: Aim) -> Any:
    # The region as tasks choose it (truenas-api/providers.md, S3); Storj has none of these fields.
    skipped = values.get("skip_region")
    by_path = values.get("force_path_style", True) and values.get("provider") not in BY_HOST
    config = library("botocore.config", "boto3").Config(
        signature_version="s3" if skipped and values.get("signatures_v2") else "s3v4",
        s3={"addressing_style": "path" if by_path else "virtual"},
        connect_timeout=aim.timeout,
        read_timeout=aim.timeout,
        retries={"total_max_attempts": 1},
        # Only Amazon knows these, and needs them nowhere.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # botocore looks for these in the environment, too, and does not leave that to the session.
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
    """Return a botocore session to which neither the environment nor the files in ~/.aws say anything.

    Those of whoever runs the task are not about this credential, and rclone on the NAS reads none (tried with rclone 1.75, which
    does so with env_auth only). Each setting has botocore's default instead; one without a default is unset.
    """
    session = library("botocore.session", "boto3").Session()
    config = library("botocore.configprovider", "boto3")
    loader = library("botocore.loaders", "boto3").Loader
    defaults = {name: default for name, (_, _, default, _) in session.SESSION_VARIABLES.items()}
    defaults |= dict.fromkeys(("config_file", "credentials_file"), os.devnull)
    settings = {name: config.ConstantProvider(default) for name, default in defaults.items()}
    session.register_component("config_store", config.ConfigValueStore(settings))
    session.register_component("data_loader", loader([loader.BUILTIN_DATA_PATH], include_default_search_paths=False))
    return session


def _sign_as_sent(request: Any, **_: Any) -> None:
    """Have a signature of version 2 cover the path as it is sent, as rclone does (tried with rclone 1.75).

    botocore signs "/bucket/" where it sends "/bucket". With the bucket in the host it signs the bucket in front of the path;
    that is the protocol, but not what the NAS sends.
    """
    request.auth_path = None


def _sign_accept_encoding(request: Any, **_: Any) -> None:
    """Give the request the header that is sent anyway, so that it is signed, as rclone does unless told otherwise."""
    request.headers["Accept-Encoding"] = "identity"


def _folder(path: str) -> str:
    return f"{path.strip('/')}/" if path.strip("/") else ""
