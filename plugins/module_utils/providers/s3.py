# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon S3 (truenas-api/providers.md, S3)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import s3, s3_rights
from ..errors import Problem
from ..fields.field import option
from ..fields.kinds import Count, Flag, Text, UrlOrEmpty, WireValue
from ..versions import Version
from .base import Provider, words

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
        "Use an access key that does not expire.",
    ),
    **dict.fromkeys(
        ("sse_customer_key", "sse_customer_key_base64"), "Use the encryption of the cloud sync tasks on the NAS."
    ),
    "requester_pays": "Let the owner of the buckets pay for requests.",
}
"""rclone options that replace or extend an access key, which the NAS does not support."""

_BUCKET_IN_HOST = frozenset({"Alibaba", "Netease", "TencentCOS"})
"""Services that accept a bucket only in the host of a URL (rclone's help for force_path_style; Amazon accepts both)."""

_OLD_SIGNATURES = "other-v2-signature"
"""The region that makes rclone use signature version 2."""


def restic_variables(values: Mapping[str, WireValue], host: str, place: str) -> dict[str, str]:
    """Return restic's environment variables for a repository below an S3 host."""
    return {
        "RESTIC_REPOSITORY": f"s3:{host}/{place}",
        "AWS_ACCESS_KEY_ID": str(values["access_key_id"]),
        "AWS_SECRET_ACCESS_KEY": str(values["secret_access_key"]),
    }


def with_scheme(endpoint: str) -> str:
    """Return rclone's endpoint as a URL; without a scheme, rclone uses https."""
    return endpoint if "://" in endpoint or not endpoint else f"https://{endpoint}"


_NO_SUCH_REGION = replace(
    causes.WRONG_REGION,
    hint="The service does not support this region. Set region to a name that it uses, for example auto for Cloudflare R2.",
)
_NOT_ITS_ONLY_REGION = replace(
    causes.WRONG_REGION,
    hint="The service has only one region, which differs from this one. Set region to the value in the server's configuration, "
    "for Garage s3_region (default: garage).",
)
_NO_LOCATION = replace(
    causes.FORBIDDEN,
    hint="The credential has no region, so the NAS asks the service for the region of the bucket, which this key is not allowed "
    "to do. Set region in the credential, or allow the key s3:GetBucketLocation.",
)
"""The NAS asks before it lists a folder or stores a task (truenas-api/wire.md, corrections to §7b). rclone itself does not."""

_FILE_OR_EMPTY_FOLDER = replace(
    causes.NOT_A_FOLDER,
    state=causes.INCONCLUSIVE,
    hint="verify_path is a file, or an empty folder to which the key is limited; rclone mistakes such a folder for a file. "
    "Check verify_path. If it is a folder, put a file into it, or let the key also read the name of the folder.",
)
"""Cloud sync tasks fail with this error: rclone 1.74 and 1.75 check for a file with the name of the folder, and treat a refusal
as a yes. Their `lsjson`, with which the NAS verifies, lists the folder anyway (tried with 1.75.2)."""

_OPTIONS_IN_HINTS = ("force_path_style", "sign_accept_encoding")
"""Options that a NAS has from TrueNAS 26.0 on. Its hints leave out the sentences with those that it lacks."""

ERROR_PATTERNS: Patterns = (
    (r"InvalidAccessKeyId|InvalidToken", causes.WRONG_KEY),
    (r"SignatureDoesNotMatch", causes.WRONG_SECRET),
    (r"RequestTimeTooSkewed|RequestExpired", causes.CLOCK_SKEW),
    (r"region '[\w-]+' is wrong; expecting '(?P<region>[\w-]{1,40})'", causes.WRONG_REGION),
    # Garage: later versions report the expected scope. Earlier versions report only the scope of the request, although they
    # call it expected (deuxfleurs-org/garage, src/api/common/signature/error.rs and src/api/signature/payload.rs).
    (r"\bexpected: '\d{8}/(?P<region>[\w-]{1,40})/s3/", causes.WRONG_REGION),
    (r"expected scope: '?\d{8}/", _NOT_ITS_ONLY_REGION),
    (r"InvalidRegionName", _NO_SUCH_REGION),
    (
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint|status code: 301|StatusCode: 301",
        causes.WRONG_REGION,
    ),
    (r"NoSuchBucket", causes.NO_SUCH_BUCKET),
    (r"\((?:AccessDenied|403|NotImplemented|MethodNotAllowed)\) when calling the GetBucketLocation\b", _NO_LOCATION),
    # rclone puts the operation on one side of the code, botocore on the other.
    (r"\bListBuckets\b.*\bAccessDenied\b|\bAccessDenied\b.*\bListBuckets\b", causes.SCOPED_KEY),
    (r"\bAccessDenied\b.*\bPutObject\b", causes.NOT_WRITABLE),
    # Alibaba's OSS and Tencent's COS.
    (r"SecondLevelDomainForbidden|PathStyleDomainForbidden", causes.PATH_STYLE),
    (r"is a file,? not a directory", _FILE_OR_EMPTY_FOLDER),
    # rclone's client reports this if the response is not XML, or not the expected XML.
    (r"deserialization failed", causes.UNREACHABLE),
    (r"AccessDenied|AllAccessDisabled|AccountProblem", causes.FORBIDDEN),
)
"""The error codes of the protocol."""


