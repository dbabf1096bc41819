# SPDX-License-Identifier: GPL-3.0-or-later
"""The program for the NAS as text, the command that runs it, and its report."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATHS = (
    "/run/middleware/middlewared.sock",
    "/var/run/middleware/middlewared.sock",
    "/var/run/middlewared.sock",
)
"""The local sockets of TrueNAS, those of newer versions first (truenas-api/older.md §4)."""

COMMAND = 'PATH="$PATH:/usr/local/bin"; export PATH; exec python3 -BIS -c "import sys;exec(sys.stdin.readline())"'
"""The command for a POSIX shell on the NAS. It has no secret and no single quotes, and reads the program from its standard input.
Without a cache of bytecode, the site's packages, and variables of the environment, Python starts in half the time."""

NO_PROGRAM = 127
"""The exit status of a shell that does not find a command."""


@dataclass(frozen=True)
class Report:
    """A line of the program: the user that runs it, and the socket that it has connected to.

    Without a socket, `refused` has the name of the error for each path.
    """

    user: str
    socket: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)


@functools.cache
def program() -> str:
    """Return the program without annotations and texts for readers, so that older versions of Python run it, too."""
    tree = ast.parse(Path(__file__).with_name("relay.py").read_text(encoding="utf-8"))
    return ast.unparse(ast.fix_missing_locations(_Stripped().visit(tree)))


def start(mark: str, socket: str | None) -> bytes:
    """Return the line that starts the program. `mark` begins each of its reports, `socket` is the only path to try, if given."""
    paths = [socket] if socket else [*PATHS]
    return f"exec({program()!a});main({mark!a},{paths!a})\n".encode()


def report(line: bytes) -> Report | None:
    """Return the report in a line, without its mark, or None for anything else.

    It has the user and the path of the socket; without a socket, a path and the name of its error for each path.
    """
    user, *parts = line.decode("ascii", "replace").split("\t")
    if not user or len(parts) % 2 == 0:
        return None
    return Report(user, parts[0], dict(zip(parts[1::2], parts[2::2], strict=True)))


class _Stripped(ast.NodeTransformer):
    """Removes annotations, docstrings, and the imports for them."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        return None if node.module in ("__future__", "typing") else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node
