# SPDX-License-Identifier: GPL-3.0-or-later
"""Storj iX (truenas-api/providers.md, STORJ_IX)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from .._pydantic import BeforeValidator, Field
from ..diagnosis.probes import s3, s3_rights
from ..fields.field import option
from ..fields.kinds import Kind, Text, WireValue, https_url, url_parts
from .base import Provider
from .s3 import DIRECTORY_MARKERS, ERROR_PATTERNS, REFUSED, repository_base, restic_variables, with_scheme

DEFAULT_ENDPOINT = "https://gateway.storjshare.io/"

_TASK_OPTIONS = {
    "provider": "Other",
    "chunk_size": "64M",
    "upload_cutoff": "64M",
    "disable_http2": "true",
}
"""Options that the tasks of the NAS add to the credential (truenas-api/providers.md, STORJ_IX)."""


def _endpoint(value: Any) -> Any:
    """Replace an empty endpoint by the default, as the web form does; the NAS rejects an empty text.

    One validator does both, because pydantic before 2.12 ignores the first of two.
    """
    return https_url(DEFAULT_ENDPOINT if value == "" else value)


class StorjIx(Provider):
    """Storj through its S3 gateway."""

    key = "storj_ix"
    wire_type = "STORJ_IX"
    title = "Storj iX"
    has_buckets = True
    can_create_buckets = True
    error_patterns = ERROR_PATTERNS
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_key": "The gateway does not recognize this access key. Check that it is an S3 credential, not an access grant or "
        "an API key, and that it was created at the satellite of this gateway.",
    }
    probe = s3.probe
    rclone_type = "s3"
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"fast_list": False}
    directory_markers = DIRECTORY_MARKERS
    key_rights = "policy"
    protects_buckets = True
    rights_of_key = s3_rights.rights
    rclone_host = "gateway.storjshare.io"
    rclone_refused: ClassVar[Mapping[str, str]] = REFUSED
    rclone_usual = frozenset({*_TASK_OPTIONS.items(), ("provider", "Storj")})

    access_key_id: Text = option("ID of the access key.", required=True, min_length=1)
    secret_access_key: Text = option("Secret of the access key.", required=True, secret=True, min_length=1)
    endpoint: Annotated[str, BeforeValidator(_endpoint), Field(max_length=2083), Kind()] = option(
        "URL of the gateway, https only. Empty for the gateway of Storj.",
        default=DEFAULT_ENDPOINT,
        since="25.04.2",
        redacted_by_server=False,
    )

    @classmethod
    def repository_base(cls, values: Mapping[str, WireValue]) -> str:
        """Return the gateway."""
        return repository_base(str(values.get("endpoint") or DEFAULT_ENDPOINT))

    @classmethod
    def to_restic(cls, values: Mapping[str, WireValue], place: str, region: str) -> dict[str, str]:
        """Use the host of the gateway without its port."""
        return restic_variables(values, url_parts(values.get("endpoint") or DEFAULT_ENDPOINT).hostname or "", place)

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Add the options of the NAS's tasks."""
        return {**values, **_TASK_OPTIONS}

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Add the scheme to the endpoint."""
        return {**options, "endpoint": with_scheme(options.get("endpoint", ""))}
