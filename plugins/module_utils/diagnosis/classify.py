# SPDX-License-Identifier: GPL-3.0-or-later
"""The cause of a provider's error, from the output of rclone or a library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .causes import CAUSES, EMPTY_ROOT, GENERAL, NOT_A_FOLDER, SCOPED_KEY, TIMEOUT, UNKNOWN, Cause, ErrorPatterns

_NOTES = re.compile(
    r"(?m)^.*(?:No host key validation is being performed|This remote uses rclone's shared"
    r"|Automatically upgraded OAuth config).*$\n?"
)
"""Notes of rclone on SFTP, Google, and Yandex in the first line, which the NAS reports as the reason."""

_LEVEL = re.compile(r"^(?:\d{4}/\d\d/\d\d [\d:]{8} )?(?:ERROR|CRITICAL|NOTICE|Failed to lsjson) ?: (?:: )?")
_TASK = re.compile(r"^(?:error listing: (?:error listing \"[^\"]*\": )?|Failed to create file system for \S+ )+")
_IDS = re.compile(r"(?:RequestID|HostID|ID): ?[^,]*, ")
_QUERY = re.compile(r"(?<=[^\s\"?])\?[^\s\"?]*=[^\s\"]*")
_REQUEST = re.compile(r"[A-Z]+ https?://\S+$|-+$")


def error_line(text: str) -> str:
    """Return the error message of rclone or a library as one line, without time, activity, and IDs.

    Empty if the text consists only of notes.
    """
    lines = (line for line in _NOTES.sub("", text).splitlines() if not re.search(r"\bNOTICE ?: ", line))
    messages = (_QUERY.sub("", _IDS.sub("", _TASK.sub("", _LEVEL.sub("", line.strip())))).strip() for line in lines)
    return next((line for line in messages if line and not _REQUEST.match(line)), "").rstrip(".")


def classify(text: str, provider: ErrorPatterns | None, values: Mapping[str, Any] | None = None) -> Cause:
    """Return the cause of a failed verification, with the most specific hint, from the output of rclone or a library.

    The provider's own `error_patterns` come first. Without a match, return UNKNOWN, whose hint is empty. `values` are the API
    values of the credential, on which a hint can depend.
    """
    text = _NOTES.sub("", text)
    for pattern, cause in (*(provider.error_patterns if provider else ()), *GENERAL):
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            return explained(cause, provider, values, match.groupdict().items())
    return UNKNOWN


_OF_VERIFICATION = re.compile(r"\bverify_[a-z]+\b")
_ELSEWHERE = {
    SCOPED_KEY.name: "The key is valid, but is not allowed to list the root. If the key is limited to one bucket, use that "
    "bucket.",
    EMPTY_ROOT.name: "The root is empty. Some services also show an empty root to a key without permissions.",
    NOT_A_FOLDER.name: "The path is a file. Use a folder.",
    TIMEOUT.name: "The provider did not answer in time. Check the network path from the NAS to the provider.",
}
"""Hints for tasks without the options of a verification."""


def classify_call(text: str, provider: ErrorPatterns | None, values: Mapping[str, Any] | None = None) -> Cause:
    """Return the cause of a failed call or run, as `classify` does, with a hint that names no option of a verification."""
    cause = classify(text, provider, values)
    return replace(cause, hint=_ELSEWHERE[cause.name]) if _OF_VERIFICATION.search(cause.hint) else cause


def explained(
    cause: Cause,
    provider: ErrorPatterns | None,
    values: Mapping[str, Any] | None = None,
    groups: Iterable[tuple[str, str | None]] = (),
) -> Cause:
    """Return the cause with the provider's own hint, if it exists and `groups` fill all of its placeholders.

    A cause with its own hint instead of the general one keeps it, because the hint was chosen for this message.
    """
    hint = provider.hint(cause.name, values or {}) if provider else None
    if hint is None or cause.hint != CAUSES[cause.name].hint:
        return cause
    try:
        return replace(cause, hint=hint.format_map({name: text for name, text in groups if text}))
    except KeyError:
        return cause
