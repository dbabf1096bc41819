# SPDX-License-Identifier: GPL-3.0-or-later
"""The sorting of mutants that survive, and the page about them; without Mutmut."""

from __future__ import annotations

import ast
import datetime
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.mutation import __main__ as command
from tests.mutation import equivalents, judge, mutants, page, tree, unchanged
from tests.mutation.mutants import Change, Mutant

CODE = """
def x_pair__mutmut_orig(one, two):
    if one is None:
        raise ValueError("must not be empty")
    return list(zip(one, two, strict=True))
def x_pair__mutmut_1(one, two):
    if one is not None:
        raise ValueError("must not be empty")
    return list(zip(one, two, strict=True))
def x_pair__mutmut_2(one, two):
    if one is None:
        raise ValueError(None)
    return list(zip(one, two, strict=True))
def x_pair__mutmut_3(one, two):
    if one is None:
        raise ValueError("must not be empty")
    return list(zip(one, two, strict=False))
def x_pair__mutmut_4(one, two):
    if one is None:
        raise ValueError("must not be empty")
    return list(zip(one, two, ))
def x_pair__mutmut_5(one, two):
    if one is None:
        raise ValueError("XXmust not be emptyXX")
    return list(zip(one, two, strict=True))
def x_pair__mutmut_6(one, two):
    if one is None:
        raise ValueError("must not be empty")
    return list(zip(None, two, strict=True))
class Store:
    def xǁStoreǁclear__mutmut_orig(self):
        self.entries = None
    def xǁStoreǁclear__mutmut_1(self):
        self.entries = ""
"""
ZIP = "zip(one, two, strict=True)"


def written(folder: Path, codes: dict[str, int | None]) -> Path:
    """Write a file of mutants and its results as Mutmut does; return the folder."""
    file = folder / "mutants" / mutants.CODE / "engine/pairs.py"
    file.parent.mkdir(parents=True)
    file.write_text(CODE)
    keys = {f"{'.'.join(mutants.CODE.parts)}.engine.pairs.{name}": code for name, code in codes.items()}
    file.with_name("pairs.py.meta").write_text(json.dumps({"exit_code_by_key": keys}))
    return folder


def mutant(function: str = "engine.pairs.pair", code: int | None = 0, **change: str) -> Mutant:
    """Return a mutant."""
    return Mutant("name", function, Change(**change), code)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (1, Change("one is None", "one is not None", "one is None", "one is not None")),
        (2, Change("ValueError('must not be empty')", "ValueError(None)", "'must not be empty'", "None")),
        (3, Change(ZIP, "zip(one, two, strict=False)", "strict=True", "strict=False")),
        (4, Change(ZIP, "zip(one, two)", "strict=True", "")),
        (6, Change(ZIP, "zip(None, two, strict=True)", "one", "None")),
    ],
)
def test_the_smallest_part_that_differs_is_found_and_the_code_around_it(number: int, change: Change) -> None:
    functions = mutants.functions_of(CODE)
    found = mutants.difference(functions["x_pair__mutmut_orig"], functions[f"x_pair__mutmut_{number}"])
    if number == 1:
        assert (found.old, found.new) == (change.old, change.new)
    else:
        assert found == change


def test_results_are_read_with_the_names_that_people_know(tmp_path: Path) -> None:
    codes = {"x_pair__mutmut_1": 1, "x_pair__mutmut_2": 0, "x_pair__mutmut_3": None, "xǁStoreǁclear__mutmut_1": 33}
    killed, survived, unchecked, unreached = mutants.read(written(tmp_path, codes))
    assert [one.function for one in (killed, unreached)] == ["engine.pairs.pair", "engine.pairs.Store.clear"]
    assert [one.killed for one in (killed, survived, unchecked, unreached)] == [True, False, False, False]
    assert [one.survives for one in (killed, survived, unchecked, unreached)] == [False, True, False, True]
    assert (killed.change, survived.change.old) == (Change(), "'must not be empty'")
    assert killed.room == "engine"


def test_tests_that_no_longer_end_kill_a_mutant() -> None:
    assert mutant(code=-14).killed
    assert mutant(code=-24).killed


def test_kills_in_an_unchanged_function_count_after_it_has_moved(tmp_path: Path) -> None:
    codes: dict[str, int | None] = {"x_pair__mutmut_1": 1, "x_pair__mutmut_2": 0, "xǁStoreǁclear__mutmut_1": 1}
    earlier = written(tmp_path / "earlier", codes)
    later = written(tmp_path / "later", dict.fromkeys(codes))
    moved = later / "mutants" / mutants.CODE / "engine/pairs.py"
    moved.write_text(CODE.replace("self.entries = None", "self.entries = ()"))
    assert unchanged.take_over(earlier, later) == 1
    assert {one.function: one.code for one in mutants.read(later) if one.name.endswith("_1")} == {
        "engine.pairs.pair": 1,
        "engine.pairs.Store.clear": None,
    }
    assert [one.code for one in mutants.read(later) if one.name.endswith("pair__mutmut_2")] == [None]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (mutant(old="'must not be empty'", new="None"), "words"),
        (mutant(old="'must not be empty'", new=""), "words"),
        (mutant(old="'must not be empty'", new="'MUST NOT BE EMPTY'"), "words"),
        (mutant(old="f'{name} exists'", new="None"), "words"),
        (mutant(old="strict=True", new="strict=False"), "strict"),
        (mutant(before="', '.join", old="', '", new="'XX, XX'"), "words"),
        (mutant(before="'_'.join", old="'_'", new="'XX_XX'"), ""),
        (mutant(old="'name'", new="None"), ""),
        (mutant(old="' '", new="None"), ""),
        (mutant(old="'must not be empty'", new="other"), ""),
        (mutant(old="for name in names: pass", new=""), ""),
        (mutant(old="True", new="False"), ""),
    ],
)
def test_a_survivor_has_a_reason_by_its_change(one: Mutant, reason: str) -> None:
    assert page.class_of(one) == reason
    assert page.unexplained([one]) == ([] if reason else [one])


