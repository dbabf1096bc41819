# SPDX-License-Identifier: GPL-3.0-or-later
"""The mutants that Mutmut has written: their names, their changes, and whether a test has noticed them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.tree import COLLECTION

CODE = COLLECTION / "plugins/module_utils"
SURVIVED, KILLED, UNREACHED, SKIPPED = 0, (1, 3), (5, 33), 34
"""Exit codes in Mutmut's files of results: 1 is a test that failed, 3 an error of pytest, 33 a mutant that no test reaches, and
34 one that is not run."""


@dataclass(frozen=True)
class Change:
    """The change of a mutant: the code around it before and after, and the smallest part that differs (`old`, `new`)."""

    before: str = ""
    after: str = ""
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Mutant:
    """One mutant.

    `function` is the changed function with its module, as in `engine.apply._delete`. `change` is empty once it is killed.
    `code` is the exit code of the tests, or None if they have not run.
    """

    name: str
    function: str
    change: Change
    code: int | None

    @property
    def room(self) -> str:
        """The folder of the function below plugins/module_utils."""
        return self.function.split(".")[0]

    @property
    def killed(self) -> bool:
        """Whether a test has noticed the mutant; tests that no longer end notice it, too."""
        return self.code is not None and self.code not in _NOT_KILLED

    @property
    def survives(self) -> bool:
        """Whether the tests have passed, or none has run the function."""
        return self.code in (SURVIVED, *UNREACHED)

    @property
    def skipped(self) -> bool:
        """Whether the tests do not run for it, because its class says why it is of no interest."""
        return self.code == SKIPPED


_NOT_KILLED = (SURVIVED, *UNREACHED, SKIPPED)


def read(folder: Path) -> list[Mutant]:
    """Return the mutants in the copy of the repository that Mutmut has written to `folder`."""
    return [
        mutant for file in sorted((folder / "mutants" / CODE).rglob("*.py.meta")) for mutant in of_file(folder, file)
    ]


def of_file(folder: Path, results: Path) -> Iterator[Mutant]:
    """Yield the mutants in one file of results below `folder`."""
    codes = json.loads(results.read_text())["exit_code_by_key"]
    functions = functions_of(results.with_suffix("").read_text())
    module = ".".join(results.relative_to(folder / "mutants" / CODE).with_suffix("").with_suffix("").parts)
    for name, code in codes.items():
        mangled = name.rpartition(".")[2]
        original = mangled.rpartition("__mutmut_")[0]
        pair = functions[f"{original}__mutmut_orig"], functions[mangled]
        # The changes of killed mutants are not needed, and to find all of them takes a minute.
        change = difference(*pair) if code is None or code in _NOT_KILLED else Change()
        yield Mutant(name, f"{module}.{readable(original)}", change, code)


def readable(mangled: str) -> str:
    """Return the name of a function for the one that Mutmut gives it, as in `x_read` or `xǁStoreǁclear`."""
    return mangled.removeprefix("x").removeprefix("_").removeprefix("ǁ").replace("ǁ", ".")


def functions_of(code: str) -> dict[str, ast.FunctionDef]:
    """Return the functions and methods of a file by name. Those inside of other functions have no name of their own."""
    body = ast.parse(code).body
    methods = [node for one in body if isinstance(one, ast.ClassDef) for node in one.body]
    return {node.name: node for node in [*body, *methods] if isinstance(node, ast.FunctionDef)}


def difference(before: ast.FunctionDef, after: ast.FunctionDef) -> Change:
    """Return the change between two functions."""
    steps = [*_path(*(ast.Module([one.args, *one.body], []) for one in (before, after)))]  # type: ignore[list-item]  # ast.Module takes any node here
    old, new = steps[-1]
    around = next((pair for pair in reversed(steps[:-1]) if isinstance(pair[0], _SHOWN)), (old, new))
    return Change(*map(_code, (*around, old, new)))


_SHOWN = (ast.expr, ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Raise)
"""Parts of code that are short enough to be shown around a change."""


_PARTS = (ast.expr, ast.stmt, ast.keyword, ast.arguments, ast.comprehension, ast.ExceptHandler)
"""Parts of code that can be looked into. An operator is none: alone, it has no code."""


def _path(old: ast.AST, new: ast.AST) -> Iterator[tuple[ast.AST | None, ast.AST | None]]:
    """Yield the parts that differ, from the largest to the smallest. An argument that only one has is the smallest."""
    yield old, new
    if type(old) is not type(new) or (isinstance(old, ast.keyword) and old.arg == "strict"):
        return
    pairs: list[tuple[ast.AST, ast.AST]] = []
    for field in old._fields:
        one, two = getattr(old, field, None), getattr(new, field, None)
        if isinstance(one, list) and isinstance(two, list):
            if len(one) != len(two):
                gone = [node for node in one if _dump(node) not in map(_dump, two)]
                if len(gone) == 1 and isinstance(old, ast.Call):
                    yield gone[0], None
                return
            pairs += [(a, b) for a, b in zip(one, two, strict=True) if _dump(a) != _dump(b)]
        elif isinstance(one, ast.AST) and isinstance(two, ast.AST):
            pairs += [(one, two)] if _dump(one) != _dump(two) else []
        elif one != two:
            return
    if len(pairs) == 1 and isinstance(pairs[0][0], _PARTS):
        yield from _path(*pairs[0])


def _dump(node: object) -> str:
    return ast.dump(node) if isinstance(node, ast.AST) else repr(node)


def _code(node: ast.AST | None) -> str:
    if isinstance(node, ast.keyword):
        return f"{node.arg}={ast.unparse(node.value)}"
    return ast.unparse(node) if node else ""
