# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests of each mutant, from the folder `mutants` that Mutmut has written: `python -m tests.mutation.judge`.

Mutmut collects the tests again for each mutant. Here they are collected once, and each mutant runs in a fork of that process:
first the tests that killed its neighbors, then the others, the shortest first.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.tree import COLLECTION, judges

CODE = COLLECTION / "plugins/module_utils"
STATS = Path("mutmut-stats.json")
LONGEST = 600
"""Seconds after which the tests of a mutant are ended. That kills it: the change makes them loop."""


class Judge:
    """A plugin of pytest that runs tests for one mutant after the other, in place of all tests once."""

    def __init__(self, share: int, of: int) -> None:
        self._share, self._of = share, of
        self._stats = json.loads(STATS.read_text())

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge this process's share of the mutants, and keep each result."""
        items = {item.nodeid: item for item in session.items}
        gc.freeze()
        for file in sorted(CODE.rglob("*.py.meta"))[self._share :: self._of]:
            results: dict[str, Any] = json.loads(file.read_text())
            codes: dict[str, int | None] = results["exit_code_by_key"]
            killers: list[str] = []
            for name in [name for name, code in codes.items() if code is None]:
                tests = [items[test] for test in self._order(name, killers) if test in items]
                codes[name], killer = judged(name, tests)
                killers = [killer, *(test for test in killers if test != killer)] if killer else killers
                file.write_text(json.dumps(results, indent=4))
        return True

    def _order(self, name: str, killers: Sequence[str]) -> list[str]:
        reached = self._stats["tests_by_mangled_function_name"].get(name.rpartition("__mutmut_")[0], ())
        lengths: Mapping[str, float] = self._stats["duration_by_test"]
        return ordered(reached, lengths, killers)


def ordered(tests: Iterable[str], lengths: Mapping[str, float], killers: Sequence[str]) -> list[str]:
    """Return the tests in the order in which they run."""
    rank = {test: index for index, test in enumerate(killers)}
    return sorted(tests, key=lambda test: (rank.get(test, len(rank)), lengths.get(test, 0.0), test))


def judged(name: str, tests: Sequence[pytest.Item]) -> tuple[int, str]:
    """Run the tests for a mutant; return the exit code in Mutmut's terms, and the test that failed."""
    if not tests:
        return 33, ""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.environ["MUTANT_UNDER_TEST"] = name
        signal.alarm(LONGEST)
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
