# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Cloud Storage (truenas-api/providers.md, GOOGLE_CLOUD_STORAGE)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import google
from .base import Provider, option
from .values import ServiceAccount, WireValue, json_object


class GoogleCloudStorage(Provider):
    """A service account of Google Cloud."""

    key = "google_cloud_storage"
    wire_type = "GOOGLE_CLOUD_STORAGE"
    title = "Google Cloud Storage"
    has_buckets = True
    error_patterns: ClassVar[Patterns] = (
        (r"account not found", causes.WRONG_KEY),
        (r"Invalid JWT Signature", causes.WRONG_SECRET),
        (r"Invalid JWT: Token must be a short-lived token", causes.CLOCK_SKEW),
        (r"private key should be a PEM|error processing credentials|asn1: ", causes.WRONG_SECRET),
        (r"storage\.buckets\.list", causes.SCOPED_KEY),
        (r"storage\.objects\.(?:create|delete)", causes.NOT_WRITABLE),
        (r"bucket does not exist", causes.NO_SUCH_BUCKET),
        # At this point of the login, only the key can be wrong.
        (r"invalid_grant", causes.WRONG_SECRET),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_key": "Google does not recognize this service account. Check that it has not been deleted.",
        "wrong_secret": "Google rejects this key of the service account. Check that the key is complete, or create a new one.",
        "scoped_key": "The service account is valid, but is not allowed to list the buckets of the project. If it can open one "
        "bucket, set verify_bucket to it.",
    }
    probe = google.probe
    rclone_type = "google cloud storage"
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"fast_list": False, "bucket_policy_only": False}
    directory_markers = "--gcs-directory-markers"
    rclone_aliases = ("gcs",)
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "client_id": "Use the key of a service account.",
        "token": "Use the key of a service account.",
        "access_token": "Use the key of a service account.",
        "env_auth": "Use the key of a service account.",
        "anonymous": "Use the key of a service account.",
        "client_credentials": "Use the key of a service account.",
        "endpoint": "Remove it; the NAS supports only Google's own endpoint.",
        "user_project": "Let the owner of the buckets pay for requests.",
    }
    rclone_fields = frozenset({"service_account_file", "project_number"})
    from_file: ClassVar[Mapping[str, str]] = {"service_account_file": "service_account_credentials"}

    service_account_credentials: ServiceAccount = option(
        "Key of a service account as a mapping or as JSON text.",
        required=True,
        secret=True,
        aliases=("service_account_key",),
        min_length=1,
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Warn of a private key that is not PEM, which rclone 1.75 cannot read (tried)."""
        yield from super().warn(values)
        account = json_object(str(values.get("service_account_credentials") or "")) or {}
        if account.get("private_key") and "BEGIN" not in str(account["private_key"]):
            yield f"{cls.key}.service_account_credentials contains a private_key without BEGIN and END, so rclone cannot read it."

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Add the project of the key, as the NAS does; a key that stays in its file is not read."""
        key = json_object(str(values.get("service_account_credentials")))
        return {**values, **({"project_number": key["project_id"]} if key else {})}

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Omit the project if it equals the project of the key, which the NAS uses."""
        project = (json_object(options.get("service_account_credentials", "")) or {}).get("project_id")
        return {name: value for name, value in options.items() if (name, value) != ("project_number", project)}
