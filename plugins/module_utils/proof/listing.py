# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored files: totals, and the choice of those to fetch. Memory does not grow with the number of files."""

from __future__ import annotations

import datetime
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..errors import counted
from ..names import matches
from .causes import MISSING, NO_MATCH, TOO_LARGE, UNLISTED, Unproven
from .request import Request

START = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class File:
    """A stored file.

    `path` is relative to the folder of the task, or the path in the snapshot. `size` is in bytes, -1 if the provider does not
    know it. `time` is that of the upload if the provider has it. `digests` are those that the provider has, by algorithm.
    """

    path: str
    size: int
    time: datetime.datetime = START
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What is stored: the time of the newest object or snapshot, the number of them, and the bytes."""

    newest: datetime.datetime | None = None
    count: int = 0
    size: int = 0


def survey(files: Iterable[File], request: Request) -> tuple[Found, Choice]:
    """Return the totals and the choice of files to fetch. Raises Unproven if there are more files than the limit."""
    count, size, newest, choice = 0, 0, None, Choice(request)
    for file in files:
        if count == request.listed:
            raise Unproven(UNLISTED, f"The task has stored more than {counted(request.listed, 'object')}")
        count, size = count + 1, size + max(file.size, 0)
        newest = file.time if newest is None else max(newest, file.time)
        choice.offer(file)
    return Found(newest, count, size), choice


class Choice:
    """The newest files that match, with content and within the size limit; or those with a given checksum."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._heap: list[tuple[bool, datetime.datetime, str, File]] = []
        self._large: File | None = None
        self._named: dict[str, File] = {}

    def offer(self, file: File) -> None:
        """Look at one more file."""
        request = self._request
        if request.checksums:
            if file.path.strip("/") in request.checksums:
                self._named[file.path.strip("/")] = file
            return
        if "\n" in file.path or file.size < 0 or not self._matches(file.path):
            return
        if file.size > request.largest:
            self._large = file
            return
        # A file without content proves nothing if there are others.
        item = (file.size > 0, file.time, file.path, file)
        if len(self._heap) < request.fetch:
            heapq.heappush(self._heap, item)
        elif item[:3] > self._heap[0][:3]:
            heapq.heapreplace(self._heap, item)

    def _matches(self, path: str) -> bool:
        patterns = self._request.patterns
        names = (path.lstrip("/"), path.rpartition("/")[2])
        return not patterns or any(matches(name, patterns) for name in names)

    def taken(self) -> list[File]:
        """Return the files to fetch, the newest first. Raises Unproven."""
        for path in self._request.checksums:
            if path not in self._named:
                raise Unproven(MISSING, f"{path!r} is not stored")
        large = next((file for file in self._named.values() if file.size > self._request.largest), self._large)
        taken = [*self._named.values()] or [item[3] for item in sorted(self._heap, key=lambda it: it[:3], reverse=True)]
        if large and (self._named or not taken):
            limit = self._request.largest
            raise Unproven(
                TOO_LARGE, f"{large.path!r} has {counted(large.size, 'byte')}, more than max_file_size ({limit})"
            )
        if not taken:
            wanted = ", ".join(self._request.patterns)
            raise Unproven(
                NO_MATCH, f"No stored file matches {wanted}" if wanted else "No stored file has a known size"
            )
        return taken


def moment(text: object) -> datetime.datetime:
    """Return a time of rclone or restic, RFC 3339 with up to nine decimals; the beginning of 1970 for any other text."""
    try:
        time = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return START
    return time if time.tzinfo else time.replace(tzinfo=datetime.UTC)
