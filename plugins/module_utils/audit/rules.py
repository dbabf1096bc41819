# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of an audit and their findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

NEVER = "never"
INVALID = "invalid"
DRIFT = "drift"
UNKNOWN = "unknown"
ADVICE = "advice"

FAIL_ON = (DRIFT, INVALID, UNKNOWN, NEVER)
"""Levels at which an audit fails."""

_COUNTS: Mapping[str, frozenset[str]] = {
    NEVER: frozenset(),
    INVALID: frozenset({INVALID}),
    DRIFT: frozenset({INVALID, DRIFT}),
    UNKNOWN: frozenset({INVALID, DRIFT, UNKNOWN}),
}


@dataclass(frozen=True)
class Rule:
    """A type of finding. `level` is the level in SARIF; `kind` is compared with `fail_on`. Advice never fails an audit."""

    name: str
    level: str
    kind: str
    title: str


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("unreachable", "error", INVALID, "The NAS could not be audited"),
        Rule("invalid", "error", INVALID, "Verification failed"),
        Rule("drift", "error", DRIFT, "Field differs from its declaration"),
        Rule("missing", "error", DRIFT, "Declared credential or task is missing"),
        Rule("should-be-absent", "error", DRIFT, "Credential or task exists but is declared absent"),
        Rule("not-supported", "error", DRIFT, "This NAS does not support the declared credential or task"),
        Rule("last-run-failed", "error", INVALID, "The last run of the task failed"),
        Rule("outdated", "error", INVALID, "The last run of the task is too old"),
        Rule("proof-failed", "error", INVALID, "The backup of the task cannot be relied on"),
        Rule("shared-repository", "error", INVALID, "Several tasks use one backup repository"),
        Rule("schedule", "error", INVALID, "Cron does not run the schedule as written"),
        Rule("bwlimit-time", "error", INVALID, "rclone refuses the bandwidth limit, so every run fails"),
        Rule("files-from", "error", INVALID, "The arguments make every run fail"),
        Rule("password-blank", "error", INVALID, "No password file can contain the repository's password"),
        Rule("lock-missing", "error", DRIFT, "The bucket has no object lock, but is declared locked"),
        Rule("unmanaged", "warning", DRIFT, "Credential or task is not declared"),
        Rule("hidden", "warning", UNKNOWN, "Cannot compare fields that the NAS hides"),
        Rule("inconclusive", "warning", UNKNOWN, "Verification was inconclusive"),
        Rule("proof-inconclusive", "warning", UNKNOWN, "The proof of the backup was inconclusive"),
        Rule("unreadable", "warning", UNKNOWN, "This collection cannot read the credential or task"),
        Rule("unknown-provider", "warning", UNKNOWN, "This collection does not support the provider"),
        Rule("no-refresh-token", "warning", ADVICE, "The token cannot be refreshed"),
        Rule("token-expired", "warning", ADVICE, "The token has expired and cannot be refreshed"),
        Rule("token-expires", "warning", ADVICE, "The token expires soon and cannot be refreshed"),
        Rule("retired-provider", "warning", ADVICE, "The provider is out of service"),
        Rule("versions-off", "warning", ADVICE, "The bucket does not keep versions"),
        Rule("key-deletes-versions", "warning", ADVICE, "The key can delete old versions, which no task needs"),
        Rule("plain-http", "warning", ADVICE, "URL does not use TLS"),
        Rule("shared-token", "warning", ADVICE, "Several NAS systems share a token that each of them refreshes"),
        Rule("plain-text-secret", "warning", ADVICE, "Script or arguments contain a secret"),
        Rule("emptied-by-pull", "warning", ADVICE, "A missing remote folder empties the local one"),
        Rule("max-delete", "warning", ADVICE, "The limit of deletions does not stop a loss"),
        Rule("dead-link", "warning", ADVICE, "A broken link makes every run fail"),
        Rule("long-name", "warning", ADVICE, "A long file name makes every run fail"),
        Rule("sizes-only", "warning", ADVICE, "Files that keep their size might not be transferred"),
        Rule("pattern-folder", "warning", ADVICE, "Pattern does not match a folder"),
        Rule("pattern-slash", "warning", ADVICE, "Pattern excludes nothing"),
        Rule("pattern-blank", "warning", ADVICE, "Pattern begins or ends with spaces"),
        Rule("filter-in-args", "warning", ADVICE, "Filter in the arguments comes before that of the NAS"),
        Rule("unused-include", "warning", ADVICE, "The NAS ignores patterns of included files"),
        Rule("unused-args", "warning", ADVICE, "The NAS ignores the arguments"),
        Rule("no-encryption", "warning", ADVICE, "File names are not encrypted"),
        Rule("empty-folders", "warning", ADVICE, "Empty folders are not created"),
        Rule("task-locked", "warning", ADVICE, "The dataset of the task is locked"),
        Rule("never-run", "warning", ADVICE, "The task has never run"),
        Rule("disabled", "note", ADVICE, "The task is disabled"),
        Rule("no-snapshot", "note", ADVICE, "The task reads files without a snapshot"),
        Rule("key-lists-buckets", "note", ADVICE, "The key can list all buckets, which no task needs"),
        Rule("no-version-rule", "note", ADVICE, "Nothing deletes old versions"),
        Rule("no-upload-rule", "note", ADVICE, "Nothing removes unfinished uploads"),
        Rule("bucket-unknown", "note", ADVICE, "The protection of the bucket is unknown"),
        Rule("key-unknown", "note", ADVICE, "It is unknown whether the key can delete old versions"),
        Rule("unused", "note", ADVICE, "No task uses the credential"),
        Rule("usage-unknown", "note", ADVICE, "The account cannot list the tasks that use the credentials"),
        Rule("excess-privileges", "note", ADVICE, "Account has more privileges than it needs"),
        Rule("shared-secret", "note", ADVICE, "Several NAS systems share a secret"),
    )
}
"""The rules by name, the most severe first."""


@dataclass(frozen=True)
class Finding:
    """One finding. `message` does not contain secrets; `field` is empty unless the finding concerns a single field."""

    rule: str
    message: str
    field: str = ""

    def public(self) -> dict[str, Any]:
        """Return the finding for results and reports."""
        return {**asdict(self), "level": RULES[self.rule].level}


def failing(fail_on: str, rules: Iterable[str]) -> list[str]:
    """Return the rules that make an audit fail; each choice of `fail_on` includes the more severe ones."""
    return [name for name in rules if RULES[name].kind in _COUNTS[fail_on]]
