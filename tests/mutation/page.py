# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons for mutants that are not run or survive, and docs/mutation.md, which counts them."""

from __future__ import annotations

import ast
import datetime
from collections import Counter
from collections.abc import Callable, Sequence

from tests.markdown import table
from tests.mutation.equivalents import EQUIVALENT
from tests.mutation.mutants import Change, Mutant
from tests.mutation.tree import ROOMS


def _is_text(code: str) -> bool:
    """Return whether the code is a text for people: an f-string, or a string with a space."""
    try:
        node = ast.parse(code, mode="eval").body
    except SyntaxError:
        return False
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and " " in node.value.strip()
    return isinstance(node, ast.JoinedStr)


def _is_about_words(change: Change) -> bool:
    """Return whether a text for people is changed or left out, or the text between the parts of a list."""
    if change.before == f"{change.old}.join":
        return _is_text(change.old) or change.old in _BETWEEN
    return _is_text(change.old) and (change.new in ("", "None") or _is_text(change.new))


_BETWEEN = ("', '", "' and '", "' or '", "'; '")


CLASSES: dict[str, tuple[Callable[[Mutant], bool], str]] = {
    "words": (
        lambda mutant: _is_about_words(mutant.change),
        "The words of a message. Tests hold the field and the reason of an error, not every sentence.",
    ),
    "strict": (
        lambda mutant: mutant.change.old == "strict=True",
        "`zip` with `strict=True` guards against a mistake in the code; both sequences always have the same length.",
    ),
}
"""Why no test runs for mutants that have a change in common, by the name of their class."""


def is_skipped(mutant: Mutant) -> bool:
    """Return whether no test is run for a mutant, because its class explains that it can survive."""
    return class_of(mutant) in CLASSES


def class_of(mutant: Mutant) -> str:
    """Return the class of a mutant: a name of CLASSES, `equivalent`, or an empty text if nothing explains its survival."""
    for name, (belongs, _reason) in CLASSES.items():
        if belongs(mutant):
            return name
    return "equivalent" if _key(mutant) in EQUIVALENT else ""


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.function, mutant.change.before, mutant.change.after


def unexplained(mutants: Sequence[Mutant]) -> list[Mutant]:
    """Return the survivors that have no reason."""
    return [mutant for mutant in mutants if mutant.survives and not class_of(mutant)]


def text(mutants: Sequence[Mutant], version: str, date: datetime.date) -> str:
    """Return the page for these mutants, made by this version of Mutmut. It names the functions of unexplained survivors."""
    survivors = [mutant for mutant in mutants if mutant.survives]
    skipped = [mutant for mutant in mutants if mutant.skipped]
    parts = [
        "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->\n# Mutation testing",
        "Mutmut changes one expression of the code at a time. Each change is a mutant. A mutant that no unit test notices\n"
        "survives, and needs a reason. `make mutation` writes this page, and fails as long as a survivor has no reason.\n"
        "Mutants of some classes are skipped: no test runs for them.",
        f"Mutmut {version}, {date.isoformat()}. {_extent(mutants)}",
        _rooms(mutants),
        "## Skipped classes",
        _classes(skipped),
        "## Reasons for survivors",
        _reasons(survivors),
        _open(mutants),
        _equivalents(survivors),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _extent(mutants: Sequence[Mutant]) -> str:
    left = sum(mutant.code is None for mutant in mutants)
    if left:
        return f"{left} of {len(mutants)} mutants have not run yet; nothing is known about them."
    return "All mutants but the skipped ones have run."


def _rooms(mutants: Sequence[Mutant]) -> str:
    rows = []
    for room in ROOMS:
        own = [mutant for mutant in mutants if mutant.room == room]
        counts = (sum(getattr(mutant, state) for mutant in own) for state in ("skipped", "killed", "survives"))
        rows.append((f"`{room}/`", str(len(own)), *map(str, counts)))
    return _table(("room", "mutants", "skipped", "killed", "survived"), rows)


def _classes(skipped: Sequence[Mutant]) -> str:
    counts = Counter(map(class_of, skipped))
    rows = [(name, str(counts[name]), reason) for name, (_belongs, reason) in CLASSES.items()]
    return _table(("class", "mutants", "reason"), rows)


def _reasons(survivors: Sequence[Mutant]) -> str:
    without = len(unexplained(survivors))
    equivalent = str(len(survivors) - without)
    rows = [("equivalent", equivalent, "The change has no effect that anything could notice; each is listed below.")]
    if without:
        rows.append(("none", str(without), "These need a test or a reason."))
    return _table(("reason", "survivors", ""), rows)


def _open(mutants: Sequence[Mutant]) -> str:
    counts = Counter(mutant.function for mutant in unexplained(mutants))
    if not counts:
        return ""
    rows = [(f"`{function}`", str(count)) for function, count in sorted(counts.items())]
    return f"## Survivors without a reason\n\n{_table(('function', 'survivors'), rows)}"


def _equivalents(survivors: Sequence[Mutant]) -> str:
    found = dict.fromkeys(_key(mutant) for mutant in survivors if class_of(mutant) == "equivalent")
    if not found:
        return ""
    rows = [
        (f"`{function}`", _shown(before), _shown(after), EQUIVALENT[function, before, after])
        for function, before, after in sorted(found)
    ]
    return f"## Equivalent mutants\n\n{_table(('function', 'code', 'mutant', 'reason'), rows)}"


def _shown(code: str) -> str:
    """Return code for a cell of a table."""
    return f"`{' '.join(code.split())}`".replace("|", "\\|") if code else "nothing"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(table(head, rows))