def test_an_equivalent_mutant_has_its_reason_in_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "EQUIVALENT", {("engine.pairs.pair", "a | b", "b"): "Both are the same."})
    same = mutant(before="a | b", after="b")
    text = page.text([same, same, mutant(code=1)], "3.8.1", datetime.date(2026, 11, 27))
    assert text.count("| `engine.pairs.pair` | `a \\| b` | `b` | Both are the same. |") == 1
    assert "| `engine/` | 3 | 0 | 1 | 2 |" in text
    assert "| equivalent | 2 |" in text
    assert "All mutants but the skipped ones have run." in text


def test_the_page_counts_the_mutants_that_have_run() -> None:
    text = page.text([mutant(code=1), mutant(code=None)], "3.8.1", datetime.date(2026, 11, 27))
    assert "1 of 2 mutants have not run yet" in text


def test_skipped_mutants_are_counted_by_class() -> None:
    skipped = mutant(code=mutants.SKIPPED, old="'must not be empty'", new="None")
    assert page.is_skipped(skipped)
    assert not page.is_skipped(mutant(old="True", new="False"))
    assert not skipped.killed
    assert not skipped.survives
    text = page.text([skipped, mutant(code=1)], "3.8.1", datetime.date(2026, 11, 27))
    assert "| `engine/` | 2 | 1 | 1 | 0 |" in text
    assert "| words | 1 |" in text
    assert "| none |" not in text


def test_a_survivor_without_a_reason_fails_the_run_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "PAGE", tmp_path / "mutation.md")
    folder = written(tmp_path, {"x_pair__mutmut_5": 0, "x_pair__mutmut_6": 0})
    assert command.report(folder, "3.8.1", datetime.date(2026, 11, 27)) == 1
    assert f"- {ZIP}\n+ zip(None, two, strict=True)\n2 mutants, 2 survive, 1 of them" in capsys.readouterr().out
    assert "## Survivors without a reason\n\n| function | survivors |" in command.PAGE.read_text()
    assert "| `engine.pairs.pair` | 1 |" in command.PAGE.read_text()


def test_the_tests_that_killed_neighbors_run_first_and_then_the_shortest() -> None:
    assert judge.ordered(["a", "b", "c", "d"], {"a": 3.0, "b": 1.0, "c": 2.0, "d": 9.0}, ["d", "c"]) == [*"dcba"]


def test_a_mutant_that_no_test_reaches_is_not_run() -> None:
    assert judge.judged("name", []) == (33, "")


def test_the_named_functions_exist() -> None:
    names = {function for function, _before, _after in equivalents.EQUIVALENT}
    for name in sorted(names):
        module, _dot, function = name.rpartition(".")
        file = tree.ROOT / "plugins/module_utils" / f"{module.replace('.', '/')}.py"
        if not file.exists():
            file = file.parent.with_suffix(".py")
            function = name.rpartition(".")[2]
        assert function in {
            node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)
        }


def test_the_tests_that_judge_exist() -> None:
    assert len(tree.judges()) == len(tree.JUDGES)


def test_a_case_of_each_test_runs_before_its_other_cases() -> None:
    tests = {"many[a]": 1.0, "many[b]": 1.5, "many[c]": 2.0, "other": 9.0}
    assert judge.ordered(tests, tests, []) == ["many[a]", "other", "many[b]", "many[c]"]


def test_results_are_kept_and_known_classes_are_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers: dict[str, int | None] = {f"x_pair__mutmut_{number}": None for number in range(1, 7)}
    folder = written(tmp_path, numbers)
    monkeypatch.chdir(folder / "mutants")
    [file] = Path().rglob("*.py.meta")
    results = judge.Results(file)
    first, last = results.left()
    results.add(first, 1, "test")
    results.add(last, 0, "")
    assert results.killers == ["test"]
    assert [one.code for one in mutants.read(folder)] == [1, 34, 34, 34, 34, 0]
    assert judge.Results(file).left() == []


@pytest.mark.parametrize(("flags", "written"), [([], 1), (["--keep"], 0)])
def test_an_interrupted_run_can_go_on(flags: list[str], written: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(sys, "argv", ["mutation", *flags])
    monkeypatch.setattr(command, "write_mutants", lambda: calls.append("written"))
    monkeypatch.setattr(subprocess, "Popen", lambda *_arguments, **_options: SimpleNamespace(wait=lambda: 1))
    assert command.main() == 1
    assert len(calls) == written