DIRECTORY_MARKERS = "--s3-directory-markers"
_AMAZON = "amazonaws.com"


def repository_base(endpoint: str) -> str:
    """Return the part of a repository's address before the bucket: the protocol and the host."""
    host = _host(endpoint)
    return f"s3:{_AMAZON if host.endswith(f'.{_AMAZON}') else host}"


def _host(endpoint: str) -> str:
    """Return the host and the port of an endpoint in lower case, also of a stored text that is not a URL."""
    authority = re.split(r"[/?#]", endpoint.partition("://")[2] if "://" in endpoint else endpoint)[0]
    return authority.rpartition("@")[2].lower()


class S3(Provider):
    """Amazon S3 and every service with the same protocol."""

    key = "s3"
    wire_type = "S3"
    title = "Amazon S3"
    has_buckets = True
    error_patterns = ERROR_PATTERNS
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_key": "The service does not recognize this access key. Check access_key_id, and that endpoint is the right "
        "service. Keys that start with ASIA are temporary and cannot be used.",
        "no_such_bucket": "Check the bucket and the folder, and that endpoint is the address of the service, without the name "
        "of a bucket in the host.",
        "path_style": "The service accepts the name of a bucket only as part of the host. Set force_path_style: false, and set "
        "provider to rclone's name for the service.",
        "unknown_host": "The host of the service does not resolve to an address. Check endpoint or, for Amazon, region. With "
        "force_path_style: false, the name of the bucket is part of the host.",
        "unreachable": "No S3 service answers at this address. Check endpoint and its port, which often differs from the port "
        "of a web console, and check for a firewall, a proxy, or a login page.",
        "wrong_region": "The buckets are in {region}. Set region to this value, and check that endpoint serves this region.",
        "wrong_secret": "The service recognizes the access key, but rejects this secret. Check secret_access_key. Behind a "
        "gateway that changes headers, set sign_accept_encoding: false.",
        "tls": "Could not establish a trusted TLS connection to the endpoint. Check that the service uses TLS on this port, or "
        "use http://. Check that its certificate is valid for this name and issued by a trusted CA.",
    }
    probe = s3.probe
    rclone_type = "s3"
    rclone_refused: ClassVar[Mapping[str, str]] = REFUSED
    rclone_fields = frozenset({"v2_auth"})
    rclone_harmless = words(
        """
        acl bucket_acl bucket_object_lock_enabled bypass_governance_retention chunk_size copy_cutoff decompress
        description directory_bucket directory_markers disable_checksum disable_http2 download_url encoding
        ibm_iam_endpoint ibm_resource_instance_id leave_parts_on_error list_chunk list_url_encode list_version
        list_versions_oldest_first location_constraint memory_pool_flush_time memory_pool_use_mmap might_gzip
        no_check_bucket no_head no_head_object no_system_metadata object_lock_legal_hold_status object_lock_mode
        object_lock_retain_until_date object_lock_set_after_upload object_lock_supported role_external_id
        role_session_duration role_session_name sdk_log_mode server_side_encryption sse_customer_algorithm
        sse_customer_key_md5 sse_kms_key_id storage_class sts_endpoint upload_concurrency upload_cutoff
        use_accelerate_endpoint use_accept_encoding_gzip use_already_exists use_arn_region
        use_data_integrity_protections use_dual_stack use_multipart_etag use_multipart_uploads
        use_presigned_request use_unsigned_payload use_x_id version_at version_deleted versions
        """
    )
    rclone_services = words(
        """
        AWS Alibaba ArvanCloud BizflyCloud Ceph ChinaMobile Cloudflare Cubbit DigitalOcean Dreamhost Exaba Fastly FileLu
        FlashBlade GCS HCP Hetzner HuaweiOBS IBMCOS IDrive ImpossibleCloud Intercolo IONOS Leviia Liara Linode LyveCloud
        Magalu Mega Minio Netease Outscale OVHcloud Petabox Qiniu Rabata RackCorp Rclone Scaleway Scality SeaweedFS
        Selectel Servercore SpectraLogic Storj Synology TencentCOS US3 Wasabi Zadara Zata ZeroServices Other
        """
    )
    task_attributes: ClassVar[Mapping[str, WireValue]] = {
        "fast_list": False,
        "region": "",
        "server_side_encryption": "",
        "storage_class": "",
    }
    directory_markers = DIRECTORY_MARKERS
    key_rights = "policy"
    protects_buckets = True
    rights_of_key = s3_rights.rights

    access_key_id: Text = option("ID of the access key.", required=True, min_length=1, form_length=(5, 20))
    secret_access_key: Text = option(
        "Secret of the access key.", required=True, secret=True, min_length=1, form_length=(8, 40)
    )
    endpoint: UrlOrEmpty = option(
        "URL of the service. Empty for Amazon S3.", default="", redacted_by_server=False, aliases=("endpoint_url",)
    )
    region: Text = option("Region of the buckets.", default="")
    skip_region: Flag = option(
        "Whether to send requests to the endpoint without a region.",
        default=False,
        aliases=("disable_endpoint_region",),
    )
    signatures_v2: Flag = option(
        "Whether to use signature version 2, for old services.", default=False, aliases=("use_signature_version_2",)
    )
    max_upload_parts: Count = option(
        "Maximum number of parts of a multipart upload.",
        default=10000,
        aliases=("maximum_upload_parts", "maximum_upload_ports"),
    )
    provider: Text = option(
        "Name of the service in rclone. The NAS accepts any text.",
        default="Other",
        since="26.0.0",
        redacted_by_server=False,
    )
    force_path_style: Flag = option(
        "Whether to put the bucket into the path of a URL instead of the host.",
        default=True,
        since="26.0.0",
        redacted_by_server=False,
    )
    sign_accept_encoding: Flag = option(
        "Whether to sign the header Accept-Encoding. Some gateways change this header and need V(false).",
        default=True,
        since="26.0.0",
        redacted_by_server=False,
    )

    @classmethod
    def computed_attributes(cls, values: Mapping[str, WireValue]) -> frozenset[str]:
        """Return the region, which the NAS asks for if the credential has none (truenas-api/tasks.md §4)."""
        has_region = str(values.get("region") or "").strip() or values.get("skip_region")
        return frozenset() if has_region else frozenset({"region"})

    @classmethod
    def repository_base(cls, values: Mapping[str, WireValue]) -> str:
        """Return the host, the same for all regions of Amazon, because the names of its buckets are unique."""
        return repository_base(str(values.get("endpoint") or f"https://s3.{_AMAZON}"))

    @classmethod
    def to_restic(cls, values: Mapping[str, WireValue], place: str, region: str) -> dict[str, str]:
        """Use the endpoint, or that of Amazon in the region of the task or of the credential."""
        where = region or str(values.get("region") or "")
        amazon = f"s3.{where}.{_AMAZON}" if where else f"s3.{_AMAZON}"
        return restic_variables(values, str(values.get("endpoint") or "").rstrip("/") or amazon, place)

    @classmethod
    def hint(cls, cause: str, values: Mapping[str, Any]) -> str | None:
        """Return the S3 advice for a cause, without options that the NAS lacks before TrueNAS 26.0."""
        if cause == "path_style" and "force_path_style" not in values:
            return None
        advice = super().hint(cause, values)
        lacking = [name for name in _OPTIONS_IN_HINTS if name not in values]
        found = re.split(r"(?<=\.) ", advice or "")
        return " ".join(text for text in found if not any(name in text for name in lacking)) or None

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield warnings for a temporary key of Amazon, and for an ID in place of the secret."""
        yield from super().warn(values)
        host = _host(str(values.get("endpoint") or _AMAZON)).partition(":")[0]
        is_amazon = host == _AMAZON or host.endswith(f".{_AMAZON}")
        if is_amazon and str(values.get("access_key_id")).startswith("ASIA"):
            yield (
                f"{cls.key}.access_key_id starts with ASIA, so the key is temporary and needs a session token, which the NAS "
                "cannot store. Use a key that does not expire."
            )
        if re.fullmatch(r"A[KS]IA[A-Z0-9]{16}", str(values.get("secret_access_key"))):
            yield (f"{cls.key}.secret_access_key looks like the ID of an access key. Is it swapped with access_key_id?")

    @classmethod
    def warn_of_lengths(cls, values: Mapping[str, WireValue], written: Container[str]) -> Iterator[str]:
        """Yield warnings for Amazon only, because the web form requires the lengths of Amazon's keys."""
        if not values.get("endpoint"):
            yield from super().warn_of_lengths(values, written)

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Choose the region as the tasks of the NAS do, and fewer parts for Scaleway."""
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
        """Convert the signature version to the fields of the NAS."""
        fields = {**options, "endpoint": with_scheme(options.get("endpoint", ""))}
        if fields.pop("v2_auth", "") == "true" or fields.get("region") == _OLD_SIGNATURES:
            fields.pop("region", None)
            fields |= {"skip_region": "true", "signatures_v2": "true"}
        return fields

    @classmethod
    def needs_newer(cls, options: Mapping[str, str], version: Version) -> Iterator[Problem]:
        """Yield a problem if the service needs the bucket in the host, which the NAS supports since it has `provider`."""
        provider = options.get("provider", "")
        if provider in _BUCKET_IN_HOST and version < cls.options()["provider"].since:
            yield Problem(
                "provider",
                f"is {provider}, which needs the bucket in the host of the URL and requires TrueNAS 26.0 or later",
                "Upgrade the NAS, or remove the section.",
            )
