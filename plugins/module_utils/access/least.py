# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that a key must be allowed to do for cloud tasks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import InvalidInput, Problem
from ..providers import PROVIDERS, Provider
from . import capabilities, policy, work
from .work import Work

PLAIN = "plain"
FOLDER = "folder"
APPEND_ONLY = "append_only"
VARIANTS = (PLAIN, FOLDER, APPEND_ONLY)

POLICY = "policy"
CAPABILITIES = "capabilities"

SERVERS = "moto, Ceph RGW 16.2, and SeaweedFS"
"""The servers with policies on which the rights were tried."""


def least(option: str, tasks: Sequence[Any], provider: str, variant: str, has_region: bool) -> dict[str, Any]:
    """Return the rights of one key for all of the tasks, what each task needs to work with them, and notes.

    `has_region` is true if the credential has a region, and the NAS does not ask for those of buckets. Raises InvalidInput.
    """
    chosen = _provider(provider)
    if variant not in VARIANTS:
        raise InvalidInput([Problem("variant", f"must be one of {', '.join(VARIANTS)}", "Set one of them.")])
    works = work.read(option, tasks)
    problems = [problem for one in works for problem in _problems(one, chosen, variant)]
    problems += _overlaps(works) if variant == APPEND_ONLY else ()
    problems += _several_buckets(option, works, chosen)
    if problems:
        raise InvalidInput(problems)
    locate = not has_region and "region" in chosen.computed_attributes({})
    rights: dict[str, Any]
    if chosen.key_rights == POLICY:
        rights = {POLICY: policy.document(works, variant, locate)}
    else:
        rights = {CAPABILITIES: capabilities.of(works, chosen.hard_delete_flag)}
    settings = [_settings(one, chosen, variant) for one in works]
    return {**rights, "tasks": settings, "notes": [*_notes(works, chosen, variant)]}


def _provider(key: str) -> type[Provider]:
    known = [name for name, provider in PROVIDERS.items() if provider.key_rights]
    if key not in known:
        reason = f"must be one of {', '.join(known)}: nobody has tried which rights a key needs elsewhere"
        raise InvalidInput([Problem("provider", reason, "Set the provider of the tasks' credential.")])
    return PROVIDERS[key]


def _problems(one: Work, provider: type[Provider], variant: str) -> Iterator[Problem]:
    if one.is_backup and not provider.repository_base({}):
        reason = f"is {provider.title}, where the NAS cannot make backups"
        yield Problem("provider", reason, "Set the provider of the task's credential.", one.item)
    if variant == FOLDER and provider.key_rights != POLICY:
        reason = f"must not be {FOLDER} for {provider.title}: nobody has tried a key that is limited to a folder there"
        yield Problem("variant", reason, f"Use {PLAIN} with a bucket for each key.", one.item)
    elif variant == FOLDER:
        yield from work.folder_problems(one)
    if variant == APPEND_ONLY and provider.hard_delete_flag and provider.hard_delete_flag in one.flags:
        reason = f"contains {provider.hard_delete_flag}, which deletes for good"
        yield Problem("args", reason, f"Remove it, or use variant {PLAIN}.", one.item)


def _several_buckets(option: str, works: Sequence[Work], provider: type[Provider]) -> Iterator[Problem]:
    """Yield a problem for tasks that need one key for several buckets where its rights are capabilities."""
    buckets = sorted({one.bucket for one in works})
    if provider.key_rights == CAPABILITIES and len(buckets) > 1:
        reason = (
            f"have the buckets {', '.join(buckets)}: nobody has tried a key for several buckets at {provider.title}"
        )
        yield Problem(option, reason, "Pass the tasks of one bucket, and use a key for each.")


def _overlaps(works: Sequence[Work]) -> Iterator[Problem]:
    """Yield a problem for each task that deletes in a folder with the repository of another one, which must stay complete."""
    backups = [one for one in works if one.is_backup]
    for one in works:
        for backup in backups if one.deletes_files else ():
            if one.contains(backup):
                reason = f"contains the repository of {backup.item}, in which the key must not delete"
                yield Problem("folder", reason, f"Use a folder or a key of its own, or variant {PLAIN}.", one.item)


def _settings(one: Work, provider: type[Provider], variant: str) -> dict[str, Any]:
    """Return what a task needs to work with the rights: its description, `args` with more flags, and `keep_last`."""
    shown: dict[str, Any] = {"description": one.item.name}
    added = policy.added_flags(one, variant, provider.directory_markers) if provider.key_rights == POLICY else []
    if added:
        shown["args"] = " ".join(filter(None, (one.args.strip(), *added)))
    if one.is_backup and variant == APPEND_ONLY:
        shown["keep_last"] = policy.NEVER_REACHED
    return shown


def _notes(works: Sequence[Work], provider: type[Provider], variant: str) -> Iterator[str]:
    buckets = ", ".join(sorted({one.bucket for one in works}))
    backups = [one for one in works if one.is_backup]
    if provider.key_rights == POLICY:
        yield f"Tried on {SERVERS}, not at {provider.title}."
        yield from _of_policy(works, backups, variant)
    else:
        yield f"Tried on a server of our own that enforces capabilities, not at {provider.title}."
        yield f"Limit the key to the bucket {buckets}."
    if not backups:
        yield "The key cannot list the buckets, so set verify_bucket to verify the credential."
    if variant == APPEND_ONLY and any(one.deletes_files for one in works):
        yield (
            f"A delete only hides a file while the bucket {buckets} keeps versions. Let a rule of the bucket delete "
            "old ones."
        )
    if variant == APPEND_ONLY and backups:
        yield (
            f"Backups delete no snapshot with keep_last: {policy.NEVER_REACHED}; with less, runs fail. Delete old snapshots with "
            "another key."
        )


def _of_policy(works: Sequence[Work], backups: Sequence[Work], variant: str) -> Iterator[str]:
    if any(one.pushes for one in works):
        yield (
            "The key cannot abort uploads, so parts of interrupted uploads stay. Let a lifecycle rule of the bucket remove them."
        )
    if backups:
        yield f"Only the NAS itself needs {policy.PREFIX}{policy.LIST_ALL}: it looks for the bucket of a backup."
    if variant == FOLDER:
        yield "The key can list the names in the whole bucket. A condition on the prefix would prevent new repositories."


def one(task: Mapping[str, Any], provider: str, variant: str, has_region: bool) -> dict[str, Any]:
    """Return the rights for one task, with its `args` and `keep_last` next to them. Raises InvalidInput."""
    found = least("task", [task], provider, variant, has_region)
    [settings] = found.pop("tasks")
    return {**found, **{name: value for name, value in settings.items() if name != "description"}}
