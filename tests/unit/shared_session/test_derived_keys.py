# SPDX-License-Identifier: GPL-3.0-or-later
"""Derived API keys in memory that processes share."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import KEY_SIZE, Precomputed
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session import derived_keys
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.derived_keys import DerivedKeys

RAW = f"7-{'x' * 64}"
SALT = b"salt"


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes, int]]:
    """The derivations in this process."""
    done: list[tuple[str, bytes, int]] = []
    of = Precomputed.of

    def counted(raw: str, salt: bytes, iterations: int) -> Precomputed:
        done.append((raw, salt, iterations))
        return of(raw, salt, iterations)

    monkeypatch.setattr(Precomputed, "of", counted)
    return done


def in_a_child(act: Callable[[], object]) -> None:
    """Run a function in a forked process."""
    child = os.fork()
    if not child:
        try:
            act()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def test_a_key_that_one_worker_derived_is_there_for_the_next(derivations: list[object]) -> None:
    keys = DerivedKeys()
    in_a_child(lambda: keys.derive(RAW, SALT, 2))
    expected = Precomputed.of(RAW, SALT, 2)
    derivations.clear()
    assert keys.derive(RAW, SALT, 2) == expected
    assert derivations == []


@pytest.mark.parametrize(
    "other", [(f"8-{'x' * 64}", SALT, 2), (f"7-{'y' * 64}", SALT, 2), (RAW, b"t", 2), (RAW, SALT, 3)]
)
def test_another_key_salt_or_number_is_derived_anew(derivations: list[object], other: tuple[str, bytes, int]) -> None:
    keys = DerivedKeys()
    keys.derive(RAW, SALT, 2)
    assert keys.derive(*other) == keys.derive(*other)
    assert derivations == [(RAW, SALT, 2), other]


def test_a_record_that_is_half_written_is_not_used(derivations: list[object]) -> None:
    keys = DerivedKeys()
    keys.derive(RAW, SALT, 2)
    whole = keys._memory[:]
    place = next(index for index, byte in enumerate(whole) if byte)
    start = place // derived_keys._RECORD_SIZE * derived_keys._RECORD_SIZE
    keys._memory[start + 40] ^= 1
    assert keys.derive(RAW, SALT, 2) == Precomputed.of(RAW, SALT, 2)
    assert len(derivations) == 3


def test_a_full_table_goes_on_working(monkeypatch: pytest.MonkeyPatch, derivations: list[object]) -> None:
    monkeypatch.setattr(derived_keys, "_PLACES", 4)
    keys = DerivedKeys()
    for number in range(12):
        key = f"{number}-{'x' * 64}"
        assert keys.derive(key, SALT, 1) == keys.derive(key, SALT, 1)
    assert len(derivations) == 12


def test_the_memory_shows_neither_the_raw_key_nor_its_hash() -> None:
    keys = DerivedKeys()
    keys.derive(RAW, SALT, 1)
    memory = keys._memory[:]
    assert RAW.encode() not in memory
    assert len([byte for byte in memory if byte]) <= 2 * KEY_SIZE + 32
