# SPDX-License-Identifier: GPL-3.0-or-later
"""S3, by botocore: for Amazon, for what speaks its protocol, and for Storj's gateway."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..causes import UNREACHABLE
from .base import CONTENT, Aim, Refused, as_the_nas_reads, authorities, library, needs_bucket, new_name, removed


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
            _has("Buckets", "Owner", answer=client.list_buckets())
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
    config = library("botocore.config", "boto3").Config(
        signature_version="s3" if skipped and values.get("signatures_v2") else "s3v4",
        s3={"addressing_style": "path" if values.get("force_path_style", True) else "virtual"},
        connect_timeout=aim.timeout,
        read_timeout=aim.timeout,
        retries={"total_max_attempts": 1},
        # Only Amazon knows these, and needs them nowhere.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        ignore_configured_endpoint_urls=True,
    )
    session = library("botocore.session", "boto3").Session()
    # What whoever runs the task has set up for Amazon is not about this credential.
    constant = library("botocore.configprovider", "boto3").ConstantProvider
    for name, value in (("profile", None), ("config_file", os.devnull), ("credentials_file", os.devnull)):
        session.get_component("config_store").set_config_provider(name, constant(value))
    return session.create_client(
        "s3",
        region_name=(not skipped and values.get("region", "").strip()) or "us-east-1",
        endpoint_url=values.get("endpoint") or None,
        aws_access_key_id=values["access_key_id"],
        aws_secret_access_key=values["secret_access_key"],
        verify=authorities(),
        config=config,
    )


def _folder(path: str) -> str:
    return f"{path.strip('/')}/" if path.strip("/") else ""
