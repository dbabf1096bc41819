# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are read for a proof: their size and digests, and the comparison with what they should be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from ..errors import counted
from .causes import INCOMPLETE, MISMATCH, TOO_LARGE, Unproven
from .listing import File, Found
from .request import DIGESTS

BLOCK = 65536
DECLARED, PROVIDER = "declared", "provider"
"""Where the checksums come from with which a file is compared."""


@dataclass(frozen=True)
class Read:
    """The number of bytes of a file, and its digests by algorithm."""

    size: int
    digests: Mapping[str, str]


@dataclass(frozen=True)
class Fetched:
    """A file that was read completely. `compared` has the origins of the checksums that were equal."""

    path: str
    size: int
    sha256: str
    compared: list[str]


@dataclass
class Evidence:
    """What a proof has found so far; another thread can look at it. `bytes` counts what was read."""

    found: Found | None = None
    fetched: list[Fetched] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes: int = 0


def read(stream: IO[bytes], largest: int, evidence: Evidence) -> Read:
    """Return the size and the digests of a stream, which is not kept. Raises Unproven beyond `largest` bytes."""
    size = 0
    # MD5 and SHA-1 find damage; they need not resist an attack.
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in DIGESTS.values()}
    while block := stream.read(BLOCK):
        size += len(block)
        evidence.bytes += len(block)
        if size > largest:
            raise Unproven(TOO_LARGE, f"A file has more than max_file_size ({counted(largest, 'byte')}) by now")
        for digest in digests.values():
            digest.update(block)
    return Read(size, {name: digest.hexdigest() for name, digest in digests.items()})


def compare(file: File, got: Read, declared: str | None) -> Fetched:
    """Return the file if its size, the checksum that the task declares, and those of the provider are equal.

    Raises Unproven otherwise.
    """
    if got.size != file.size:
        raise Unproven(
            INCOMPLETE, f"{file.path!r} has {counted(file.size, 'byte')}, but {counted(got.size, 'byte')} arrived"
        )
    expected = {DECLARED: {DIGESTS[len(declared)]: declared} if declared else {}, PROVIDER: file.digests}
    compared = []
    for origin, digests in expected.items():
        for name, algorithm, digest in _known(file, digests):
            if digest != got.digests[algorithm]:
                text = f"{name!r} has the {algorithm} {got.digests[algorithm]}, but the {origin} one is {digest}"
                raise Unproven(MISMATCH, text)
            compared.append(origin)
    return Fetched(file.path, got.size, got.digests["sha256"], [*dict.fromkeys(compared)])


def _known(file: File, digests: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield path, algorithm, and digest for each digest that can be compared."""
    return ((file.path, name, digest.lower()) for name, digest in digests.items() if name in DIGESTS.values())
