# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/simulator.md has each option of the command line, and a seed that works."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.simulator import Simulator
from tests.simulator.__main__ import main

from .wire import Wire

PAGE = (Path(__file__).parents[3] / "docs/simulator.md").read_text(encoding="utf-8")


def test_the_page_has_each_option_of_the_command_line_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    options = {*re.findall(r"--[a-z-]+", capsys.readouterr().out)}
    assert {*re.findall(r"--[a-z-]+[a-z]", PAGE)} == options - {"--help"}


def test_the_seed_on_the_page_fills_a_nas() -> None:
    seed = json.loads(PAGE.split("```json\n")[1].split("```")[0])
    with Simulator(seed=seed) as nas, Wire(nas) as wire:
        wire.login()
        (task,) = wire.call("cloudsync.query")
        assert task["credentials"]["name"] == "offsite"
        assert (Path(nas.mnt) / "tank/documents/letter.txt").read_text() == "Dear reader\n"
