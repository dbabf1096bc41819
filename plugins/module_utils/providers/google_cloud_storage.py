# SPDX-License-Identifier: GPL-3.0-or-later
"""Google Cloud Storage (truenas-api/providers.md, GOOGLE_CLOUD_STORAGE)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from .._pydantic import BeforeValidator
from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import google
from ..fields.field import option
from ..fields.kinds import Kind, Refused, WireValue
from .base import Provider, words
from .json_values import json_object, json_secrets, json_text, readable_leaves, same_json, why_no_object


def service_account(value: Any) -> Any:
    """Convert a service account key to JSON text. Raises Refused for a key that the NAS or its rclone cannot use."""
    value = json_text(value)
    if not isinstance(value, str):
        return value
    remedy = "Use the complete key file from Google as a mapping, as JSON text, or with service_account_file."
    key = json_object(value)
    if key is None:
        raise Refused(*(why_no_object(value) or _path(value) or ("must be a JSON object", remedy)))
    if key.keys() & {"installed", "web"}:
        raise Refused("must be a service account key, but is the file of an OAuth client", remedy)
    kind = key.get("type")
    if isinstance(kind, str) and kind not in ("", SERVICE_ACCOUNT):
        raise Refused(f"must have the type {SERVICE_ACCOUNT}, because rclone rejects other types", remedy)
    missing = [name for name in _NEEDED if not isinstance(key.get(name), str) or not key[name]]
    if missing:
        raise Refused(f"requires {' and '.join(missing)}", remedy)
    _refuse_broken_pem(key["private_key"], remedy)
    return value


def _path(text: str) -> tuple[str, str] | None:
    """Return the reason and the remedy for the path of a file, or None for other text."""
    if not re.fullmatch(r"[~/.][^\s{]*|\S+\.json", text.strip()):
        return None
    return "must be a JSON object, but is a path", "Set service_account_file to the path."


SERVICE_ACCOUNT = "service_account"
_NEEDED = ("type", "project_id", "client_email", "private_key")
"""Keys that rclone requires as text (tried with rclone 1.75); the NAS itself reads `project_id`."""


def _refuse_broken_pem(private_key: Any, remedy: str) -> None:
    """Reject a PEM that rclone cannot read, for example without line breaks, which newer versions of cryptography accept.

    Tried with rclone 1.75. It accepts PKCS #8 and PKCS #1, trailing spaces, empty lines, and text before and after the block.
    """
    if not isinstance(private_key, str) or "BEGIN" not in private_key:
        return
    pem = next((block for block in _PEM.finditer(private_key) if _is_base64(block["body"])), None)
    if pem is None:
        raise Refused("contains a private_key that is damaged or has lost its line breaks", remedy)
    label = pem["label"]
    if label.startswith(("EC ", "OPENSSH ", "ENCRYPTED ")) or not label.endswith("PRIVATE KEY"):
        raise Refused("contains a private_key that is not an unencrypted RSA key, so rclone cannot use it", remedy)


_PEM = re.compile(r"(?ms)^-----BEGIN (?P<label>[^\n-]+)-----[ \t\r]*\n(?P<body>.*?)^-----END (?P=label)-----[ \t\r]*$")


def _is_base64(body: str) -> bool:
    """Return whether the lines between BEGIN and END, after optional headers, contain nonempty base64."""
    try:
        return bool(base64.b64decode(re.sub(r"(?m)^[^:\n]+:.*$|[ \t\r\n]", "", body), validate=True))
    except ValueError:
        return False


def service_account_preview(value: str) -> dict[str, Any]:
    """Return the names that identify the key of a service account."""
    return readable_leaves(value, "project_id", "client_email", "private_key_id")


ServiceAccount = Annotated[
    str,
    BeforeValidator(service_account),
    Kind("raw", same=same_json, secrets=json_secrets, preview=service_account_preview),
]


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
    rclone_harmless = words(
        """
        auth_url bucket_acl bucket_policy_only client_secret decompress description directory_markers encoding
        location no_check_bucket object_acl storage_class token_url
        """
    )
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
