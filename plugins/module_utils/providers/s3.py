# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon S3 (truenas-api/providers.md, S3)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import s3
from ..errors import Problem
from ..versions import Version
from .base import Provider, option
from .values import Count, Flag, Text, UrlOrEmpty, WireValue

REFUSED = {
    **dict.fromkeys(
        (
            "env_auth",
            "ibm_api_key",
            "profile",
            "role_arn",
            "session_token",
            "shared_credentials_file",
        ),
        "Give an access key that does not expire.",
    ),
    **dict.fromkeys(
        ("sse_customer_key", "sse_customer_key_base64"), "The NAS can encrypt by itself: see its cloud sync tasks."
    ),
    "requester_pays": "Let the owner of the buckets pay for requests.",
}
"""Options of rclone that are no access key."""

_BUCKET_IN_HOST = frozenset({"Alibaba", "Netease", "TencentCOS"})
"""Services that take a bucket in the host of a URL only (rclone's help for force_path_style; Amazon takes both)."""

_OLD_SIGNATURES = "other-v2-signature"
"""The region by which rclone signs the old way."""


def with_scheme(endpoint: str) -> str:
    """Return rclone's endpoint as a URL: without a scheme it means https."""
    return endpoint if "://" in endpoint or not endpoint else f"https://{endpoint}"


_NO_SUCH_REGION = replace(
    causes.WRONG_REGION,
    hint="The service does not know this region. Set region to one that it names, for Cloudflare R2 for example to auto.",
)
_NOT_ITS_ONLY_REGION = replace(
    causes.WRONG_REGION,
    hint="The service has one region only, and this is another one. Set region to the one in the configuration of the server, "
    "for Garage s3_region, which is garage unless it was changed.",
)
_FILE_OR_EMPTY_FOLDER = replace(
    causes.NOT_A_FOLDER,
    state=causes.INCONCLUSIVE,
    hint="verify_path names a file, or the key is limited to this folder and the folder is empty, in which case rclone takes it "
    "for a file. Check verify_path. If it names a folder, put a file into it, or let the key read the name of the folder, too.",
)
"""A task of the NAS ends with it: rclone 1.74 and 1.75 ask whether a file has the name of the folder, and take a refusal for a
yes. Their `lsjson`, by which the NAS verifies, lists the folder anyway (tried with 1.75.2)."""

ERROR_PATTERNS: Patterns = (
    (r"InvalidAccessKeyId|InvalidToken", causes.WRONG_KEY),
    (r"SignatureDoesNotMatch", causes.WRONG_SECRET),
    (r"RequestTimeTooSkewed|RequestExpired", causes.CLOCK_SKEW),
    (r"region '[\w-]+' is wrong; expecting '(?P<region>[\w-]{1,40})'", causes.WRONG_REGION),
    # Garage: its later versions name the scope that they expect, the earlier ones only the one that was sent, whatever they
    # call it (deuxfleurs-org/garage, src/api/common/signature/error.rs and src/api/signature/payload.rs).
    (r"\bexpected: '\d{8}/(?P<region>[\w-]{1,40})/s3/", causes.WRONG_REGION),
    (r"expected scope: '?\d{8}/", _NOT_ITS_ONLY_REGION),
    (r"InvalidRegionName", _NO_SUCH_REGION),
    (
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint|status code: 301|StatusCode: 301",
        causes.WRONG_REGION,
    ),
    (r"NoSuchBucket", causes.NO_SUCH_BUCKET),
    # rclone and botocore put the operation on different sides of the code.
    (r"\bListBuckets\b.*\bAccessDenied\b|\bAccessDenied\b.*\bListBuckets\b", causes.SCOPED_KEY),
    (r"\bAccessDenied\b.*\bPutObject\b", causes.NOT_WRITABLE),
    # Alibaba's OSS and Tencent's COS.
    (r"SecondLevelDomainForbidden|PathStyleDomainForbidden", causes.PATH_STYLE),
    (r"is a file,? not a directory", _FILE_OR_EMPTY_FOLDER),
    # What is no XML, or another one, to the client that rclone has.
    (r"deserialization failed", causes.UNREACHABLE),
    (r"AccessDenied|AllAccessDisabled|AccountProblem", causes.FORBIDDEN),
)
"""The codes of the protocol's errors."""


