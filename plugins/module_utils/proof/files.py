# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof of a cloud sync task: rclone lists what it has stored, and reads some of it through the encryption of the task.

rclone only lists (`lsjson`) and reads (`cat`). Tried with rclone 1.75.2: `cat` of a file that does not exist succeeds without
output, and names that another password encrypts are left out of a list with a note, so neither success is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO

from .causes import CHANGED, EMPTY, WRONG_ENCRYPTION, Unproven
from .fetched import Evidence, Fetched, compare, read
from .listing import File, moment, survey
from .program import Runner
from .request import Request

_LIST = ("lsjson", "--recursive", "--files-only", "--no-mimetype")
# Without --no-traverse, rclone lists the whole folder of each name.
_ONLY = ("--no-traverse", "--files-from-raw", "{names}")
_UNDECRYPTABLE = "undecryptable file name"


def prove(rclone: Runner, root: str, is_encrypted: bool, request: Request, evidence: Evidence) -> None:
    """List and read the folder of a task, and add what is found to the evidence. Raises Unproven or ProgramFailed."""
    (evidence.found, choice), notes = rclone.run([*_LIST, root], lambda output: survey(_files(output), request))
    if _UNDECRYPTABLE in notes:
        if not evidence.found.count:
            raise Unproven(WRONG_ENCRYPTION, "No name in the folder can be decrypted")
        evidence.notes.append("Some names in the folder cannot be decrypted with the passwords of the task.")
    if not evidence.found.count:
        raise Unproven(EMPTY, "Nothing is stored in the folder of the task")
    chosen = choice.taken()
    for file in chosen if is_encrypted else _described(rclone, root, chosen, hashes=True):
        evidence.fetched.append(_fetched(rclone, root, file, request, evidence, hashes=not is_encrypted))


def _fetched(rclone: Runner, root: str, file: File, request: Request, evidence: Evidence, *, hashes: bool) -> Fetched:
    """Read and compare one file. Raises Unproven; a file that has changed since it was listed proves nothing."""
    got, _notes = rclone.run(["cat", *_ONLY, root], lambda output: read(output, request.largest, evidence), [file.path])
    try:
        return compare(file, got, request.checksums.get(file.path))
    except Unproven:
        if _described(rclone, root, [file], hashes=hashes) != [file]:
            raise Unproven(CHANGED, f"{file.path!r} was replaced or deleted during the proof") from None
        raise


def _described(rclone: Runner, root: str, files: Sequence[File], *, hashes: bool) -> list[File]:
    """Return the files as they are now, with the checksums of the provider if `hashes`, in the same order."""
    names = [file.path for file in files]
    arguments = [*_LIST, *(["--hash"] if hashes else []), *_ONLY, root]
    found, _notes = rclone.run(arguments, lambda output: {file.path: file for file in _files(output)}, names)
    return [found.get(file.path, replace(file, size=-1)) for file in files]


def _files(output: IO[bytes]) -> Iterator[File]:
    """Yield the files of a list. rclone writes one in a line, so that a list of any length can be read."""
    for line in output:
        text = line.strip().rstrip(b",")
        if text.startswith(b"{"):
            row = json.loads(text)
            yield File(row["Path"], row["Size"], moment(row["ModTime"]), row.get("Hashes") or {})
