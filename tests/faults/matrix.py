# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation under every fault, in this process, as Ansible's worker runs it."""

from __future__ import annotations

import json
import re
import threading
import time
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.nasops.truenas.plugins.plugin_utils import worker_sessions
from tests.simulator import API_KEY, USER
from tests.unit.tasks import in_the_worker

from .kinds import FAULTS
from .operations import CANARY, OPERATIONS, Operation
from .proxy import EVENT, Fault
from .world import Loop, World, ca_file, without_programs

AT_ONCE, COMPUTING = 48, 3
"""How many cells run at the same time, and how many of them compute, while the others wait for a timeout."""
PATIENCE = 30.0
"""Timeout of a run without a fault, in seconds."""
LOGIN = 12.0
"""Seconds that a login alone can take (docs/guide.md)."""
LIMIT_WAIT = 80.0
"""Seconds that a task waits for its turn to log in, whatever `timeout` is (docs/guide.md)."""
TOLERANCE = 1.25
REMEDY = re.compile(
    r"(?:^|[.!;:] |\n)(?:Add|Ask|Check|Install|Look|Raise|Remove|Rename|Run|Set|Shorten|Use|Wait)\b|, then run the task again"
)
"""A sentence that begins with an imperative."""


@dataclass(frozen=True)
class Done:
    """The outcome of one task: its result, its duration in seconds, and the failure if it raised."""

    result: dict[str, Any]
    seconds: float
    raised: str = ""

    @property
    def outcome(self) -> str:
        """C: changed, U: succeeded without a change, F: failed."""
        if self.raised:
            return "X"
        return "F" if self.result.get("failed") else "C" if self.result.get("changed") else "U"

    @property
    def message(self) -> str:
        """The message of a failure."""
        return str(self.result.get("msg", ""))


@dataclass(frozen=True)
class Cell:
    """An operation under a fault: the task, its rerun, the number of writes of each, and what is wrong with that.

    `stored` says what the NAS has after the task: `before`, `desired`, or `between`.
    """

    operation: Operation
    fault: Fault
    done: Done
    writes: int
    stored: str
    again: Done
    more_writes: int
    problems: tuple[str, ...]

    @property
    def code(self) -> str:
        """The outcome in a few characters; page.py explains them."""
        uncertain = "!" if self.done.outcome == "F" and self.stored != "before" else ""
        return f"{self.done.outcome}{uncertain} {self.writes}→{self.more_writes}"


class Turn:
    """The turn of a cell to compute. It is over when the fault strikes, if the client waits from then on."""

    def __init__(self, slots: threading.Semaphore) -> None:
        self._slots = slots
        self._lock = threading.Lock()
        self._has_slot = False

    def take(self) -> None:
        """Wait for a slot, unless the cell has one."""
        if not self._has_slot:
            self._slots.acquire()
            self._has_slot = True

    def give_back(self) -> None:
        """Let another cell compute."""
        with self._lock:
            if self._has_slot:
                self._has_slot = False
                self._slots.release()


def cells(timeout: float, faults: Sequence[Fault] = FAULTS, operations: Sequence[Operation] = OPERATIONS) -> list[Cell]:
    """Return every cell of the matrix, operation by operation. `timeout` is that of the tasks, in seconds."""
    slots = threading.Semaphore(COMPUTING)
    with Loop() as loop, without_programs(), ThreadPoolExecutor(AT_ONCE) as pool:
        known = {operation: _undisturbed(loop, operation) for operation in operations}
        pairs = [(operation, fault) for operation in operations for fault in faults if can_meet(operation, fault)]

        def cell(pair: tuple[Operation, Fault]) -> Cell:
            turn = Turn(slots)
            try:
                return _cell(loop, *pair, timeout, known[pair[0]], turn)
            finally:
                turn.give_back()

        # Those that wait begin first, and the others compute meanwhile.
        order = sorted(range(len(pairs)), key=lambda index: not pairs[index][1].waits)
        found = dict(zip(order, pool.map(cell, [pairs[index] for index in order]), strict=True))
        return [found[index] for index in range(len(pairs))]


def can_meet(operation: Operation, fault: Fault) -> bool:
    """Return whether the facts say what the NAS does in this case."""
    if fault.writes_only:
        return not (operation.is_read or operation.is_run)
    return not (fault.needs_session and (operation.is_login or operation.method == EVENT))


Stored = dict[str, list[Any]]


def _undisturbed(loop: Loop, operation: Operation) -> tuple[Stored, Stored]:
    """Return what is stored before and after the operation without a fault."""
    world = loop.run(World(operation.version, _seed()).start())
    try:
        before = loop.run(world.stored())
        done = run(operation, world, PATIENCE)
        if done.outcome not in "CU":
            raise AssertionError(f"{operation.name}: {done.raised or done.message}")
        again = run(operation, world, PATIENCE)
        if again.outcome != "U" and not operation.is_run:
            raise AssertionError(f"{operation.name} is not idempotent: {again.result}")
        return before, loop.run(world.stored())
    finally:
        loop.run(world.close())


