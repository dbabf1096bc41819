# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a run of the faults as docs/faults.md."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.markdown import table

from .kinds import AT_THE_CALL, OF_CONNECTIONS
from .matrix import Cell
from .operations import OPERATIONS, Operation

PAGE = Path(__file__).parents[2] / "docs/faults.md"
GROUPS = ((0, 5), (5, 9), (9, 12), (12, 18), (18, 21))
"""The operations of each table, from and to."""
NOTHING = "-"
EXAMPLES = ("query", "create credential", "create backup task", "run sync task")
"""The operations whose messages the page quotes."""

HEAD = """<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Written by `make faults`. -->
# Faults

This page lists the result of each operation under each fault: a NAS that dies, hangs, restarts, or answers nonsense, and a
network that fails at the worst moment. If a task fails, follow its message, and run the task again. In all of these cases, the
second run succeeds. Before you repeat a failed run of a cloud sync or cloud backup task, check on the NAS whether it still runs,
because the second run starts it again.

`make faults` writes the page. A proxy between the task and a simulated NAS makes one fault at one call. The tasks run in the
worker process, as in a playbook, with `timeout: {timeout:g}` and a session of their own. The matrix took {minutes:.0f} minutes.

## What always holds

The run fails if one of these rules is broken in any cell:

- No task takes longer than 1.25 times its timeout, plus the time to read the stored state. This time is one `timeout`, or 12
  seconds if `timeout` is shorter, because a login can take that long ([guide](guide.md#connect-to-a-nas)). Only a NAS that limits
  logins can delay a task longer, by up to 80 seconds.
- No object exists twice, after the task or after the rerun. No task starts a run twice.
- `changed` is true only if the NAS stores the change.
- A failure has a message with a cause and a remedy. No task ends with a traceback.
- No secret is in any text.
- A second run of the task succeeds, and then the NAS stores the desired state.

## How to read the tables

For example, `C 1→0` means that the task reported `changed`, the NAS received one write, and the rerun needed no write.

| code | meaning |
|---|---|
| C | changed: the task succeeded, and the NAS stores the change |
| U | unchanged: the task succeeded. A read returned its result |
| F | failed: the NAS stores the previous state |
| F! | failed, but the NAS stores the change or a part: the reply was lost, and the task could not read. Its message warns |
| 1→0 | writes of the task and of the rerun. The start of a job counts as a write, and the rerun starts it again |
| {nothing} | this cannot happen, or the facts about TrueNAS do not specify the answer of the NAS |

"""

LEFT_OUT = """
The tables leave out cases without an answer in the [facts](reference/truenas-api/wire.md): calls other than a login on a
standby node, and a full disk while a job runs. For a full disk during a write, the error has the text of SQLite in the form
that the NAS uses for unexpected errors.

In these runs, the simulated NAS does not start rclone and restic. A verification, a listing, and a job succeed at once.
"""


def outcomes(cells: Sequence[Cell]) -> list[str]:
    """Return the tables of outcomes, which do not depend on the machine."""
    return [*_section("At one call", AT_THE_CALL, cells), *_section("At all later connections", OF_CONNECTIONS, cells)]


def _section(title: str, faults: Sequence[object], cells: Sequence[Cell]) -> list[str]:
    codes = {(cell.operation.name, cell.fault.name): cell.code for cell in cells}
    return [f"### {title}", "", *_tables(faults, codes)]


def _tables(faults: Sequence[object], texts: dict[tuple[str, str], str]) -> Iterable[str]:
    names = [fault.name for fault in faults]  # type: ignore[attr-defined]  # faults have names
    for start, end in GROUPS:
        shown = OPERATIONS[start:end]
        yield from _table(
            ["fault", *(operation.name for operation in shown)],
            ([name, *(texts.get((operation.name, name), NOTHING) for operation in shown)] for name in names),
        )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [*table(head, rows), ""]


def legend() -> list[str]:
    """Return what each fault is, and which call of each operation is affected."""
    return [
        "## The faults",
        "",
        "At one call. Later connections work:",
        "",
        *_table(["fault", "what happens"], ([fault.name, fault.text] for fault in AT_THE_CALL)),
        "At all later connections. The NAS executes the affected call, its reply is lost, and each new connection has the fault.",
        "If the operation is a login, its first connection has the fault:",
        "",
        *_table(["fault", "what happens"], ([fault.name, fault.text] for fault in OF_CONNECTIONS)),
        "## The operations",
        "",
        *_table(["operation", "module", "affected call"], map(_operation, OPERATIONS)),
    ]


def _operation(operation: Operation) -> list[str]:
    call = "an event of the job" if "." not in operation.method else f"`{operation.method}`"
    which = f"{call}, the {('first', 'second', 'third')[operation.number - 1]}" if operation.number > 1 else call
    return [operation.name, f"`{operation.module}`", which]


def seconds(cells: Sequence[Cell], timeout: float) -> list[str]:
    """Return the table of the slowest cells of each fault: seconds, divided by `timeout`."""
    rows = []
    for fault in (*AT_THE_CALL, *OF_CONNECTIONS):
        taken = [cell for cell in cells if cell.fault.name == fault.name]
        if taken:
            slowest = max(taken, key=lambda cell: cell.done.seconds)
            middle = sorted(cell.done.seconds for cell in taken)[len(taken) // 2]
            rows.append(
                [
                    fault.name,
                    f"{middle / timeout:.2f}",
                    f"{slowest.done.seconds / timeout:.2f}",
                    slowest.operation.name,
                ]
            )
    return [
        "## Seconds, divided by `timeout`",
        "",
        f"`timeout` was {timeout:g} seconds, and so were the timeouts of the provider, of the verification, and of the job.",
        "",
        *_table(["fault", "median", "longest", "operation that took longest"], rows),
    ]


def messages(cells: Sequence[Cell]) -> list[str]:
    """Return the messages of some operations."""
    lines = ["## Messages", ""]
    for name in EXAMPLES:
        told: dict[str, list[str]] = {}
        for cell in cells:
            if cell.operation.name == name and cell.done.outcome == "F":
                told.setdefault(_anywhere(cell.done.message), []).append(cell.fault.name)
        lines += [f"### {name}", ""]
        lines += _table(["faults", "message"], ([", ".join(faults), text] for text, faults in told.items()))
    return lines


def _anywhere(message: str) -> str:
    text = re.sub(r"127\.0\.0\.1:\d+", "nas1", message)
    return text.replace("\n", " ").replace("|", "\\|")


def write(cells: Sequence[Cell], timeout: float, begun: float, more: Iterable[str]) -> None:
    """Write the page. `begun` is when the matrix began, `more` are the other sections."""
    text = HEAD.format(timeout=timeout, minutes=(time.monotonic() - begun) / 60, nothing=NOTHING)
    lines = [
        *legend(),
        f"## Outcomes: {len(cells)} cells",
        "",
        *outcomes(cells),
        *LEFT_OUT.strip().splitlines(),
        "",
        *seconds(cells, timeout),
        *messages(cells),
        *more,
    ]
    PAGE.write_text(text + "\n".join(lines).rstrip() + "\n", encoding="utf-8")
