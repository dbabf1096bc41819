# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of cloud sync tasks in addition to the credentials that they use."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.bench.fleet import Fleet, sync_task
from tests.bench.logins import CREDENTIALS
from tests.bench.measure import LOGIN, in_turn, run_tasks, task, with_ratio

TASKS = 20
MANY = 500


def main() -> None:
    """Print the section."""
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(section(5, Path(folder))))


def section(rounds: int, folder: Path) -> list[str]:
    """Return the section of the page."""
    credentials, tasks = task("ours, set", CREDENTIALS), _tasks()
    # Forks, templates the same options, and does nothing.
    empty = {"nothing": {**LOGIN, "credentials": tasks["nasops.truenas.cloud_sync_tasks"]["tasks"]}}
    with Fleet(10, CREDENTIALS, sync_tasks=TASKS) as fleet, Fleet(10, CREDENTIALS, sync_tasks=MANY) as full:
        found = in_turn(
            {
                "credentials": lambda: run_tasks([credentials], fleet, folder)[1],
                "with an empty task": lambda: run_tasks([credentials, empty], fleet, folder)[1],
                "both": lambda: run_tasks([credentials, tasks], fleet, folder)[1],
                "tasks": lambda: run_tasks([tasks], fleet, folder)[1],
                "tasks of many": lambda: run_tasks([tasks], full, folder)[1],
            },
            rounds,
        )
    alone, floor, both, few, many = (
        found[name] for name in ("credentials", "with an empty task", "both", "tasks", "tasks of many")
    )
    rows = {
        f"{CREDENTIALS} credentials": (alone, alone),
        f"{CREDENTIALS} credentials, and an empty task with the same options": (floor, alone),
        f"{CREDENTIALS} credentials and {TASKS} tasks": (both, alone),
        f"{TASKS} tasks, {TASKS} stored": (few, few),
        f"{TASKS} tasks, {MANY} stored": (many, few),
    }
    return [
        "",
        "## Cloud sync tasks",
        "",
        f"Converged, 10 NAS systems. Medians; in parentheses the ratio to *{CREDENTIALS} credentials*, and for tasks alone, to",
        f"*{TASKS} tasks, {TASKS} stored*.",
        "",
        "| | seconds | CPU seconds |",
        "|---|---|---|",
        *(
            f"| {name} | {with_ratio(cost.seconds, base.seconds)} | {with_ratio(cost.cpu, base.cpu)} |"
            for name, (cost, base) in rows.items()
        ),
    ]


def _tasks() -> dict[str, Any]:
    items = [{**sync_task(n), "credential": "credential 0", "folder": f"/data{n}"} for n in range(TASKS)]
    return {"nasops.truenas.cloud_sync_tasks": {**LOGIN, "tasks": items}}


if __name__ == "__main__":
    main()
