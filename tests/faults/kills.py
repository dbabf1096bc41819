# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of ansible-playbook while a call of a set is held, and what is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.integration.running import CONNECTION, Ansible
from tests.simulator import API_KEY, USER

from .kinds import swallow
from .matrix import PATIENCE, run
from .operations import B2, CANARY, NEW, Operation
from .proxy import Fault
from .world import Loop, World, ca_file, without_programs

TIMEOUT = 3.0
"""Of the killed task, in seconds."""
MAX_WAIT = 12.0 + 3 * TIMEOUT
"""Seconds after which nothing of the run is left: a call, a look, and the login of the look."""
AT_ONCE = 3
"""How many playbooks run at the same time."""
START = 90.0
"""Seconds in which a playbook reaches the call on a busy machine."""
GIVEN = ("variables.yml", "hosts.yml", "play.yml")
SET = {
    "credentials": [
        {"name": "new", "b2": NEW},
        {"name": "cloud", "b2": NEW},
        {"name": "old", "state": "absent"},
    ],
    "verify": "changed",
}
SEED: dict[str, Any] = {
    "credentials": [{"id": 1, "name": "cloud", "provider": B2}, {"id": 2, "name": "old", "provider": B2}],
}
AGAIN = Operation("the set again", "cloud_credentials", "", dict(SET))


@dataclass(frozen=True)
class Point:
    """The call that has no reply when the kill comes, with its number and whether the NAS has carried it out; the session;
    and whom the kill hits: `main`, or the process group of `ansible-playbook`."""

    step: str
    method: str
    number: int = 1
    carried_out: bool = True
    is_shared: bool = True
    whom: str = "group"


STEPS = (
    ("login, first message", "auth.login_ex", 1, True),
    ("login, last message", "auth.login_ex", 2, True),
    ("query", "cloudsync.credentials.query", 1, True),
    ("verify", "cloudsync.credentials.verify", 1, True),
    ("create, not carried out", "cloudsync.credentials.create", 1, False),
    ("create, carried out", "cloudsync.credentials.create", 1, True),
    ("update, carried out", "cloudsync.credentials.update", 1, True),
    ("look after the writes", "cloudsync.credentials.query", 2, True),
    ("delete, carried out", "cloudsync.credentials.delete", 1, True),
)
POINTS = tuple(
    Point(*step, is_shared=is_shared, whom=whom)
    for step in STEPS
    for is_shared, whom in ((True, "main"), (True, "group"), (False, "group"))
)


@dataclass(frozen=True)
class Killed:
    """The result of a kill: the seconds until the last process and session were gone, and the problems.

    Writes are counted before the kill, after it, and in the rerun.
    """

    point: Point
    seconds: float
    writes: int
    later: int
    again: int
    problems: tuple[str, ...]


