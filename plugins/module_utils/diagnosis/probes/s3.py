# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for Amazon S3, compatible services, and the gateway of Storj, with botocore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..causes import UNREACHABLE
from . import s3_client
from .base import (
    CONTENT,
    ProbeRefused,
    ProbeTarget,
    as_the_nas_reads,
    library,
    needs_bucket,
    needs_some,
    new_name,
    removed,
)


@as_the_nas_reads
def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """List the bucket, as rclone on the NAS does, or all buckets if the target has none.

    In a bucket with versioning, the written version remains behind its deletion marker.
    """
    needs_bucket(target)
    exceptions = library("botocore.exceptions", "boto3")
    errors = (exceptions.BotoCoreError, exceptions.ClientError)
    try:
        client = s3_client.client(values, target.timeout)
        if not target.bucket:
            answer = client.list_buckets()
            _has("Buckets", "Owner", answer=answer)
            needs_some(answer.get("Buckets"))
            return
        _has("Name", "Contents", answer=client.list_objects(Bucket=target.bucket, Prefix=target.prefix, MaxKeys=1))
        if target.write:
            name = target.prefix + new_name()
            with removed(
                lambda: client.delete_object(Bucket=target.bucket, Key=name), f"{target.bucket}/{name}", errors
            ):
                client.put_object(Bucket=target.bucket, Key=name, Body=CONTENT)
    except (*errors, ValueError) as error:
        raise ProbeRefused(str(error)) from error


def _has(*names: str, answer: Mapping[str, Any]) -> None:
    # botocore accepts any XML, such as the login page of a network, as a response without fields.
    if not answer.keys() & set(names):
        raise ProbeRefused("The server did not return an S3 response", UNREACHABLE)
