# SPDX-License-Identifier: GPL-3.0-or-later
"""The services outside of this machine: AWS itself and Storj. Without a proxy that leads to stand-ins nothing reaches them, so
this module answers for them: which buckets are there, which objects, and which repositories (truenas-api/tasks.md §4, §6
and §15)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .store import Store

STORJ = "gateway.storjshare.io"
DEFAULT_REGION = "us-east-1"


class NoSuchBucket(Exception):
    """A bucket that is not there, in the words of the server's library."""

    def __init__(self) -> None:
        super().__init__(
            "An error occurred (NoSuchBucket) when calling the GetBucketLocation operation: The specified bucket does not exist"
        )


class Outside:
    """The buckets and repositories that nobody else has.

    `buckets` maps names to regions, None for one without; without it every bucket is there, in none. `objects` maps
    buckets to the keys of their objects; in one that is not named, every folder is there. A proxy in the `environment`
    leads to stand-ins, so that everything is within reach.
    """

    def __init__(
        self,
        store: Store,
        buckets: Mapping[str, str | None] | None,
        environment: Mapping[str, str],
        objects: Mapping[str, list[str]] | None = None,
    ) -> None:
        self._store = store
        self._buckets = None if buckets is None else dict(buckets)
        self._objects = objects or {}
        self._environment = environment

    def within_reach(self, provider: dict[str, Any]) -> bool:
        """Return whether a credential leads to a server that can be asked, if need be in vain."""
        if provider["type"] not in ("S3", "STORJ_IX"):
            return True
        if any(name.upper() == "HTTPS_PROXY" for name in self._environment):
            return True
        host = urlsplit(provider.get("endpoint", "")).hostname
        return host is not None and host != STORJ and not host.endswith(".amazonaws.com")

    async def region(self, provider: dict[str, Any], bucket: str) -> str:
        """Return where a bucket of S3 is. Raises what the server's library raises."""
        if self.within_reach(provider):
            return await asyncio.to_thread(_ask, provider, bucket, self._environment)
        if self._buckets is None:
            return DEFAULT_REGION
        if bucket not in self._buckets:
            raise NoSuchBucket
        return self._buckets[bucket] or DEFAULT_REGION

    def is_directory(self, bucket: str, folder: str) -> bool | None:
        """Return whether there is a folder in a bucket; None if there is nothing of that name."""
        if (keys := self._objects.get(bucket)) is None or any(key.startswith(f"{folder}/") for key in keys):
            return True
        return False if folder in keys else None

    def has_bucket(self, name: str) -> bool:
        """Return whether a bucket is there."""
        return self._buckets is None or name in self._buckets

    def make_bucket(self, name: str) -> None:
        """Add a bucket."""
        if self._buckets is not None:
            self._buckets[name] = None

    def repository_password(self, place: str) -> str | None:
        """Return the password of the restic repository at an address, None if there is none."""
        return self._store.repository_password(place)

    def make_repository(self, place: str, password: str) -> None:
        """Add a repository."""
        self._store.add_repository(place, password)


def _ask(provider: dict[str, Any], bucket: str, environment: Mapping[str, str]) -> str:
    # Slow to import, and most tests never ask.
    import boto3  # type: ignore[import-untyped]  # the library has no types
    from botocore.config import Config  # type: ignore[import-untyped]  # the library has no types

    variables = {name.upper(): value for name, value in environment.items()}
    proxy = variables.get("HTTPS_PROXY")
    client = boto3.client(
        "s3",
        config=Config(
            signature_version="s3" if provider["signatures_v2"] else None,
            proxies={"https": proxy} if proxy and not _is_local(provider["endpoint"]) else {},
        ),
        endpoint_url=provider["endpoint"].strip() or None,
        # Without a region the library wants one from its own configuration, which a NAS does not have either.
        region_name=provider["region"].strip() or DEFAULT_REGION,
        aws_access_key_id=provider["access_key_id"],
        aws_secret_access_key=provider["secret_access_key"],
        verify=variables.get("SSL_CERT_FILE"),
    )
    location: str | None = client.get_bucket_location(Bucket=bucket)["LocationConstraint"]
    return location or DEFAULT_REGION


def _is_local(endpoint: str) -> bool:
    return urlsplit(endpoint).hostname in ("localhost", "127.0.0.1", "::1")
