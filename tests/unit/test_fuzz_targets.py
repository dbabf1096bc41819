# SPDX-License-Identifier: GPL-3.0-or-later
"""Each target of fuzzing, with the inputs that were found so far, and with new ones made from them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import corpus
from tests.fuzz.names import NAMES
from tests.fuzz.targets import SCENARIOS, TARGETS, run


def test_the_names_are_those_of_the_targets() -> None:
    assert tuple(TARGETS) == NAMES
    assert {path.stem for path in corpus.FOLDER.iterdir()} == {*NAMES}
    assert all(corpus.read(target) for target in NAMES)


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus(target: str) -> None:
    for data in corpus.read(target):
        run(TARGETS[target], data)


@pytest.mark.parametrize("target", TARGETS)
def test_new_inputs(target: str) -> None:
    known = st.sampled_from(corpus.read(target))
    cut = st.tuples(known, st.integers(0, 200), st.binary(max_size=8), st.integers(0, 8), known)
    spliced = cut.map(lambda it: it[0][: it[1]] + it[2] + it[0][it[1] + it[3] :])
    joined = cut.map(lambda it: it[0][: it[1]] + it[2] + it[4][it[1] :])

    @settings(max_examples=60, deadline=None)
    @given(spliced | joined | st.binary(max_size=80))
    def fuzz(data: bytes) -> None:
        run(TARGETS[target], data)

    fuzz()


@pytest.mark.parametrize("number", range(len(SCENARIOS)))
def test_a_task_whose_answers_are_damaged(number: int) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.binary(max_size=60))
    def fuzz(data: bytes) -> None:
        run(TARGETS["task"], bytes([number]) + data)

    fuzz()


def test_another_exception_is_a_crash() -> None:
    def fail(data: bytes) -> None:
        raise KeyError(data)

    with pytest.raises(KeyError):
        run(fail, b"")
