# SPDX-License-Identifier: GPL-3.0-or-later
"""The first error of a failed run, and its cause: the texts of rclone, restic, and the NAS (truenas-api/tasks.md §5, §6, §10)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..diagnosis import causes
from ..diagnosis.causes import INVALID, Cause, ErrorPatterns, Patterns
from ..diagnosis.classify import classify_call, error_line
from ..redaction.texts import MAX_ERROR_LENGTH, redact_text

LOCKED = Cause("locked", INVALID, "Unlock the dataset, then run the task again.")
LOCAL_PATH = Cause("local_path", INVALID, "Create the directory on the NAS, or correct path of the task.")
WRONG_PASSWORD = Cause(
    "wrong_repository_password",
    INVALID,
    "The repository has another password than the task. Set repository_password to it, or another folder for a new repository.",
)
NO_REPOSITORY = Cause(
    "no_repository", INVALID, "Run the task once, or correct its bucket and folder. The NAS creates the repository."
)
NOT_A_FOLDER = replace(
    causes.NOT_A_FOLDER,
    hint="The folder of the task is a file, or the provider cannot be reached or refuses access: some versions of rclone report "
    "both alike. Verify the credential with cloud_credential_info, which reports the error of the provider.",
)
"""rclone 1.74 and 1.75 check for a file with the name of the folder, and treat each failure as a yes (tried with 1.75.2)."""
UNREADABLE = Cause(
    "unreadable_file",
    INVALID,
    "The snapshot lacks the file, and the NAS has not removed older snapshots. Let restic read the file, or exclude it.",
)
"""restic ends with 3 although it has made a snapshot, and the NAS leaves out the removal (truenas-api/tasks.md §16)."""
SCRIPT = Cause("script", INVALID, "Correct the script of the task.")

_PATTERNS: Patterns = (
    (r"dataset is locked", LOCKED),
    (r"directory '.*' does not exist|' is not a directory|must reside within volume mount point", LOCAL_PATH),
    (r"wrong password or no key found", WRONG_PASSWORD),
    (r"is there a repository at the following location|unable to open config file", NO_REPOSITORY),
    (r"is a file,? not a directory", NOT_A_FOLDER),
    (r"at least one source file could not be read", UNREADABLE),
    (r"\[?(?:pre|post)-script\]? failed", SCRIPT),
)
"""Errors that no provider reports."""

_ERRORS = re.compile(r"\b(?:ERROR|CRITICAL)\b|^(?:Fatal(?: error)?|Error|Failed to .*):|: Failed to ")
_ERRNO = re.compile(r"^\[E[A-Z]+\] ")


def first_error(log: str, error: str, hidden: Iterable[str]) -> str:
    """Return the first error in the log of a run, or the error of the job, as one line without secrets.

    `hidden` are the secrets. Empty if neither has a text.
    """
    secrets = [*hidden]
    # Redact first, because `error_line` could leave a part of a secret that cannot be recognized.
    for line in (*_errors_in(log), *_errors_in(error), _ERRNO.sub("", error)):
        if text := error_line(redact_text(line, secrets)):
            return text[:MAX_ERROR_LENGTH]
    return ""


def cause_of(text: str, provider: ErrorPatterns | None, values: Mapping[str, Any]) -> Cause:
    """Return the cause of an error of a run, with its hint."""
    for pattern, cause in _PATTERNS:
        if re.search(pattern, text, re.IGNORECASE):
            return cause
    return classify_call(text, provider, values)


def _errors_in(text: str) -> Iterator[str]:
    for line in _ERRNO.sub("", text).splitlines():
        if line.startswith("{"):
            yield from _error_of_restic(line)
        elif _ERRORS.search(line):
            yield line


def _error_of_restic(line: str) -> Iterator[str]:
    """Yield the text of a message that reports an error. Older versions of restic nest it."""
    try:
        message = json.loads(line)
    except ValueError:
        return
    if isinstance(message, dict) and message.get("message_type") == "error":
        error = message.get("error")
        text = _reason(error) if isinstance(error, dict) else message.get("error.message", error)
        item = message.get("item")
        yield f"{item}: {text}" if item else str(text)


def _reason(error: Mapping[str, Any]) -> Any:
    """Return the text of an error. An error of the system is only a number and the operation (tried with restic 0.14.0)."""
    return error.get("message") or f"{error.get('Op') or 'operation'} failed"
