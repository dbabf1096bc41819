# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that protect a bucket, as a task declares them and as a server stores them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput, Item, Problem
from ..timeouts import timeout_problems
from .lifecycle import Rule

ENABLED = "enabled"
SUSPENDED = "suspended"
OFF = "off"
COMPLIANCE = "compliance"

VERSIONING = "versioning"
LOCK = "object_lock"
RULES = "lifecycle_rules"
PUBLIC = "block_public_access"
SETTINGS = (VERSIONING, LOCK, RULES, PUBLIC)
"""The settings by option, in the order in which they are written."""

FIELDS = {VERSIONING: "versioning", LOCK: "lock", RULES: "rules", PUBLIC: "public_blocked"}
"""The attribute of a setting by its option."""

MAX_NAME_LENGTH = 255
MAX_DAYS = 36500


@dataclass(frozen=True)
class Lock:
    """The default retention of new versions: `governance` or `compliance`, and a number of days, or of years in their place."""

    mode: str
    days: int
    years: int = 0

    def public(self) -> dict[str, Any]:
        """Return the retention for results."""
        return {"mode": self.mode, **({"years": self.years} if self.years else {"days": self.days})}


@dataclass(frozen=True)
class Desired:
    """The declared settings of one bucket; None for those that the task does not manage.

    `rules` are the own rules in the form of S3, `absent` the IDs of own rules that must not exist.
    """

    bucket: str
    create: bool = False
    versioning: str | None = None
    lock: Lock | None = None
    rules: tuple[Rule, ...] | None = None
    absent: tuple[str, ...] = ()
    purge: bool = False
    public_blocked: bool | None = None

    @property
    def managed(self) -> tuple[str, ...]:
        """The settings to read, at least one, to see whether the bucket exists."""
        given = {VERSIONING: self.versioning, LOCK: self.lock, RULES: self.rules, PUBLIC: self.public_blocked}
        return tuple(name for name in SETTINGS if given[name] is not None) or (VERSIONING,)


@dataclass(frozen=True)
class Stored:
    """The settings that a server stores; None for those that were not read."""

    versioning: str | None = None
    lock: Lock | None = None
    rules: tuple[Rule, ...] | None = None
    public_blocked: bool | None = None


def read(params: Mapping[str, Any]) -> Desired:
    """Return the declared settings for the options of the module. Raises InvalidInput with all problems."""
    lock, versioning = params[LOCK], params[VERSIONING]
    given = params[RULES]
    problems = [*_bucket_problems(params["bucket"]), *timeout_problems("request_timeout", params["request_timeout"])]
    problems += _lock_problems(lock, versioning, params["confirm"])
    problems += _rules_problems(given or ())
    if params["purge"] and given is None:
        problems.append(Problem("purge", f"requires {RULES}", f"Set {RULES} to the rules to keep, or remove purge."))
    if problems:
        raise InvalidInput(problems)
    present = [rule for rule in given or () if rule["state"] == "present"]
    return Desired(
        bucket=params["bucket"],
        create=params["create"],
        versioning=versioning or (ENABLED if lock else None),
        lock=Lock(lock["mode"], lock["days"]) if lock else None,
        rules=tuple(map(_rule, present)) if given is not None else None,
        absent=tuple(rule["name"] for rule in given or () if rule["state"] == "absent"),
        purge=params["purge"],
        public_blocked=params[PUBLIC],
    )


def _rule(given: Mapping[str, Any]) -> Rule:
    """Return a declared rule in the form of S3."""
    limits = {"Prefix": given["prefix"], "ObjectSizeGreaterThan": given["larger_than"]}
    limits = {name: value for name, value in limits.items() if value}
    rule: dict[str, Any] = {
        "ID": given["name"],
        "Status": "Enabled",
        "Filter": {"And": limits} if len(limits) > 1 else limits or {"Prefix": ""},
    }
    if given["old_versions_after"] is not None:
        kept = {"NewerNoncurrentVersions": given["keep_versions"]} if given["keep_versions"] is not None else {}
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": given["old_versions_after"], **kept}
    if given["unfinished_uploads_after"] is not None:
        rule["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": given["unfinished_uploads_after"]}
    return rule


def _bucket_problems(bucket: str) -> Iterator[Problem]:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{1,254}", bucket):
        reason = "must be the name of a bucket: letters, digits, dots, and hyphens, without a slash"
        yield Problem("bucket", reason, "Set only the bucket. A lifecycle rule has a prefix for a folder.")


def _lock_problems(lock: Mapping[str, Any] | None, versioning: str | None, confirm: bool) -> Iterator[Problem]:
    if lock is None:
        return
    if versioning == SUSPENDED:
        reason = f"must not be {SUSPENDED} with {LOCK}, which locks versions"
        yield Problem(VERSIONING, reason, f"Set it to {ENABLED}, or remove it.")
    if not 1 <= lock["days"] <= MAX_DAYS:
        yield Problem(f"{LOCK}.days", f"must be from 1 to {MAX_DAYS}", "Set a number of days.")
    if lock["mode"] == COMPLIANCE and not confirm:
        reason = f"is {COMPLIANCE}: until the retention ends, nobody can delete a version, and each one costs money"
        yield Problem(f"{LOCK}.mode", reason, "Set confirm: true if you want that, or use governance.")


def _rules_problems(rules: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    names = [rule["name"] for rule in rules]
    for index, rule in enumerate(rules):
        item = Item(RULES, index, rule["name"])
        for problem in _rule_problems(rule):
            yield Problem(problem.field, problem.reason, problem.remedy, item)
        if rule["name"] in names[:index]:
            yield Problem("name", "is declared twice", "Give each rule a name of its own.", item)


def _rule_problems(rule: Mapping[str, Any]) -> Iterator[Problem]:
    if not 1 <= len(rule["name"]) <= MAX_NAME_LENGTH:
        yield Problem("name", f"must have 1 to {MAX_NAME_LENGTH} characters", "Set a shorter name.")
    if rule["state"] == "absent":
        return
    counts = ("old_versions_after", "unfinished_uploads_after", "keep_versions", "larger_than")
    for name in counts:
        if rule[name] is not None and rule[name] < 1:
            yield Problem(name, "must be at least 1", "Set a number of 1 or more, or remove it.")
    if rule["old_versions_after"] is None and rule["unfinished_uploads_after"] is None:
        yield Problem("old_versions_after", "is required, or unfinished_uploads_after", "Set one of them.")
    if rule["keep_versions"] is not None and rule["old_versions_after"] is None:
        yield Problem("keep_versions", "requires old_versions_after", "Set it, or remove keep_versions.")
    if rule["larger_than"] is not None and rule["unfinished_uploads_after"] is not None:
        reason = "cannot be combined with unfinished_uploads_after, because an unfinished upload has no size"
        yield Problem("larger_than", reason, "Declare two rules.")
