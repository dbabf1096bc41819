# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests of each mutant, from the folder `mutants` that Mutmut has written: `python -m tests.mutation.judge`.

Mutmut collects the tests again for each mutant. Here they are collected once, and each mutant runs in a fork of that process:
first the tests that killed its neighbors, then the shortest case of each test, then the other cases. Mutants of a class of
`page.CLASSES` do not run.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation import mutants, page
from tests.mutation.tree import COLLECTION, judges

CODE = COLLECTION / "plugins/module_utils"
STATS = Path("mutmut-stats.json")
MAX_SECONDS = 600
"""Seconds after which the tests of a mutant are ended. That kills it: the change makes them loop."""


class Results:
    """The results of one file of code, where Mutmut reads them. `killers` are the tests that killed its mutants, newest first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._document: dict[str, Any] = json.loads(file.read_text())
        self.killers: list[str] = []
        for mutant in mutants.of_file(Path.cwd().parent, file.absolute()):
            if mutant.code is None and page.is_skipped(mutant):
                self._codes[mutant.name] = mutants.SKIPPED
        self._write()

    @property
    def _codes(self) -> dict[str, int | None]:
        codes: dict[str, int | None] = self._document["exit_code_by_key"]
        return codes

    def left(self) -> list[str]:
        """Return the names of the mutants that have no result yet."""
        return [name for name, code in self._codes.items() if code is None]

    def add(self, name: str, code: int, killer: str) -> None:
        """Keep the exit code of a mutant, and the test that killed it, if any."""
        self._codes[name] = code
        self.killers = [killer, *(test for test in self.killers if test != killer)] if killer else self.killers
        self._write()

    def _write(self) -> None:
        self._file.write_text(json.dumps(self._document, indent=4))


class Judge:
    """A plugin of pytest that runs tests for one mutant after the other, in place of all tests once."""

    def __init__(self, share: int, of: int) -> None:
        self._share, self._of = share, of
        self._stats = json.loads(STATS.read_text())

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge this process's share of the mutants, and keep each result."""
        items = {item.nodeid: item for item in session.items}
        gc.freeze()
        # The largest first, so that all shares are about the same.
        files = sorted(CODE.rglob("*.py.meta"), key=lambda file: file.with_suffix("").stat().st_size, reverse=True)
        results = [Results(file) for file in files[self._share :: self._of]]
        # In no order of their own, so that those of an interrupted run are a random sample.
        left = sorted(((one, name) for one in results for name in one.left()), key=lambda pair: crc32(pair[1].encode()))
        for one, name in left:
            tests = [items[test] for test in self._order(name, one.killers) if test in items]
            one.add(name, *judged(name, tests))
        return True

    def _order(self, name: str, killers: Sequence[str]) -> list[str]:
        reached = self._stats["tests_by_mangled_function_name"].get(name.rpartition("__mutmut_")[0], ())
        lengths: Mapping[str, float] = self._stats["duration_by_test"]
        return ordered(reached, lengths, killers)


def ordered(tests: Iterable[str], lengths: Mapping[str, float], killers: Sequence[str]) -> list[str]:
    """Return the tests in the order in which they run: a case of each test before the other cases, which are much like it."""
    rank = {test: index for index, test in enumerate(killers)}
    cases: Counter[str] = Counter()
    keys = {}
    for test in sorted(tests, key=lambda test: (lengths.get(test, 0.0), test)):
        function = test.partition("[")[0]
        keys[test] = rank.get(test, len(rank)), cases[function], lengths.get(test, 0.0), test
        cases[function] += 1
    return sorted(keys, key=keys.__getitem__)


def judged(name: str, tests: Sequence[pytest.Item]) -> tuple[int, str]:
    """Run the tests for a mutant; return the exit code in Mutmut's terms, and the test that failed."""
    if not tests:
        return 33, ""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.environ["MUTANT_UNDER_TEST"] = name
        signal.alarm(MAX_SECONDS)
        with open(os.devnull, "w") as nowhere:
            sys.stdout = sys.stderr = nowhere
            failed = next(_failures(tests), "")
        os.write(writer, failed.encode())
        os._exit(1 if failed else 0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        failed = pipe.read()
    _child, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), failed


def _failures(tests: Sequence[pytest.Item]) -> Iterator[str]:
    for test in tests:
        try:
            reports = runtestprotocol(test, log=False, nextitem=None)
        except BaseException:
            yield test.nodeid
        else:
            if any(report.failed for report in reports):
                yield test.nodeid


def main(share: int, of: int) -> int:
    """Judge one of `of` shares of the mutants that have no result yet; return the exit code."""
    flags = ["--quiet", "--rootdir=.", "-p", "no:randomly", "-p", "no:cacheprovider"]
    return int(pytest.main([*flags, *judges()], plugins=[Judge(share, of)]))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
