# SPDX-License-Identifier: GPL-3.0-or-later
"""Derived API keys for all workers of a run: PBKDF2 runs once for each key and NAS, whether or not the login is shared.

They are in memory that Ansible's main process shares with the workers it forks, never on disk, and are gone with them.
"""

from __future__ import annotations

import hmac
import mmap
import secrets
from collections.abc import Iterator

from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import KEY_SIZE, Precomputed

_TAG_SIZE = 16
_RECORD_SIZE = _TAG_SIZE + 2 * KEY_SIZE + _TAG_SIZE
_PLACES = 4096
_TRIES = 8


class DerivedKeys:
    """A table in shared memory. A record is a tag, the client key, the server key, and a checksum.

    The checksum makes locks unnecessary: a record that two workers wrote at the same time is not used. Tag and checksum depend
    on a secret that only the processes of a run have.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _PLACES * _RECORD_SIZE)
        self._secret = secrets.token_bytes(32)

    def derive(self, raw: str, salt: bytes, iterations: int) -> Precomputed:
        """Return the derived form of a raw key, which another worker might have computed."""
        tag = self._digest(repr((raw, salt, iterations)).encode())
        places = [*self._places(tag)]
        for place in places:
            if (keys := self._read(place, tag)) is not None:
                return Precomputed(int(raw.partition("-")[0]), keys[:KEY_SIZE], keys[KEY_SIZE:])
        derived = Precomputed.of(raw, salt, iterations)
        # If all places are taken, the first one gets the newest key.
        free = next((place for place in places if not any(self._memory[place : place + _TAG_SIZE])), places[0])
        record = tag + derived.client_key + derived.server_key
        self._memory[free : free + _RECORD_SIZE] = record + self._digest(record)
        return derived

    def _read(self, place: int, tag: bytes) -> bytes | None:
        record = self._memory[place : place + _RECORD_SIZE]
        whole, check = record[:-_TAG_SIZE], record[-_TAG_SIZE:]
        if not whole.startswith(tag) or not hmac.compare_digest(self._digest(whole), check):
            return None
        return whole[_TAG_SIZE:]

    def _digest(self, data: bytes) -> bytes:
        return hmac.digest(self._secret, data, "sha256")[:_TAG_SIZE]

    @staticmethod
    def _places(tag: bytes) -> Iterator[int]:
        first = int.from_bytes(tag[:4], "big")
        return ((first + step) % _PLACES * _RECORD_SIZE for step in range(_TRIES))


KEYS = DerivedKeys()
"""The keys of this run: Ansible's main process imports this file before it forks the workers."""
