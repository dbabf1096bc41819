# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret leaves a run that fails at any step: a part of the matrix that `make leaks` runs as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.integration.running import Ansible
from tests.leaks import __main__ as leaks
from tests.leaks import cases
from tests.leaks.cases import Case
from tests.leaks.quoting import QuotingNas
from tests.simulator import Simulator

SOME = ("login 2", "create 6", "update 12", "works: change")


@pytest.fixture(scope="module")
def quoting_nas() -> Iterator[QuotingNas]:
    """A NAS that quotes all secrets when it fails."""
    with QuotingNas(cases.stored()) as nas:
        yield nas


@pytest.mark.parametrize(
    "case",
    [
        Case("default, JSON", "worker"),
        Case("default, YAML", "worker", check=True, key_in_environment=True),
        Case("minimal", "module", only=SOME),
        Case("oneline", "become", only=SOME[:2], loud=False),
        Case("default, JSON", "async", only=(SOME[0], "works: loop")),
    ],
    ids=lambda case: f"{case.callback} {case.way}",
)
def test_no_secret_leaves_a_run_that_fails(case: Case, ansible: Ansible, quoting_nas: QuotingNas) -> None:
    with Simulator(version="25.10.0") as box:
        run = cases.play(case, ansible, box, quoting_nas)
    assert run.code == 2
    assert run.seen is not None
    assert not run.seen.leaks
    assert any("ansible" in name for _number, name in run.seen.processes)
    failed = cases.steps(run)
    if not case.check:
        wrong = [task for task, has_failed in failed.items() if has_failed == task.startswith(cases.WORKS)]
        assert not wrong, cases.summary(run)


def test_the_page_of_figures_has_the_text_of_its_program() -> None:
    text = leaks.PAGE.read_text()
    rows = [re.fullmatch(r"\| (.+) \|" + r" (\d+) \|" * 6, line) for line in text.splitlines()]
    totals = {
        row[1]: leaks.Total(int(row[2]), int(row[3]), int(row[4]), int(row[5]) * 1000, int(row[6]))
        for row in rows
        if row
    }
    version = re.compile(r"ansible-core [\w.]+\d")
    assert version.sub("", leaks.page(totals)) == version.sub("", text)
