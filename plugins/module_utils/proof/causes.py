# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcomes of a proof, and the causes that only a proof has; `diagnosis/causes.py` has those of the providers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..cloud_task.run_errors import NO_REPOSITORY, WRONG_PASSWORD, cause_of
from ..diagnosis import causes
from ..diagnosis.causes import INCONCLUSIVE, INVALID, Cause, ErrorPatterns, Patterns

PROVEN, FAILED = "proven", "failed"
OUTCOMES = (PROVEN, INCONCLUSIVE, FAILED)
"""The outcomes, the most severe last."""

EMPTY = Cause("empty", INVALID, "Run the task, or correct its bucket and folder.")
TOO_OLD = Cause("too_old", INVALID, "Check why the task has stored nothing since, or raise max_age.")
TOO_FEW = Cause("too_few", INVALID, "Check whether the task still reads all files, or lower min_count.")
TOO_MANY = Cause("too_many", INVALID, "Check why so much is stored, or raise max_count.")
TOO_SMALL = Cause("too_small", INVALID, "Check whether the task still reads all files, or lower min_size.")
TOO_BIG = Cause("too_big", INVALID, "Check why so much is stored, or raise max_size.")
MISSING = Cause("missing_file", INVALID, "Check the path, which is relative to the folder of the task.")
NO_MATCH = Cause("no_match", INVALID, "Correct patterns, or check why the task does not store these files.")
MISMATCH = Cause("checksum", INVALID, "Do not rely on this file. Run the task again, and prove the backup again.")
INCOMPLETE = Cause("incomplete", INVALID, "Do not rely on this file. Run the task again, and prove the backup again.")
WRONG_ENCRYPTION = Cause(
    "wrong_encryption_password",
    INVALID,
    "The stored files were encrypted with another encryption_password, encryption_salt, or filename_encryption than the task "
    "has now. Set the previous ones.",
)
CHANGED = Cause("changed_meanwhile", INCONCLUSIVE, "Wait until no run of the task is in progress, and try again.")
TOO_LARGE = Cause("file_too_large", INCONCLUSIVE, "Raise max_file_size, or choose other files with patterns.")
UNLISTED = Cause("too_many_to_list", INCONCLUSIVE, "Raise max_listed.")
OUT_OF_TIME = Cause("timeout", INCONCLUSIVE, "Raise proof_timeout, or fetch less.")
NO_PROGRAM = Cause("missing_program", INCONCLUSIVE, "")
OLD_PROGRAM = Cause("old_program", INCONCLUSIVE, "Install a later version: rclone from 1.60 or restic from 0.14.")
PULLS = Cause("pulls", INCONCLUSIVE, "Prove the task that stores these files.")
UNSUITABLE = Cause("not_usable", INCONCLUSIVE, "")
HIDDEN = Cause("hidden", INCONCLUSIVE, "Use the API key of an account with that role.")
NO_BUCKET = Cause("no_bucket", INCONCLUSIVE, "Set the bucket of the task.")
LOCKED = Cause(
    "repository_locked",
    INCONCLUSIVE,
    "Wait until the run that holds the lock has ended, and try again. If no run is in progress, `restic unlock` removes it.",
)

_PATTERNS: Patterns = (
    (
        r"bad password\?|undecryptable|not an encrypted file|too short to be encrypted|truncated block header",
        WRONG_ENCRYPTION,
    ),
    (r"unknown (?:shorthand )?flag|unknown command", OLD_PROGRAM),
    (r"already locked|unable to create lock", LOCKED),
)
_REFUSED = frozenset(
    cause.name
    for cause in (
        causes.WRONG_KEY,
        causes.WRONG_SECRET,
        causes.WRONG_LOGIN,
        causes.NO_SUCH_BUCKET,
        NO_REPOSITORY,
        WRONG_PASSWORD,
        WRONG_ENCRYPTION,
    )
)
"""Names of the causes that stop the NAS, too. All others, such as a closed firewall, might concern only the controller."""


class Unproven(Exception):
    """The backup is not proven. `cause` has the outcome and the remedy; the text can contain secrets."""

    def __init__(self, cause: Cause, text: str) -> None:
        super().__init__(text)
        self.cause = cause


def outcome(cause: Cause) -> str:
    """Return the outcome for a cause."""
    return FAILED if cause.state == INVALID else INCONCLUSIVE


def explained(text: str, provider: ErrorPatterns | None, values: Mapping[str, Any]) -> Cause:
    """Return the cause of an error of rclone or restic, with its remedy. `values` are the API values of the credential.

    The cause is inconclusive unless it also concerns the NAS.
    """
    for pattern, cause in _PATTERNS:
        if re.search(pattern, text, re.IGNORECASE):
            return cause
    found = cause_of(text, provider, values)
    if found == causes.TIMEOUT:
        return OUT_OF_TIME
    return found if found.name in _REFUSED else replace(found, state=INCONCLUSIVE)
