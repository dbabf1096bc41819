# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a proof."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..cloud_task import pending
from ..cloud_task.pending import Changes
from ..errors import InvalidInput, Problem
from ..timeouts import timeout_problems

DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
"""The algorithm of a checksum by its number of hexadecimal digits."""

MAX_FETCHED = 100
"""Maximum number of files to fetch for one task."""


@dataclass(frozen=True)
class Limits:
    """Limits for what is stored, None for no limit: the age of the newest object in hours, the number, and the bytes."""

    max_age: float | None = None
    min_count: int | None = None
    max_count: int | None = None
    min_size: int | None = None
    max_size: int | None = None


@dataclass(frozen=True)
class Request:
    """What to prove and how.

    `descriptions` are the tasks, None for all. Up to `fetch` files whose path matches one of the `patterns` are fetched, the
    newest first; with `checksums`, a mapping of paths to digests, exactly these. `largest` is the limit of a file in bytes,
    `listed` the number of objects to list at most, and `timeout` the limit for each task in seconds. `programs` are the paths of
    rclone and restic by name, if they are not in PATH. `fail_on` is the least severe outcome that fails the Ansible task.
    `changes` has the tasks that earlier tasks of check mode would create, change, or delete.
    """

    descriptions: tuple[str, ...] | None = None
    limits: Limits = field(default_factory=Limits)
    fetch: int = 3
    patterns: tuple[str, ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict)
    largest: int = 2**26
    listed: int = 10**6
    timeout: float = 300.0
    programs: Mapping[str, str] = field(default_factory=dict)
    fail_on: str = "failed"
    changes: Changes = ()


def read(params: Mapping[str, Any], check_mode: bool = False) -> Request:
    """Return the request for the options. Raises InvalidInput with all problems."""
    if problems := [*_problems(params)]:
        raise InvalidInput(problems)
    limits = Limits(*(params[name] for name in ("max_age", "min_count", "max_count", "min_size", "max_size")))
    return Request(
        descriptions=None if params["descriptions"] is None else tuple(dict.fromkeys(params["descriptions"])),
        limits=limits,
        fetch=params["fetch"],
        patterns=tuple(params["patterns"]),
        checksums={path.strip("/"): str(digest).lower() for path, digest in (params["checksums"] or {}).items()},
        largest=params["max_file_size"],
        listed=params["max_listed"],
        timeout=params["proof_timeout"],
        programs={name: params[f"{name}_path"] for name in ("rclone", "restic") if params[f"{name}_path"]},
        fail_on=params["fail_on"],
        changes=pending.of(params, check_mode),
    )


def _problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    yield from timeout_problems("proof_timeout", params["proof_timeout"])
    if not 1 <= params["fetch"] <= MAX_FETCHED:
        yield Problem("fetch", f"must be a number from 1 to {MAX_FETCHED}", "Set a number in this range.")
    for option in ("max_file_size", "max_listed"):
        if params[option] < 1:
            yield Problem(option, "must be at least 1", "Set a larger number.")
    age = params["max_age"]
    if age is not None and not (age > 0 and math.isfinite(age)):
        yield Problem("max_age", "must be a number of hours greater than 0", "Set a larger number, or remove it.")
    for unit in ("count", "size"):
        least, most = params[f"min_{unit}"], params[f"max_{unit}"]
        if least is not None and least < 0:
            yield Problem(f"min_{unit}", "must not be negative", "Set 0 or more, or remove it.")
        if most is not None and most < (least or 0):
            yield Problem(f"max_{unit}", f"must be at least min_{unit}", "Raise it, or remove one of them.")
    if params["descriptions"] is not None and not params["descriptions"]:
        yield Problem("descriptions", "must not be empty", "Remove it to prove all tasks.")
    yield from _checksum_problems(params)


def _checksum_problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    checksums = params["checksums"]
    if not checksums:
        return
    if len(params["descriptions"] or ()) != 1:
        reason = "requires exactly one task in descriptions, because paths differ between tasks"
        yield Problem("checksums", reason, "Set descriptions to one task.")
    if params["patterns"]:
        yield Problem("checksums", "cannot be combined with patterns", "Remove one of them.")
    if len(checksums) > MAX_FETCHED:
        yield Problem("checksums", f"must have at most {MAX_FETCHED} files", "Remove some of them.")
    for path, digest in checksums.items():
        if not path.strip("/") or "\n" in path:
            yield Problem("checksums", f"{path!r} must be the path of a file", "Correct the path.")
        if len(str(digest)) not in DIGESTS or not re.fullmatch(r"[0-9A-Fa-f]+", str(digest)):
            reason = f"the value of {path!r} must be a hexadecimal MD5, SHA-1, or SHA-256 digest"
            yield Problem("checksums", reason, "Use the output of sha256sum.")