class S3(Provider):
    """Amazon S3 and every service that speaks its protocol."""

    key = "s3"
    wire_type = "S3"
    title = "Amazon S3"
    has_buckets = True
    error_patterns = ERROR_PATTERNS
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_key": "The service does not know this access key. Check access_key_id, and that endpoint is the right service; "
        "keys that begin with ASIA are temporary and cannot be used.",
        "no_such_bucket": "Check the bucket and the folder, and that endpoint is the address of the service, without the name "
        "of a bucket in front of the host.",
        "path_style": "The service accepts the name of a bucket only as part of the host. Set force_path_style to false, and "
        "provider to the name that rclone has for the service.",
        "unknown_host": "The host of the service does not resolve to an address. Check endpoint or, for Amazon, region; with "
        "force_path_style: false the name of the bucket is part of the host.",
        "unreachable": "No S3 service answers at that address. Check endpoint and its port, which often differs from that of a "
        "web console, and whether a firewall, a proxy or a login page is in between.",
        "wrong_region": "The buckets are in {region}: set region to that, and check that endpoint serves it.",
        "wrong_secret": "The service knows the access key, but not this secret. Check secret_access_key; behind a gateway "
        "that changes headers, set sign_accept_encoding to false.",
        "tls": "No trusted TLS connection to the endpoint came about. Check that endpoint begins with http only if the "
        "service has no TLS, and that its certificate is valid for this name and from an authority that is trusted.",
    }
    probe = s3.probe
    rclone_type = "s3"
    rclone_refused: ClassVar[Mapping[str, str]] = REFUSED
    rclone_fields = frozenset({"v2_auth"})

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

    @classmethod
    def hint(cls, cause: str, values: Mapping[str, Any]) -> str | None:
        """Return the S3 advice for a cause; a NAS before 26.0 cannot put the bucket into the host."""
        return None if cause == "path_style" and "force_path_style" not in values else super().hint(cause, values)

    @classmethod
    def warn_of_lengths(cls, values: Mapping[str, WireValue], written: Container[str]) -> Iterator[str]:
        """Leave the keys of other services alone: the form asks for the lengths that Amazon's have."""
        if not values.get("endpoint"):
            yield from super().warn_of_lengths(values, written)

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Choose the region as the NAS's tasks do, and fewer parts for Scaleway."""
        fields = {"skip_region", "signatures_v2"}
        options = {name: value for name, value in values.items() if name not in fields}
        options["provider"] = values["provider"] or "Other"
        if values["skip_region"]:
            options["region"] = _OLD_SIGNATURES if values["signatures_v2"] else ""
        elif not str(values["region"]).strip():
            options["region"] = "us-east-1"
        if str(values["endpoint"]).rstrip("/").endswith(".scw.cloud") and values["max_upload_parts"] == 10000:
            options["max_upload_parts"] = 1000
        return options

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Say in the NAS's words how requests are signed."""
        fields = {**options, "endpoint": with_scheme(options.get("endpoint", ""))}
        if fields.pop("v2_auth", "") == "true" or fields.get("region") == _OLD_SIGNATURES:
            fields.pop("region", None)
            fields |= {"skip_region": "true", "signatures_v2": "true"}
        return fields

    @classmethod
    def needs_newer(cls, options: Mapping[str, str], version: Version) -> Iterator[Problem]:
        """Yield that the buckets need to be in the host, which the NAS can do once it has `provider`."""
        provider = options.get("provider", "")
        if provider in _BUCKET_IN_HOST and version < cls.options()["provider"].since:
            yield Problem(
                "provider",
                f"is {provider}, whose buckets have to be in the host of the URL, and the NAS can do that from 26.0 only",
                "Update the NAS, or leave the section out.",
            )