def kill_at(loop: Loop, point: Point, folder: Path) -> Killed:
    """Run the set, kill it at the point, and run it again."""
    world = loop.run(World("26.0.0", SEED).start())
    try:
        world.proxy.plan(Fault("held", "", swallow, carried_out=point.carried_out), point.method, point.number)
        here, process = _start(world, point, folder)
        reached = _wait(lambda: world.proxy.struck, START)
        writes = len(loop.run(world.writes()))
        killed = time.monotonic()
        (os.killpg if point.whom == "group" else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        gone = _wait(lambda: not processes(here) and not loop.run(world.sessions()), MAX_WAIT)
        seconds = time.monotonic() - killed
        loop.run(world.heal())
        later = len(loop.run(world.writes())) - writes
        again = run(AGAIN, world, PATIENCE)
        third = run(AGAIN, world, PATIENCE)
        names = sorted(name for _table, name in loop.run(world.names()))
        problems = [
            *([] if reached else ["the playbook did not reach the call"]),
            *([] if gone else [f"left: processes {processes(here)}, sessions {loop.run(world.sessions())}"]),
            *(f"{path} has a secret" for path in readable(here)),
            *([] if again.outcome in "CU" else [f"the rerun failed: {again.raised or again.message}"]),
            *([] if third.outcome == "U" else ["the rerun did not converge"]),
            *([] if names == ["cloud", "new"] else [f"stored: {names}"]),
        ]
        total = len(loop.run(world.writes()))
        return Killed(point, seconds, writes, later, total - writes - later, tuple(problems))
    finally:
        loop.run(world.close())


def _start(world: World, point: Point, folder: Path) -> tuple[Path, subprocess.Popen[bytes]]:
    box: Any = SimpleNamespace(host="127.0.0.1", port=world.proxy.port, user=USER, api_key=API_KEY, ca_file=ca_file())
    options = {**SET, "timeout": TIMEOUT, "verify_timeout": TIMEOUT, "share_session": point.is_shared}
    # As variables, because Ansible quotes the lines of a playbook.
    credentials = json.loads(json.dumps(options.pop("credentials")))
    task = {"name": "set", "nasops.truenas.cloud_credentials": {**options, "credentials": "{{ wanted }}"}}
    ansible = Ansible(folder)
    here = ansible.write(
        [{"tasks": [task], "module_defaults": {"group/nasops.truenas.all": CONNECTION}}], box, {"wanted": credentials}
    )
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", "play.yml", "-vvvv", "--diff"],
        cwd=here,
        env=ansible.environment(here),
        stdin=subprocess.DEVNULL,
        stdout=(here / "stdout").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return here, process


def processes(folder: Path) -> list[str]:
    """Return the names of the processes that work in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(folder) and "Z" not in (entry / "stat").read_text().split()[2]:
                found.append((entry / "comm").read_text().strip())
        except (OSError, IndexError):
            continue
    return found


def readable(folder: Path) -> list[str]:
    """Return the files that have a secret, besides those that the user wrote."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name not in GIVEN and any(text in _text(path) for text in (CANARY, API_KEY))
    ]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _wait(condition: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def section(broken: list[str], points: Sequence[Point] = POINTS) -> list[str]:
    """Kill at every point, and return the section of the page. Adds what is wrong to `broken`."""
    with Loop() as loop, without_programs(), tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(AT_ONCE) as pool:
        folders = [Path(name).resolve() / str(number) for number in range(len(points))]
        found = [*pool.map(lambda point, folder: kill_at(loop, point, folder), points, folders)]
    broken += [
        f"kill at {killed.point.step}, {killed.point.whom}: {problem}"
        for killed in found
        for problem in killed.problems
    ]
    rows = [
        [
            killed.point.step,
            "shared" if killed.point.is_shared else "own",
            killed.point.whom,
            f"{killed.seconds:.1f}",
            f"{killed.writes}+{killed.later}",
            str(killed.again),
        ]
        for killed in found
    ]
    return [
        "## kill -9 of ansible-playbook",
        "",
        "A task applies a set of three credentials (one to create, one to update, one to delete, `verify: changed`) on",
        f"TrueNAS 26.0.0, with `timeout: {TIMEOUT:g}`. The playbook is killed while a call waits for its reply. *main* kills the",
        "process of `ansible-playbook`. *group* kills its process group, which does not include Ansible's workers. *shared* is",
        "the session of all tasks of the run, and *own* is `share_session: false`.",
        "",
        "After each kill, all processes of the run and all sessions on the NAS end, and only the files of the user contain",
        "secrets. The rerun stores the desired state without a duplicate, and a third run changes nothing.",
        "",
        "A worker without its main process first ends its call, and can finish the writes of its task.",
        "",
        "| call without a reply | session | killed | seconds until all has ended | writes before + after the kill "
        "| writes of the rerun |",
        "|---|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        f"{len(points)} kills. If a task runs as a module, in a process of its own, files with its options stay after a kill",
        "([security](security.md#where-secrets-are-while-a-task-runs)).",
        "",
    ]
