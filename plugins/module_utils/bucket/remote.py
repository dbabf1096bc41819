# SPDX-License-Identifier: GPL-3.0-or-later
"""One bucket at a provider, read and written from this host with botocore (the API of Amazon S3, version 2006-03-01)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..diagnosis.causes import FORBIDDEN, NO_SUCH_BUCKET, UNKNOWN
from ..diagnosis.classify import classify_call, error_line
from ..diagnosis.probes import s3_client
from ..diagnosis.probes.base import library
from ..errors import ProviderFailed, sentences
from ..providers import Provider
from ..redaction.texts import MAX_ERROR_LENGTH, provider_secrets, redact_text
from .settings import ENABLED, FIELDS, LOCK, OFF, PUBLIC, RULES, SETTINGS, VERSIONING, Lock, Stored

NOT_SUPPORTED = "not_supported"
NOT_KEPT = "not_kept"

NOUNS = {
    VERSIONING: "versioning",
    LOCK: "object lock",
    RULES: "lifecycle rules",
    PUBLIC: "the block of public access",
}

_NOTHING = frozenset(
    {
        "ObjectLockConfigurationNotFoundError",
        "NoSuchObjectLockConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
    }
)
"""Codes of a setting that a bucket does not have."""

_UNSUPPORTED = frozenset(
    {"NotImplemented", "MethodNotAllowed", "UnsupportedOperation", "XNotImplemented", "501", "405"}
)
_NO_BUCKET = frozenset({"NoSuchBucket", "404", "NotFound"})
_DENIED = frozenset({"AccessDenied", "Forbidden", "403", "AllAccessDisabled"})
_TAKEN = frozenset({"BucketAlreadyExists"})
_IGNORED = frozenset({"BucketAlreadyExists", "BucketAlreadyOwnedByYou"})
"""Codes of a server that takes a write of a setting for the creation of the bucket; rclone serve s3 1.75 is one."""

_CREATE = "create"

_RETRIES = re.compile(r" \(reached max retries: \d+\)")

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


class NoBucket(Exception):
    """The bucket does not exist."""


class Bucket:
    """A bucket at a provider, with the API values of a credential. `timeout` is in seconds for each request."""

    def __init__(self, name: str, provider: type[Provider], values: Mapping[str, Any], timeout: float) -> None:
        self.name = name
        self._provider = provider
        self._values = values
        exceptions = library("botocore.exceptions", "boto3")
        self._refusal: type[Exception] = exceptions.ClientError
        self._errors = (exceptions.BotoCoreError, exceptions.ClientError, ValueError)
        self._client = self._asked("open", lambda: s3_client.client(values, timeout))

    @property
    def place(self) -> str:
        """The address of the service, or the name of its provider."""
        return str(self._values.get("endpoint") or self._provider.title)

    def read(self, names: Iterable[str]) -> Stored | None:
        """Return these settings, or None if the bucket does not exist. Sends one request for each. Raises ProviderFailed."""
        try:
            return Stored(**{FIELDS[name]: self._read(name) for name in SETTINGS if name in {*names}})
        except NoBucket:
            return None

    def create(self, locked: bool) -> None:
        """Create the bucket, with object lock enabled if it is `locked`. Raises ProviderFailed."""
        options: dict[str, Any] = {"ObjectLockEnabledForBucket": True} if locked else {}
        region = s3_client.region(self._values)
        # Other services than Amazon refuse a location, or have names of their own for it.
        if not self._values.get("endpoint") and region != "us-east-1":
            options["CreateBucketConfiguration"] = {"LocationConstraint": region}
        self._asked(_CREATE, lambda: self._client.create_bucket(Bucket=self.name, **options))

    def write(self, name: str, wanted: Stored) -> None:
        """Write one setting. Raises ProviderFailed."""
        what = f"set {NOUNS[name]} of"
        if name == VERSIONING:
            status = {"Status": "Enabled" if wanted.versioning == ENABLED else "Suspended"}
            self._asked(
                what, lambda: self._client.put_bucket_versioning(Bucket=self.name, VersioningConfiguration=status)
            )
        elif name == LOCK and wanted.lock:
            rule = {"DefaultRetention": {"Mode": wanted.lock.mode.upper(), "Days": wanted.lock.days}}
            lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
            self._asked(
                what,
                lambda: self._client.put_object_lock_configuration(Bucket=self.name, ObjectLockConfiguration=lock),
                "Some servers can lock only a bucket that was created with object lock. Create a new bucket with this task.",
            )
        elif name == RULES and wanted.rules:
            rules = {"Rules": [dict(rule) for rule in wanted.rules]}
            self._asked(
                what,
                lambda: self._client.put_bucket_lifecycle_configuration(
                    Bucket=self.name, LifecycleConfiguration=rules, **self._kept
                ),
            )
        elif name == RULES:
            self._asked(what, lambda: self._client.delete_bucket_lifecycle(Bucket=self.name))
        elif name == PUBLIC:
            block = dict.fromkeys(_BLOCKS, bool(wanted.public_blocked))
            self._asked(
                what,
                lambda: self._client.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=block),
            )

    _kept: Mapping[str, Any] = {}
    """A setting of Amazon next to the rules, which a write without it would reset."""

    def _read(self, name: str) -> Any:
        what = f"read {NOUNS[name]} of"
        if name == VERSIONING:
            answer = self._asked(what, lambda: self._client.get_bucket_versioning(Bucket=self.name))
            return str(answer.get("Status") or OFF).lower()
        if name == LOCK:
            answer = self._asked(what, lambda: self._client.get_object_lock_configuration(Bucket=self.name))
            return _lock(answer.get("ObjectLockConfiguration") or {})
        if name == RULES:
            answer = self._asked(what, lambda: self._client.get_bucket_lifecycle_configuration(Bucket=self.name))
            size = "TransitionDefaultMinimumObjectSize"
            self._kept = {size: answer[size]} if answer.get(size) else {}
            return tuple(answer.get("Rules") or ())
        answer = self._asked(what, lambda: self._client.get_public_access_block(Bucket=self.name))
        block = answer.get("PublicAccessBlockConfiguration") or {}
        return all(block.get(part) is True for part in _BLOCKS)

    def _asked(self, what: str, request: Callable[[], Any], hint: str = "") -> Any:
        """Return the answer, or nothing for a setting that the bucket does not have. Raises NoBucket or ProviderFailed."""
        try:
            return request()
        except self._errors as error:
            code = self._code(error)
            if code in _NOTHING and what.startswith("read"):
                return {}
            if code in _NO_BUCKET:
                raise NoBucket from None
            raise self._failure(what, error, code, hint) from None

    def _code(self, error: Exception) -> str:
        if not isinstance(error, self._refusal):
            return ""
        response: Mapping[str, Any] = getattr(error, "response", {})
        return str((response.get("Error") or {}).get("Code", ""))

    def _failure(self, what: str, error: Exception, code: str, hint: str) -> ProviderFailed:
        hidden = [*provider_secrets({"type": self._provider.wire_type, **self._values})]
        cause = classify_call(str(error), self._provider, self._values)
        name, advice = cause.name, hint or cause.hint
        if hint:
            name = NOT_SUPPORTED if cause == UNKNOWN else name
        if code in _TAKEN and what == _CREATE:
            name, advice = FORBIDDEN.name, "The bucket belongs to another account. Choose another name."
        elif code in _DENIED:
            name = FORBIDDEN.name
            advice = "The bucket belongs to another account, or the key lacks the right. Check both."
        elif code in _UNSUPPORTED or (code in _IGNORED and what != _CREATE):
            name, advice = (
                NOT_SUPPORTED,
                "This server does not support the setting. Remove the option, or use another server.",
            )
        text = redact_text(_RETRIES.sub("", error_line(str(error))) or "no reason given", hidden)[:MAX_ERROR_LENGTH]
        advice = redact_text(advice, hidden)
        message = sentences(f"Cannot {what} the bucket {self.name!r} at {self.place}: {text}", advice)
        return ProviderFailed(message, name, advice)

    def missing(self) -> ProviderFailed:
        """Return the error for a bucket that does not exist."""
        hint = "Check the name, or set create: true."
        return ProviderFailed(
            f"The bucket {self.name!r} does not exist at {self.place}. {hint}", NO_SUCH_BUCKET.name, hint
        )


def _lock(found: Mapping[str, Any]) -> Lock | None:
    retention = (found.get("Rule") or {}).get("DefaultRetention") or {}
    if not retention.get("Mode"):
        return None
    return Lock(str(retention["Mode"]).lower(), int(retention.get("Days") or 0), int(retention.get("Years") or 0))
