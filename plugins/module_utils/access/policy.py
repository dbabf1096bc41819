# SPDX-License-Identifier: GPL-3.0-or-later
"""The least rights of a key as a policy document, the form of Amazon that other servers with buckets read, too. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .work import DELETE, LIST, READ, WRITE, Work

PREFIX = "s3:"
VERSION = "2012-10-17"
ARN = "arn:aws:s3:::"

ACTIONS = {LIST: "ListBucket", READ: "GetObject", WRITE: "PutObject", DELETE: "DeleteObject"}
"""The action for each right. The action to list is of the bucket, the others are of its objects."""
LIST_ALL = "ListAllMyBuckets"
"""The action with which the NAS looks for the bucket of a backup (truenas-api/tasks.md §6); restic and rclone never need it."""
LOCATE = "GetBucketLocation"
"""The action with which the NAS looks for the region of a bucket if the credential has none (truenas-api/tasks.md §4)."""
LOCKS = "locks"
"""The folder in a repository whose objects restic deletes in each run."""
NEVER_REACHED = 99999
"""A number of snapshots to keep with which no run deletes one."""


def document(works: Iterable[Work], variant: str, locate: bool) -> dict[str, Any]:
    """Return a policy that allows the work and nothing else. `locate` is true if the NAS asks for the regions of buckets."""
    by_resource: dict[str, set[str]] = {}
    for work in works:
        for resource, action in _grants(work, variant, locate):
            by_resource.setdefault(resource, set()).add(f"{PREFIX}{action}")
    by_actions: dict[tuple[str, ...], list[str]] = {}
    for resource, actions in sorted(by_resource.items()):
        by_actions.setdefault(tuple(sorted(actions)), []).append(resource)
    statements = [
        {"Effect": "Allow", "Action": [*actions], "Resource": resources}
        for actions, resources in sorted(by_actions.items())
    ]
    return {"Version": VERSION, "Statement": statements}


def _grants(work: Work, variant: str, locate: bool) -> Iterator[tuple[str, str]]:
    """Yield each resource with an action on it."""
    bucket = f"{ARN}{work.bucket}"
    place = f"{bucket}/{work.folder}" if work.folder else bucket
    objects = f"{place}/*" if variant == "folder" else f"{bucket}/*"
    if work.is_backup:
        yield "*", LIST_ALL
    if locate:
        yield bucket, LOCATE
    for right in work.rights:
        if right == LIST:
            yield bucket, ACTIONS[right]
        elif right == DELETE and variant == "append_only":
            # Elsewhere in the bucket, other tasks might have data that this one must not even hide.
            yield f"{place}/{LOCKS}/*" if work.is_backup else f"{place}/*", ACTIONS[right]
        else:
            yield objects, ACTIONS[right]


def added_flags(work: Work, variant: str, markers: str) -> list[str]:
    """Return the flags that a task needs in its arguments to work with the policy. `markers` is the flag to store folders.

    Without the first, rclone asks for the folder as an object, which is outside of the folder, and versions from 1.72 on fail.
    Without the second, a push that stores folders asks to create the bucket.
    """
    if work.is_backup:
        return []
    wanted = ["--s3-no-head-object"] if variant == "folder" else []
    if work.pushes and markers and markers in work.flags:
        wanted.append("--s3-no-check-bucket")
    return [flag for flag in wanted if flag not in work.flags]
