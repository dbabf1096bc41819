# SPDX-License-Identifier: GPL-3.0-or-later
"""The kills of an earlier run for functions that are the same today, so that only the mutants of the others run."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import CODE, KILLED, functions_of


@dataclass(frozen=True)
class Function:
    """A function in a file of results: the code of its mutants by their names, and the original under an empty name."""

    results: Path
    code: Mapping[str, str]

    @property
    def identity(self) -> frozenset[str]:
        """All its code. It does not depend on the module."""
        return frozenset(self.code.values())


def take_over(earlier: Path, later: Path) -> int:
    """Write the kills of the tree `earlier` into the tree `later`; return their number.

    Survivors run again, because there can be new tests.
    """
    killed = {function.identity: _killed(function) for function in _functions(earlier)}
    count = 0
    for function in _functions(later):
        known = killed.get(function.identity, {})
        document = json.loads(function.results.read_text())
        kept = {name: known[code] for name, code in function.code.items() if name and code in known}
        document["exit_code_by_key"].update(kept)
        function.results.write_text(json.dumps(document, indent=4))
        count += len(kept)
    return count


def _killed(function: Function) -> dict[str, int]:
    """Return the exit codes of the killed mutants of a function by their code."""
    codes = json.loads(function.results.read_text())["exit_code_by_key"]
    return {code: codes[name] for name, code in function.code.items() if name and codes[name] in KILLED}


def _functions(tree: Path) -> Iterator[Function]:
    for file in sorted((tree / "mutants" / CODE).rglob("*.py.meta")):
        functions = functions_of(file.with_suffix("").read_text())
        names: defaultdict[str, list[str]] = defaultdict(list)
        for name in json.loads(file.read_text())["exit_code_by_key"]:
            names[name.rpartition("__mutmut_")[0]].append(name)
        for prefix, mutants in names.items():
            original = functions[f"{prefix.rpartition('.')[2]}__mutmut_orig"]
            yield Function(
                file, {"": _code(original), **{name: _code(functions[name.rpartition(".")[2]]) for name in mutants}}
            )


def _code(function: ast.FunctionDef) -> str:
    """Return the code of a function without its name, which has the number of the mutant."""
    return ast.dump(ast.Module([function.args, *function.body], []))  # type: ignore[list-item]  # ast.Module takes any node here