def _seed() -> dict[str, Any]:
    from .operations import SEED

    return json.loads(json.dumps(SEED))  # type: ignore[no-any-return]  # a copy of the same type


def _cell(
    loop: Loop, operation: Operation, fault: Fault, timeout: float, known: tuple[Stored, Stored], turn: Turn
) -> Cell:
    turn.take()
    world = loop.run(World(operation.version, _seed()).start())
    try:
        world.proxy.plan(fault, operation.method, operation.number)
        world.proxy.when_struck = turn.give_back if fault.waits else lambda: None
        if operation.is_login and fault.is_of_connections:
            loop.run(world.proxy.strike_now())
        done = run(operation, world, timeout)
        struck = world.proxy.struck
        turn.take()
        loop.run(world.heal())
        stored, writes = loop.run(world.stored()), loop.run(world.writes())
        names = loop.run(world.names())
        again = run(operation, world, PATIENCE)
        more = loop.run(world.writes())[len(writes) :]
        cell = Cell(operation, fault, done, len(writes), _state(operation, stored, writes, known), again, len(more), ())
        problems = [
            *([] if struck else ["the fault did not strike"]),
            *_wrong(cell, timeout),
            *_duplicates(names),
            *_duplicates(loop.run(world.names())),
            *([] if loop.run(world.stored()) == known[1] else ["the rerun did not converge"]),
        ]
        return replace(cell, problems=tuple(problems))
    finally:
        loop.run(world.close())


def _state(operation: Operation, stored: Stored, writes: list[str], known: tuple[Stored, Stored]) -> str:
    before, desired = known
    if operation.is_read:
        return "before"
    if operation.is_run:
        return "desired" if writes else "before"
    return "before" if stored == before else "desired" if stored == desired else "between"


def run(operation: Operation, world: World, timeout: float) -> Done:
    """Run the task of an operation once, with a login of its own, and return what came of it."""
    login = {
        "host": "127.0.0.1",
        "port": world.proxy.port,
        "username": USER,
        "api_key": API_KEY,
        "ca_path": ca_file(),
        "timeout": timeout,
        "share_session": False,
    }
    options = {**operation.options, **dict.fromkeys(operation.timeouts, timeout)}
    begun = time.monotonic()
    raised, result = "", {}
    try:
        result = in_the_worker(operation.module, {**login, **options})
    except Exception:
        raised = traceback.format_exc()
    seconds = time.monotonic() - begun
    for key in [*worker_sessions._connected]:
        if key[0].address.port == world.proxy.port:
            worker_sessions._connected.pop(key).session.close()
    return Done(result, seconds, raised)


def allowed_seconds(cell: Cell, timeout: float) -> float:
    """Return how long the task can take: its timeout and a quarter, and one look with its own login."""
    login = max(timeout, LOGIN)
    if cell.fault.name == "login limit":
        return LIMIT_WAIT + TOLERANCE * timeout
    return TOLERANCE * (login if cell.operation.is_login else timeout) + login


def _wrong(cell: Cell, timeout: float) -> Iterable[str]:
    """Yield every rule that the cell breaks."""
    done, again = cell.done, cell.again
    for name, one in (("task", done), ("rerun", again)):
        if one.raised or "exception" in one.result:
            yield f"the {name} raised {one.raised or one.result['exception']}"
        if CANARY in json.dumps(one.result) or API_KEY in json.dumps(one.result):
            yield f"a secret is in the result of the {name}"
    if done.seconds > allowed_seconds(cell, timeout):
        yield f"it took {done.seconds:.1f} s"
    if done.outcome == "F" and (not done.message or not REMEDY.search(done.message)):
        yield f"the message has no remedy: {done.message}"
    if done.outcome in "CU" and not cell.operation.is_run and (done.outcome == "C") != (cell.stored == "desired"):
        yield f"changed is {done.result.get('changed')}, and {cell.stored} is stored"
    if done.result.get("failed") and done.result.get("changed") and cell.stored == "before":
        yield "a failure says that it has changed something"
    if again.outcome not in "CU":
        yield f"the rerun failed: {again.message}"
    changes = not cell.operation.is_run and not cell.operation.is_read
    if changes and again.outcome == ("C" if cell.stored == "desired" else "U"):
        yield f"the rerun has {again.outcome} although {cell.stored} was stored"
    if cell.operation.is_run and cell.writes > 1:
        yield "two jobs were started"


def _duplicates(names: list[tuple[str, str]]) -> Iterable[str]:
    """Yield each object that exists twice."""
    for table, name in {one for one in names if names.count(one) > 1}:
        yield f"{table} has {name!r} twice"
