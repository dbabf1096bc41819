# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon S3 (truenas-api/providers.md, S3)."""

from __future__ import annotations

from .base import Provider, option
from .values import Count, Flag, Text, UrlOrEmpty


class S3(Provider):
    """Amazon S3 and every service that speaks its protocol."""

    key = "s3"
    wire_type = "S3"
    title = "Amazon S3"

    access_key_id: Text = option("ID of the access key.", required=True, min_length=1, form_length=(5, 20))
    secret_access_key: Text = option(
        "Secret of the access key.", required=True, secret=True, min_length=1, form_length=(8, 40)
    )
    endpoint: UrlOrEmpty = option(
        "URL of the service. Empty for Amazon.", default="", redacted_by_server=False, aliases=("endpoint_url",)
    )
    region: Text = option("Region of the buckets.", default="")
    skip_region: Flag = option(
        "Send no region with requests to the endpoint.", default=False, aliases=("disable_endpoint_region",)
    )
    signatures_v2: Flag = option(
        "Sign requests the old way, with version 2.", default=False, aliases=("use_signature_version_2",)
    )
    max_upload_parts: Count = option(
        "Most parts of a multipart upload.", default=10000, aliases=("maximum_upload_parts", "maximum_upload_ports")
    )
    provider: Text = option(
        "Which service this is, in the words of rclone. The NAS takes any text.",
        default="Other",
        since="26.0.0",
        redacted_by_server=False,
    )
    force_path_style: Flag = option(
        "Put the bucket into the path of a URL and not into its host.",
        default=True,
        since="26.0.0",
        redacted_by_server=False,
    )
    sign_accept_encoding: Flag = option(
        "Sign the accept-encoding header, too. Some gateways change it on the way and need V(false).",
        default=True,
        since="26.0.0",
        redacted_by_server=False,
    )
