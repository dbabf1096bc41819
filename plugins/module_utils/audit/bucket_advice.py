# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings on the bucket and the key of stored cloud tasks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..bucket import lifecycle
from ..bucket.settings import ENABLED, OFF
from ..cloud_task import flags, folders
from ..cloud_task.stored import StoredTask
from ..diagnosis.key_rights import KeyRights
from .rules import Finding


@dataclass(frozen=True)
class Seen:
    """A bucket as a key sees it. A setting is missing in `settings` if it was not read, and in `unread` with the reason.

    `tasks` are the cloud sync tasks with the key in the bucket, `backups` the cloud backup tasks.
    """

    bucket: str
    tasks: Sequence[StoredTask] = ()
    backups: Sequence[StoredTask] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    rights: KeyRights | None = None
    must_be_locked: bool = False


def advice(seen: Seen, backs_up: bool) -> Iterator[Finding]:
    """Yield a finding for each problem. `backs_up` is true if the key has a cloud backup task in any bucket."""
    yield from _of_bucket(seen)
    if seen.unread:
        parts = ", ".join(seen.unread)
        text = f"Could not read {parts} of the bucket {seen.bucket!r}: {next(iter(seen.unread.values()))}"
        yield Finding("bucket-unknown", text)
    if seen.rights is not None:
        yield from _of_key(seen, seen.rights, backs_up)


def _of_bucket(seen: Seen) -> Iterator[Finding]:
    name = repr(seen.bucket)
    versioning, rules = seen.settings.get("versioning"), seen.settings.get("rules")
    if versioning not in (None, ENABLED):
        text = f"The bucket {name} keeps no versions, so this key can destroy what is stored. Enable versioning."
        yield Finding("versions-off", text)
    if rules is not None:
        if versioning not in (None, OFF) and not _covered(rules, "NoncurrentVersionExpiration", seen):
            text = (
                f"No lifecycle rule of the bucket {name} deletes old versions in the folders of its tasks, so all stay."
            )
            yield Finding("no-version-rule", text)
        if _uploads(seen) and not _covered(rules, "AbortIncompleteMultipartUpload", seen):
            text = f"No lifecycle rule of the bucket {name} removes unfinished uploads in the folders of its tasks."
            yield Finding("no-upload-rule", text)
    if seen.must_be_locked and "lock" in seen.settings and seen.settings["lock"] is None:
        text = f"The bucket {name} is declared as locked, but new versions have no default retention."
        yield Finding("lock-missing", text)


def _uploads(seen: Seen) -> bool:
    return bool(seen.backups) or any(task.values.get("direction") == "PUSH" for task in seen.tasks)


def _covered(rules: Iterable[lifecycle.Rule], action: str, seen: Seen) -> bool:
    """Return whether an enabled rule has the action for the folders of all tasks, whatever its other limits."""
    prefixes = []
    for rule in rules:
        found = lifecycle.meaning(rule)
        if found["enabled"] and action in found:
            prefixes.append(found.get("prefix", ""))
    places = [folders.remote(str(task.values.get("folder") or ""), True) for task in (*seen.tasks, *seen.backups)]
    return all(any(f"{place}/".lstrip("/").startswith(prefix) for prefix in prefixes) for place in places)


def _of_key(seen: Seen, rights: KeyRights, backs_up: bool) -> Iterator[Finding]:
    if rights.deletes_versions and not any(_deletes_for_good(task) for task in seen.tasks):
        text = (
            f"The key can delete versions in the bucket {seen.bucket!r} for good, {rights.how}. No task needs that. Use a key "
            "with the rights that least_policy returns."
        )
        yield Finding("key-deletes-versions", text)
    elif rights.deletes_versions is None:
        text = (
            f"Could not determine whether the key can delete versions in the bucket {seen.bucket!r}, because it cannot read its "
            "own rights."
        )
        yield Finding("key-unknown", text)
    if rights.lists_buckets and not backs_up:
        yield Finding("key-lists-buckets", "The key can list all buckets. No task needs that.")


def _deletes_for_good(task: StoredTask) -> bool:
    flag = task.provider.hard_delete_flag if task.provider else ""
    return bool(flag) and flag in flags.used(str(task.values.get("args") or ""))
