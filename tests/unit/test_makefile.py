# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets of the Makefile do not disturb those of another checkout."""

from __future__ import annotations

from pathlib import Path


def test_ansible_lint_has_a_home_in_its_checkout() -> None:
    lines = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8").splitlines()
    runs = [line for line in lines if line.startswith("\t") and "/ansible-lint" in line]
    assert runs
    assert [line for line in runs if 'ANSIBLE_HOME="$(CURDIR)/.cache/' not in line] == []
