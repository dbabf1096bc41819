# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof of a cloud backup task: restic lists the snapshots of its repository and the files of the newest one, and reads some.

restic only reads (`snapshots`, `ls`, `dump`), without a lock and without a cache, so it writes nothing to the repository. It
checks every block that it reads against its SHA-256. Tried with restic 0.14.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import IO

from .causes import EMPTY, LOCKED, Unproven
from .fetched import Evidence, compare, read
from .listing import File, Found, moment, survey
from .program import ProgramFailed, Runner
from .request import Request

_READ = ("--no-lock", "--no-cache", "--quiet")


def prove(restic: Runner, request: Request, evidence: Evidence) -> None:
    """List and read the repository of a task, and add what is found to the evidence. Raises Unproven or ProgramFailed.

    The count is that of the snapshots; the size is that of the files in the newest one.
    """
    try:
        _prove(restic, request, evidence)
    except ProgramFailed as failure:
        if holder := _exclusive_lock(restic):
            raise Unproven(LOCKED, f"{holder}, and reading failed: {failure}") from None
        raise


def _prove(restic: Runner, request: Request, evidence: Evidence) -> None:
    listed, _notes = restic.run([*_READ, "--json", "snapshots"], lambda output: json.loads(output.read() or b"[]"))
    snapshots = listed if isinstance(listed, list) else []
    if not snapshots:
        raise Unproven(EMPTY, "The repository has no snapshot")
    latest = max(snapshots, key=lambda row: moment(row["time"]))
    evidence.found = Found(moment(latest["time"]), len(snapshots), 0)
    (inside, choice), _notes = restic.run(
        [*_READ, "--json", "ls", latest["id"]], lambda output: survey(_files(output), request)
    )
    evidence.found = replace(evidence.found, size=inside.size)
    if not inside.count:
        raise Unproven(EMPTY, "The newest snapshot has no file")
    for file in choice.taken():
        got, _notes = restic.run(
            [*_READ, "dump", latest["id"], file.path], lambda output: read(output, request.largest, evidence)
        )
        evidence.fetched.append(compare(file, got, request.checksums.get(file.path.strip("/"))))


def _exclusive_lock(restic: Runner) -> str:
    """Return who holds an exclusive lock, for example for a prune, or an empty text."""
    with suppress(ProgramFailed, Unproven, ValueError):
        numbers, _notes = restic.run([*_READ, "list", "locks"], lambda output: output.read().decode().split())
        for number in numbers:
            lock, _notes = restic.run([*_READ, "cat", "lock", number], lambda output: json.loads(output.read()))
            if lock.get("exclusive"):
                return f"A run on {lock.get('hostname')} has locked the repository at {lock.get('time')}"
    return ""


def _files(output: IO[bytes]) -> Iterator[File]:
    """Yield the files of a snapshot."""
    for line in output:
        row = json.loads(line)
        if row.get("type") == "file":
            yield File(row["path"], row.get("size", 0), moment(row.get("mtime")))
